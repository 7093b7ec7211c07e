//! The two tables of what is denied, held against every address that is mounted: nobody without credentials, nobody of
//! another tenant. An address without a row fails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use medcover_http::{Method, Spec, Stopper, stop};
use medcover_identity::SecretText;
use medcover_kernel::{Call, Clock, MessageId, SystemClock, SystemRng};
use medcover_store::{Append, CanonicalJson, Claim, Context, NewMessage, Outcome};
use medcover_testkit::{Answer, Client};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::public::PUBLIC;
use crate::parts::{Parts, catalogue};
use crate::settings::Settings;
use crate::state::State;

const PASSWORD: &str = "a stone, a cloud, a table";
const QUEUE: &str = "letters";

/// All roles over state in memory.
struct World {
    parts: Parts,
    state: State,
    client: Client,
    clock: Arc<dyn Clock>,
    _folder: TempDir,
    _stopper: Stopper,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = Settings::default();
        settings.data.dir = folder.path().to_owned();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let (stopper, stop) = stop();
        let state = State::in_memory(&settings.roles().expect("they work"), &clock);
        let parts = Parts::compose(&settings, &state, Arc::clone(&clock), stop);
        let parts = parts.expect("it can be composed");
        Self {
            client: Client::new(parts.public_router().expect("what is public is listed")),
            parts,
            state,
            clock,
            _folder: folder,
            _stopper: stopper,
        }
    }

    /// Every address at both listeners.
    fn mounted(&self) -> BTreeMap<&'static str, &'static Spec> {
        let both = self.parts.public().merge(self.parts.admin());
        let specs = both.endpoints().into_iter();
        specs.map(|spec| (spec.operation, spec)).collect()
    }

    async fn ask(&self, spec: &Spec, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("idempotency-key", "k-1")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        let body = if spec.method == Method::Get || body.is_null() {
            String::new()
        } else {
            headers.push(("content-type", "application/json"));
            body.to_string()
        };
        let method = spec.method.as_str();
        self.client.ask(method, path, &headers, body).await
    }

    async fn post(&self, path: &str, token: &str, key: &str, body: &Value) -> Value {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", &*bearer),
            ("idempotency-key", key),
            ("content-type", "application/json"),
        ];
        let answer = self
            .client
            .ask("POST", path, &headers, body.to_string())
            .await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        if answer.body.is_empty() {
            Value::Null
        } else {
            answer.json()
        }
    }

    async fn sign_in(&self, tenant: &str) -> String {
        let who = json!({"tenant": tenant, "name": "admin", "password": PASSWORD});
        let answer = self.client.post("/api/v1/auth/sign-in", &who).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        text(&answer.json()["access_token"])
    }

    /// The administrators of two tenants, and things of the first.
    async fn two_tenants(&self) -> Two {
        let auth = self.parts.auth.as_ref().expect("it has a role");
        let password = Some(SecretText::new(PASSWORD));
        auth.start(password).await.expect("it starts");
        let owner = self.sign_in("default").await;
        let request = json!({"name": "other", "administrator": "admin"});
        let made = self.post("/api/v1/auth/tenants", &owner, "t", &request);
        let invitation = made.await["administrator"]["invitation"].clone();
        let accept = json!({"invitation": invitation, "password": PASSWORD});
        let accepted = self.client.post("/api/v1/auth/invitations/accept", &accept);
        assert_eq!(accepted.await.status, 204);
        let stranger = self.sign_in("other").await;
        Two {
            things: self.things(&owner).await,
            owner,
            stranger,
        }
    }

    async fn things(&self, owner: &str) -> Things {
        let user = json!({"name": "maria", "roles": []});
        let user = self.post("/api/v1/auth/users", owner, "u", &user).await;
        let permissions = json!({"permissions": ["users.read"]});
        let role = self.parts.public().endpoints();
        let role = role.into_iter().find(|it| it.operation == "put_role");
        let put = self.ask(
            role.expect("it is mounted"),
            "/api/v1/auth/roles/clerk",
            Some(owner),
            &permissions,
        );
        assert_eq!(put.await.status, 200);
        let client = json!({"name": "laboratory", "permissions": ["users.read"]});
        let client = self.post("/api/v1/auth/clients", owner, "c", &client).await;
        let emergency = json!({"reason": "a patient without papers", "minutes": 10});
        let emergency = self.post("/api/v1/auth/break-glass", owner, "b", &emergency);
        Things {
            user: text(&user["user"]["id"]),
            client: text(&client["client"]["id"]),
            emergency: text(&emergency.await["grant"]["id"]),
            letter: self.dead_letter().await.to_string(),
        }
    }

    /// A message of the first tenant that was set aside.
    async fn dead_letter(&self) -> MessageId {
        let store = &self.state.auth.as_ref().expect("it has a role").store;
        let call = Call::operator(Duration::from_mins(1), &*self.clock, &SystemRng);
        let id = MessageId::new(&*self.clock, &SystemRng);
        let message = NewMessage {
            id,
            queue: QUEUE.into(),
            key: None,
            payload: CanonicalJson::empty(),
            not_before: None,
        };
        let context = Context::of(&call);
        let sent = Append::new(context.clone()).send(message);
        store.commit(sent).await.expect("it is sent");
        let claim = Claim {
            queue: QUEUE.into(),
            worker: "test".into(),
            lease: Duration::from_mins(1),
            max: 1,
        };
        let claimed = store.claim(claim).await.expect("it is due");
        let reason = "for the test".to_owned();
        let set_aside = Append::new(context).settle(claimed[0].settled(Outcome::Dead { reason }));
        store.commit(set_aside).await.expect("it is set aside");
        id
    }
}

struct Two {
    owner: String,
    stranger: String,
    things: Things,
}

/// Things of the first tenant, by id.
struct Things {
    user: String,
    client: String,
    emergency: String,
    letter: String,
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value}"))
        .to_owned()
}

fn listed() -> BTreeSet<&'static str> {
    PUBLIC
        .iter()
        .flat_map(|(_, operations)| *operations)
        .copied()
        .collect()
}

/// A path with something in the place of each parameter.
fn filled(path: &str) -> String {
    let mut filled = path.to_owned();
    while let (Some(open), Some(close)) = (filled.find('{'), filled.find('}')) {
        filled.replace_range(open..=close, &Uuid::from_u128(7).to_string());
    }
    filled
}

#[test]
fn what_is_public_is_listed_and_what_is_listed_is_public() {
    let mounted = World::new().mounted();
    let public = mounted.values().filter(|spec| spec.is_public());
    let public: BTreeSet<_> = public.map(|spec| spec.operation).collect();
    assert_eq!(public, listed());
    assert!(PUBLIC.iter().all(|(reason, _)| !reason.is_empty()));
}

#[test]
fn what_is_not_public_needs_a_permission_that_roles_can_hold() {
    let catalogue = catalogue();
    for spec in World::new().mounted().values().filter(|it| !it.is_public()) {
        let permission = spec.permission();
        let permission = permission.unwrap_or_else(|| panic!("{} names none", spec.operation));
        assert!(catalogue.has(permission.name), "{}", permission.name);
    }
}

#[test]
fn operations_have_one_address_each() {
    let world = World::new();
    let all = world.parts.public().endpoints();
    let names: BTreeSet<_> = all.iter().map(|spec| spec.operation).collect();
    assert_eq!(names.len(), all.len());
}

#[tokio::test]
async fn without_credentials_nothing_answers_that_is_not_listed() {
    let world = World::new();
    let listed = listed();
    let public = world.parts.public().endpoints();
    for spec in public {
        let (path, body) = (filled(spec.path), json!({}));
        let answer = world.ask(spec, &path, None, &body).await;
        if listed.contains(spec.operation) {
            assert_ne!(answer.status, 401, "{}", spec.operation);
            continue;
        }
        assert_eq!(answer.status, 401, "{}", spec.operation);
        assert!(!answer.header("www-authenticate").is_empty());
        let forged = world.ask(spec, &path, Some("forged"), &body).await;
        assert_eq!(forged.status, 401, "{}", spec.operation);
    }
}

/// What an administrator of another tenant gets.
enum Row {
    /// The address names a thing of the first tenant, which for others is not there: 404. With the place of the thing in
    /// the address, and the body that its owner would send.
    Hidden(fn(&Things) -> String, fn(&Things) -> Value),
    /// Spans tenants: 403.
    Installation(fn() -> Value),
    /// Names nothing: what it shows or does is the caller's own. With the reason.
    Own(&'static str),
    /// Names what no service here has yet: 404 for everybody. With the reason.
    Nothing(&'static str),
}

use Row::{Hidden, Installation, Nothing, Own};

const SESSION: &str = "it is about the session of the token";
const LISTS: &str = "it lists what the tenant of the token has";
const MAKES: &str = "it makes something in the tenant of the token";
const SAGAS: &str = "no service here runs sagas yet; services/operations tests the tenant of a run";

fn empty(_: &Things) -> Value {
    json!({})
}

/// Every address that is not public.
fn rows() -> BTreeMap<&'static str, Row> {
    BTreeMap::from([
        ("me", Own(SESSION)),
        ("sign_out", Own(SESSION)),
        ("change_password", Own(SESSION)),
        ("users", Own(LISTS)),
        ("user", Hidden(|it| it.user.clone(), |_| Value::Null)),
        ("invite_user", Own(MAKES)),
        ("reinvite_user", Hidden(|it| it.user.clone(), empty)),
        (
            "set_user_roles",
            Hidden(|it| it.user.clone(), |_| json!({"roles": []})),
        ),
        ("unlock_user", Hidden(|it| it.user.clone(), empty)),
        ("disable_user", Hidden(|it| it.user.clone(), empty)),
        ("enable_user", Hidden(|it| it.user.clone(), empty)),
        ("roles", Own(LISTS)),
        ("put_role", Own(MAKES)),
        (
            "remove_role",
            Hidden(|_| "clerk".to_owned(), |_| Value::Null),
        ),
        (
            "permissions",
            Own("what can be permitted is the same everywhere"),
        ),
        ("clients", Own(LISTS)),
        ("create_client", Own(MAKES)),
        ("replace_client_key", Hidden(|it| it.client.clone(), empty)),
        ("revoke_client", Hidden(|it| it.client.clone(), empty)),
        ("tenants", Installation(|| Value::Null)),
        (
            "create_tenant",
            Installation(|| json!({"name": "third", "administrator": "admin"})),
        ),
        ("signing_keys", Installation(|| Value::Null)),
        ("rotate_signing_key", Installation(|| json!({}))),
        (
            "issue_service_token",
            Installation(|| json!({"service": "billing"})),
        ),
        ("open_break_glass", Own(MAKES)),
        ("break_glass_grants", Own(LISTS)),
        ("end_break_glass", Hidden(|it| it.emergency.clone(), empty)),
        (
            "review_break_glass",
            Hidden(
                |it| it.emergency.clone(),
                |_| json!({"note": "it was needed"}),
            ),
        ),
        ("queues", Installation(|| Value::Null)),
        ("dead_letters", Own(LISTS)),
        (
            "replay_dead_letters",
            Hidden(|_| String::new(), |it| json!({"message": it.letter})),
        ),
        (
            "discard_dead_letter",
            Hidden(|it| it.letter.clone(), |_| Value::Null),
        ),
        ("sagas", Nothing(SAGAS)),
        ("saga", Nothing(SAGAS)),
        ("resume_saga", Nothing(SAGAS)),
        ("cancel_saga", Nothing(SAGAS)),
        ("abandon_saga", Nothing(SAGAS)),
        ("verify_audit", Installation(|| json!({}))),
        ("disclosures", Own(LISTS)),
    ])
}

/// The address of `spec` with `thing` in its last place; the service and queue are those of the dead letter.
fn address(spec: &Spec, thing: &str) -> String {
    let path = spec.path.replace("{service}", "auth");
    let path = path.replace("{queue}", QUEUE);
    match (path.find('{'), path.find('}')) {
        (Some(open), Some(close)) => format!("{}{thing}{}", &path[..open], &path[close + 1..]),
        _ => path,
    }
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_there() {
    let world = World::new();
    let two = world.two_tenants().await;
    let (mounted, rows) = (world.mounted(), rows());
    let guarded = mounted.values().filter(|spec| !spec.is_public());
    let guarded: BTreeSet<_> = guarded.map(|spec| spec.operation).collect();
    assert_eq!(guarded, rows.keys().copied().collect(), "a row for each");

    for (operation, row) in &rows {
        let spec = mounted[operation];
        let stranger = Some(&*two.stranger);
        let (path, body, status) = match row {
            Hidden(thing, body) => (address(spec, &thing(&two.things)), body(&two.things), 404),
            Installation(body) => (address(spec, ""), body(), 403),
            Nothing(reason) => {
                assert!(!reason.is_empty());
                let body = json!({"note": "go on"});
                (address(spec, &Uuid::nil().to_string()), body, 404)
            }
            Own(reason) => {
                assert!(!reason.is_empty());
                continue;
            }
        };
        let answer = world.ask(spec, &path, stranger, &body).await;
        assert_eq!(answer.status, status, "{operation}: {}", answer.text());
    }
    hidden_things_are_there_for_their_owner(&world, &two, &mounted, &rows).await;
}

/// A row that asked for what is nowhere would show nothing.
async fn hidden_things_are_there_for_their_owner(
    world: &World,
    two: &Two,
    mounted: &BTreeMap<&'static str, &'static Spec>,
    rows: &BTreeMap<&'static str, Row>,
) {
    for (operation, row) in rows {
        let Hidden(thing, body) = row else { continue };
        // Whichever of the two comes later finds nothing left of the letter.
        if *operation == "replay_dead_letters" {
            continue;
        }
        let path = address(mounted[operation], &thing(&two.things));
        let owner = Some(&*two.owner);
        let body = body(&two.things);
        let answer = world.ask(mounted[operation], &path, owner, &body).await;
        assert_ne!(answer.status, 404, "{operation}: {}", answer.text());
        assert!(
            answer.status.as_u16() < 500,
            "{operation}: {}",
            answer.text()
        );
        assert_ne!(answer.status, 400, "{operation}: {}", answer.text());
    }
}
