//! The first start, and each later one.

use std::collections::BTreeSet;

use medcover_contract_auth::events::{
    TenantCreated, TenantNameTaken, UserInvited, UserNameTaken, UserPasswordSet,
};
use medcover_contract_auth::{ADMINISTRATOR, DEFAULT_TENANT};
use medcover_identity::{Entropy, SecretText};
use medcover_kernel::{Result, TenantId, Timestamp, UserId};
use medcover_store::{Append, Context, Loaded, Position, Tries};

use super::invite_user::new_user;
use super::service::{AuthService, done};
use crate::domain::tenant::Tenant;

/// The name of the first user.
const ADMIN: &str = "admin";
/// How many events are read at a time.
const PAGE: usize = medcover_store::limits::PAGE;

/// The first user, made at this start.
#[derive(Debug)]
pub struct FirstAdministrator {
    /// The name to sign in with.
    pub name: &'static str,
    /// The password, where it was made here: to be shown once, and kept nowhere.
    pub password: Option<SecretText>,
}

/// Makes what must be there and reads what has ended lately.
pub(crate) async fn start(
    service: &AuthService,
    password: Option<SecretText>,
) -> Result<Option<FirstAdministrator>> {
    service.make_due_keys().await?;
    let first = first_administrator(service, password).await?;
    service.catch_up().await?;
    Ok(first)
}

/// Makes the tenant `default` and the user `admin`, both or neither, unless they are there.
async fn first_administrator(
    service: &AuthService,
    given: Option<SecretText>,
) -> Result<Option<FirstAdministrator>> {
    let tenant = TenantId::DEFAULT;
    if service.user_name(tenant, ADMIN).await?.state.0.is_some() {
        return Ok(None);
    }
    let made = given.is_none().then(|| make_password(&*service.entropy));
    let password = given.or_else(|| made.clone()).unwrap_or_default();
    warn_of_weakness(service, &password);
    let hash = service.hasher.hash(password).await?;
    let mut tries = Tries::default();
    loop {
        let mut name = service.user_name(tenant, ADMIN).await?;
        if name.state.0.is_some() {
            return Ok(None);
        }
        let id = UserId::new(&*service.clock, &*service.rng);
        let mut user = new_user(id);
        let append = Append::new(Context::of(&service.own_call()));
        let append = default_tenant(service, append).await?;
        let append = service.write(append, &mut name, [UserNameTaken { user: id }.into()])?;
        let invited = UserInvited {
            name: ADMIN.to_owned(),
            roles: BTreeSet::from([ADMINISTRATOR.to_owned()]),
            expires_at: service.clock.now(),
        };
        let set = UserPasswordSet { hash: hash.clone() };
        let append = service.write(append, &mut user, [invited.into(), set.into()])?;
        let append = append.audit(done("user.first-administrator", &user.stream)?);
        match service.commit(append).await {
            Ok(_) => {
                return Ok(Some(FirstAdministrator {
                    name: ADMIN,
                    password: made,
                }));
            }
            Err(error) => tries.again(error)?,
        }
    }
}

async fn default_tenant(service: &AuthService, append: Append) -> Result<Append> {
    let id = TenantId::DEFAULT;
    let mut name = service.tenant_name(DEFAULT_TENANT).await?;
    if name.state.0.is_some() {
        return Ok(append);
    }
    let mut tenant: Loaded<Tenant> = service.thing(id, id.as_uuid()).await?;
    let created = TenantCreated {
        name: DEFAULT_TENANT.to_owned(),
    };
    let append = service.write(append, &mut name, [TenantNameTaken { tenant: id }.into()])?;
    let append = service.write(append, &mut tenant, [created.into()])?;
    Ok(append.audit(done("tenant.created", &tenant.stream)?))
}

/// The operator decides; a weak choice of theirs is taken, and said to be one.
fn warn_of_weakness(service: &AuthService, password: &SecretText) {
    let rules = service.config.password_rules();
    if let Err(fault) = rules.check(password.reveal(), ADMIN) {
        tracing::warn!(cause = %fault, "the first administrator's password is weak; change it");
    }
}

/// Five groups of four letters that are not mistaken for one another: 32²⁰, a hundred bits.
fn make_password(entropy: &dyn Entropy) -> SecretText {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0; 20];
    entropy.fill(&mut random);
    let letters = random.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    SecretText::new(groups.join("-"))
}

impl AuthService {
    /// Reads what has ended since the oldest token that may still live; returns up to where.
    pub(crate) async fn catch_up(&self) -> Result<Position> {
        let remembered = self.live.remembered();
        let since = Timestamp::from_micros(
            self.clock.now().as_micros()
                - i64::try_from(remembered.as_micros()).unwrap_or(i64::MAX),
        );
        let from = self.position_before(since).await?;
        self.follow(from).await
    }

    /// Applies the events after `from`; returns up to where.
    pub(crate) async fn follow(&self, from: Position) -> Result<Position> {
        let mut at = from;
        loop {
            let events = self.store.read_log(at, PAGE).await?;
            let Some(last) = events.last() else {
                return Ok(at);
            };
            at = last.position;
            let now = self.clock.now();
            for recorded in &events {
                self.live.apply(&recorded.event, now);
            }
        }
    }

    /// A position before which every event was kept before `since`: positions have no gaps, so it is found by halving.
    async fn position_before(&self, since: Timestamp) -> Result<Position> {
        let (mut old, mut new) = (0, self.store.head().borrow().get() + 1);
        while old + 1 < new {
            let middle = old + (new - old) / 2;
            let found = self.store.read_log(Position::new(middle - 1), 1).await?;
            match found.first() {
                Some(recorded) if recorded.recorded_at < since => old = middle,
                _ => new = middle,
            }
        }
        Ok(Position::new(old))
    }
}
