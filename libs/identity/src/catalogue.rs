//! The permissions there are, and the sets of them that roles are.

use std::collections::{BTreeMap, BTreeSet};

use medcover_kernel::{PermissionInfo, Scopes};

/// Every permission of the installation, from the contracts of all its services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue(BTreeMap<&'static str, PermissionInfo>);

impl Catalogue {
    /// The permissions of `parts`, one a service. Panics when two differ that have one name: that is an error of the
    /// program, found by the first test that starts it.
    pub fn of(parts: &[&[PermissionInfo]]) -> Self {
        let mut known = BTreeMap::new();
        for permission in parts.iter().copied().flatten() {
            let other = known.insert(permission.name, *permission);
            assert!(
                other.is_none_or(|other| other == *permission),
                "two permissions are called `{}`",
                permission.name
            );
        }
        Self(known)
    }

    /// Whether there is a permission called `name`.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Every permission, by name.
    pub fn iter(&self) -> impl Iterator<Item = PermissionInfo> {
        self.0.values().copied()
    }

    /// Every permission by name, as a caller may have them: what whoever administers an installation holds. Unlike
    /// [`Scopes::all`] it can stand in a token.
    pub fn scopes(&self) -> Scopes {
        self.0.keys().copied().collect()
    }
}

/// What somebody may do who has all of `roles`, each a set of permission names.
pub fn rights<'r>(roles: impl IntoIterator<Item = &'r BTreeSet<String>>) -> Scopes {
    roles.into_iter().flatten().map(String::as_str).collect()
}

/// The scopes of a token: of `wanted`, or of everything where nothing is named, those that `rights` hold. A token never
/// grants more than its bearer has.
pub fn granted(rights: &Scopes, wanted: Option<&Scopes>) -> Scopes {
    match wanted {
        None => rights.clone(),
        Some(wanted) => wanted.names().filter(|name| rights.has(name)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const READ: PermissionInfo = PermissionInfo {
        name: "a.read",
        summary: "Reads.",
    };
    const WRITE: PermissionInfo = PermissionInfo {
        name: "a.write",
        summary: "Writes.",
    };

    #[test]
    fn a_permission_may_be_named_twice_but_not_differ() {
        let catalogue = Catalogue::of(&[&[READ, WRITE], &[READ]]);
        assert_eq!(catalogue.iter().collect::<Vec<_>>(), [READ, WRITE]);
        assert!(catalogue.has("a.read") && !catalogue.has("a"));
        assert!(catalogue.scopes().has("a.write") && !catalogue.scopes().is_all());
        let other = PermissionInfo {
            name: "a.read",
            summary: "Something else.",
        };
        assert!(std::panic::catch_unwind(|| Catalogue::of(&[&[READ], &[other]])).is_err());
    }

    fn names() -> impl Strategy<Value = BTreeSet<String>> {
        proptest::collection::btree_set("[a-f]", 0..6)
    }

    proptest! {
        #[test]
        fn a_token_never_grants_more_than_its_bearer_has(first in names(), second in names(), wanted in names()) {
            let rights = rights([&first, &second]);
            let all: BTreeSet<_> = first.union(&second).cloned().collect();
            prop_assert_eq!(rights.names().map(str::to_owned).collect::<BTreeSet<_>>(), all.clone());
            let granted = granted(&rights, Some(&Scopes::of(wanted.iter().cloned())));
            let both: BTreeSet<_> = all.intersection(&wanted).cloned().collect();
            prop_assert_eq!(granted.names().map(str::to_owned).collect::<BTreeSet<_>>(), both);
        }
    }
}
