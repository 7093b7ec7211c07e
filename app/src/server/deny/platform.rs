//! Users and their keys, queues, journeys that run, the audit.

use std::time::Duration;

use medcover_kernel::{Call, MessageId, SystemRng};
use medcover_store::{Append, CanonicalJson, Claim, Context, NewMessage, Outcome};
use serde_json::{Value, json};

use super::rows::Row::{self, Hidden, Installation, InstallationAt, Own};
use super::rows::{LISTS, MAKES};
use super::things::{Maker, text};
use super::world::World;

const SESSION: &str = "it is about the session of the token";
const QUEUE: &str = "letters";

pub(super) fn rows() -> Vec<(&'static str, Row)> {
    let empty = || json!({});
    let third = json!({"name": "third", "administrator": "admin"});
    vec![
        ("me", Own(SESSION)),
        ("sign_out", Own(SESSION)),
        ("change_password", Own(SESSION)),
        ("users", Own(LISTS)),
        ("user", Hidden(&["$user"], Value::Null)),
        ("invite_user", Own(MAKES)),
        ("reinvite_user", Hidden(&["$user"], empty())),
        ("set_user_roles", Hidden(&["$user"], json!({"roles": []}))),
        ("unlock_user", Hidden(&["$user"], empty())),
        ("disable_user", Hidden(&["$user"], empty())),
        ("enable_user", Hidden(&["$user"], empty())),
        ("roles", Own(LISTS)),
        ("put_role", Own(MAKES)),
        ("remove_role", Hidden(&["clerk"], Value::Null)),
        (
            "permissions",
            Own("what can be permitted is the same everywhere"),
        ),
        ("clients", Own(LISTS)),
        ("create_client", Own(MAKES)),
        ("replace_client_key", Hidden(&["$client"], empty())),
        ("revoke_client", Hidden(&["$client"], empty())),
        ("tenants", Installation(Value::Null)),
        ("create_tenant", Installation(third)),
        ("signing_keys", Installation(Value::Null)),
        ("rotate_signing_key", Installation(empty())),
        (
            "issue_service_token",
            Installation(json!({"service": "billing"})),
        ),
        (
            "introspect_credential",
            Installation(json!({"kind": "bearer", "credential": "x"})),
        ),
        ("open_break_glass", Own(MAKES)),
        ("break_glass_grants", Own(LISTS)),
        ("end_break_glass", Hidden(&["$emergency"], empty())),
        (
            "review_break_glass",
            Hidden(&["$emergency"], json!({"note": "it was needed"})),
        ),
        ("queues", Installation(Value::Null)),
        ("dead_letters", Own(LISTS)),
        (
            "replay_dead_letters",
            Hidden(&["auth", QUEUE], json!({"message": "$letter"})),
        ),
        (
            "discard_dead_letter",
            Hidden(&["auth", QUEUE, "$other letter"], Value::Null),
        ),
        ("upstreams", Installation(Value::Null)),
        ("databases", Installation(Value::Null)),
        ("traffic", Installation(Value::Null)),
        ("caller_usage", Installation(Value::Null)),
        ("cache", Installation(Value::Null)),
        ("invalidate_cache", Installation(empty())),
        ("traces", Installation(Value::Null)),
        ("kept_traces", Installation(Value::Null)),
        (
            "kept_trace",
            InstallationAt(&["4bf92f3577b34da6a3ce929d0e0e4736"]),
        ),
        ("verify_audit", Installation(empty())),
        ("disclosures", Own(LISTS)),
    ]
}

pub(super) async fn make(maker: &mut Maker<'_>) {
    let user = json!({"name": "maria", "roles": []});
    let user = maker.post("/api/v1/auth/users", user).await;
    maker.keep("user", text(&user["user"]["id"]));
    let clerk = json!({"permissions": ["users.read"]});
    maker.put("put_role", &["clerk"], clerk).await;
    let client = json!({"name": "laboratory", "permissions": ["users.read"]});
    let client = maker.post("/api/v1/auth/clients", client).await;
    maker.keep("client", text(&client["client"]["id"]));
    let emergency = json!({"reason": "a patient without papers", "minutes": 10});
    let emergency = maker.post("/api/v1/auth/break-glass", emergency).await;
    maker.keep("emergency", text(&emergency["grant"]["id"]));
    for name in ["letter", "other letter"] {
        let letter = dead_letter(maker.world).await;
        maker.keep(name, letter.to_string());
    }
}

/// A message of the first tenant that was set aside.
async fn dead_letter(world: &World) -> MessageId {
    let store = &world.state.auth.as_ref().expect("it has a role").store;
    let call = Call::operator(Duration::from_mins(1), &*world.clock, &SystemRng);
    let id = MessageId::new(&*world.clock, &SystemRng);
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
