//! What somebody may do, and what they may give to others.

use std::collections::BTreeSet;

use medcover_contract_auth::permissions::{OF_THE_INSTALLATION, OwnAccount};
use medcover_identity::Catalogue;
use medcover_kernel::{Error, ErrorKind, Permission as _, Result, Scopes, TenantId};

/// Every permission that somebody of `tenant` can have.
pub(crate) fn within(tenant: TenantId, catalogue: &Catalogue) -> Scopes {
    let names = catalogue.iter().map(|permission| permission.name);
    names
        .filter(|name| tenant == TenantId::DEFAULT || !OF_THE_INSTALLATION.contains(name))
        .collect()
}

/// What a user has whose roles hold `permissions`: those of them that there are in `tenant`, and their own account.
pub(crate) fn of_user<'p>(
    permissions: impl IntoIterator<Item = &'p BTreeSet<String>>,
    tenant: TenantId,
    catalogue: &Catalogue,
) -> Scopes {
    let all = within(tenant, catalogue);
    let held = medcover_identity::granted(&all, Some(&medcover_identity::rights(permissions)));
    Scopes::of(held.names().chain([OwnAccount::NAME]))
}

/// Refuses to give `wanted` to anybody when the giver does not have all of it: nobody gives more than they have.
pub(crate) fn check_gift<'w>(
    giver: &Scopes,
    wanted: impl IntoIterator<Item = &'w str>,
) -> Result<()> {
    // One's own account is everybody's.
    let lacks = |name: &&str| *name != OwnAccount::NAME && !giver.has(name);
    match wanted.into_iter().find(lacks) {
        None => Ok(()),
        Some(lacking) => Err(Error::new(
            ErrorKind::Forbidden,
            "forbidden",
            format!("Nobody gives more than they have: you lack the permission `{lacking}`."),
        )),
    }
}

/// Refuses names of permissions that there are not.
pub(crate) fn check_known(
    names: &BTreeSet<String>,
    tenant: TenantId,
    catalogue: &Catalogue,
) -> Result<()> {
    let all = within(tenant, catalogue);
    match names.iter().find(|name| !all.has(name)) {
        None => Ok(()),
        Some(unknown) => {
            let echo: String = unknown.chars().take(64).collect();
            let detail = format!("there is no permission `{echo}`");
            Err(Error::invalid("/permissions", detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_contract_auth::permissions::PERMISSIONS;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn other_tenant() -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(9))
    }

    #[test]
    fn nobody_outside_the_default_tenant_looks_after_the_installation() {
        let catalogue = Catalogue::of(&[PERMISSIONS]);
        let all: BTreeSet<String> = catalogue.iter().map(|it| it.name.to_owned()).collect();
        assert!(of_user([&all], TenantId::DEFAULT, &catalogue).has("tenants.manage"));
        let elsewhere = of_user([&all], other_tenant(), &catalogue);
        assert!(elsewhere.has("users.manage") && !elsewhere.has("tenants.manage"));
        assert!(check_known(&all, other_tenant(), &catalogue).is_err());
    }

    #[test]
    fn everybody_has_their_own_account_and_no_permission_that_is_gone() {
        let catalogue = Catalogue::of(&[PERMISSIONS]);
        let roles = [BTreeSet::from([
            "users.read".to_owned(),
            "gone.read".to_owned(),
        ])];
        let rights = of_user(&roles, TenantId::DEFAULT, &catalogue);
        assert_eq!(
            rights.names().collect::<Vec<_>>(),
            ["account.own", "users.read"]
        );
    }

    fn names() -> impl Strategy<Value = BTreeSet<String>> {
        proptest::collection::btree_set("[a-f]", 0..6)
    }

    proptest! {
        #[test]
        fn a_gift_is_never_more_than_the_giver_has(has in names(), gives in names()) {
            let giver = Scopes::of(has.iter().cloned());
            let allowed = check_gift(&giver, gives.iter().map(String::as_str)).is_ok();
            prop_assert_eq!(allowed, gives.is_subset(&has));
        }
    }
}
