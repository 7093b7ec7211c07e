//! What is shown to other processes, told by this one.

use std::sync::Arc;
use std::time::Duration;

use medcover_contract_auth::{AuthApi, AuthClient, IDENTITY_KEPT, RemoteIdentify, ServiceTokens};
use medcover_http::{Credentials as _, HttpClient, Identify, Shown};
use medcover_kernel::{
    Call, Caller, Clock, Credential, Error, ErrorKind, Result, Scopes, ServiceName, SystemRng,
    TenantId, Tier,
};
use medcover_testkit::TestServer;
use serde_json::{Value, json};

use crate::house::{House, text};

const PATH: &str = "/api/v1/auth/introspect";

/// The key of a process, which may look after what it is shown.
async fn process(house: &House) -> String {
    let body = json!({
        "name": "hospital", "service": "hospital",
        "permissions": ["credentials.introspect", "service-tokens.issue", "patients.read"],
    });
    house.api_key(body).await.1
}

/// A program's id and key.
async fn program(house: &House) -> (String, String) {
    let body = json!({"name": "laboratory", "permissions": ["patients.read"], "tier": "premium"});
    house.api_key(body).await
}

async fn worth(house: &House, key: &str, body: Value) -> Value {
    let answer = house
        .ask_with(&[("x-api-key", key)], "POST", PATH, Some(body))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn it_tells_who_shows_what_holds_and_nothing_of_what_does_not() {
    let house = House::new().await;
    let own = process(&house).await;
    let (id, key) = program(&house).await;
    let known = worth(&house, &own, json!({"kind": "api_key", "credential": key})).await;
    let expected = json!({"active": true, "holder": {
        "sub": format!("client:{id}"), "tenant": TenantId::DEFAULT.as_uuid(),
        "scopes": ["patients.read"], "tier": "premium",
    }});
    assert_eq!(known, expected);
    let admin = house.admin().await;
    let known = worth(&house, &own, json!({"kind": "bearer", "credential": admin})).await;
    assert!(text(&known["holder"], "sub").starts_with("user:"));
    for (kind, credential) in [
        ("bearer", &*key),
        ("api_key", &*admin),
        ("bearer", ""),
        ("api_key", "x"),
    ] {
        let unknown = worth(
            &house,
            &own,
            json!({"kind": kind, "credential": credential}),
        )
        .await;
        assert_eq!(unknown, json!({"active": false}));
    }
    house
        .tell(&admin, &format!("/api/v1/auth/clients/{id}/revoke"))
        .await;
    let revoked = worth(&house, &own, json!({"kind": "api_key", "credential": key})).await;
    assert_eq!(revoked, json!({"active": false}));
    assert_eq!(house.audited("api-key.refused", None).await, 3);
}

#[tokio::test]
async fn only_whoever_may_asks_and_only_in_the_default_tenant() {
    let house = House::new().await;
    let (_, key) = program(&house).await;
    let body = json!({"kind": "api_key", "credential": key});
    let answer = house
        .ask_with(&[("x-api-key", &key)], "POST", PATH, Some(body))
        .await;
    assert_eq!(answer.status, 403, "{}", answer.text());
    let own = process(&house).await;
    let body = json!({"kind": "bearer", "credential": "x", "services": ["No Such"]});
    let answer = house
        .ask_with(&[("x-api-key", &own)], "POST", PATH, Some(body))
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.pointers()),
        (400, vec!["/services/0".to_owned()])
    );
}

/// The hospital in another process: what it has of the auth service.
struct Elsewhere {
    house: House,
    api: AuthClient,
    identify: RemoteIdentify,
    own: Credential,
    _server: TestServer,
}

impl Elsewhere {
    async fn new() -> Self {
        let house = House::new().await;
        let own = Credential::ApiKey(process(&house).await.into());
        let server = TestServer::start(house.router()).await;
        let clock: Arc<dyn Clock> = Arc::clone(&house.clock) as _;
        let http = HttpClient::new(&format!("http://{}", server.addr), Arc::clone(&clock));
        let api = AuthClient::new(http.expect("an address"));
        let identify = RemoteIdentify::new(
            Arc::new(api.clone()),
            own.clone(),
            &[ServiceName::from_static("hospital")],
            clock,
        );
        Self {
            api,
            house,
            identify,
            own,
            _server: server,
        }
    }

    fn call(&self, tenant: TenantId) -> Call {
        let clock = &*self.house.clock;
        let within = Duration::from_mins(1);
        Call::by(
            Caller::Anonymous,
            tenant,
            Scopes::none(),
            within,
            clock,
            &SystemRng,
        )
    }

    async fn key(&self, key: &str) -> Result<medcover_http::Identity> {
        let call = self.call(TenantId::DEFAULT);
        self.identify.identify(Shown::ApiKey(key), &call).await
    }
}

fn kind<T>(answer: Result<T>) -> ErrorKind {
    answer.err().as_ref().map(Error::kind).expect("refused")
}

#[tokio::test]
async fn a_process_without_the_service_knows_callers_as_the_service_does() {
    let there = Elsewhere::new().await;
    let (id, key) = program(&there.house).await;
    let identity = there.key(&key).await.expect("it holds");
    assert_eq!(identity.caller.to_string(), format!("client:{id}"));
    assert_eq!(
        (identity.tenant, identity.tier),
        (TenantId::DEFAULT, Tier::Premium)
    );
    assert!(identity.scopes.has("patients.read") && !identity.scopes.has("users.read"));
    assert_eq!(kind(there.key("mck_no").await), ErrorKind::Unauthenticated);
    let call = there.call(TenantId::DEFAULT);
    let as_token = there.identify.identify(Shown::Bearer(&key), &call).await;
    assert_eq!(
        kind(as_token),
        ErrorKind::Unauthenticated,
        "a key is no token, kept or not"
    );
}

#[tokio::test]
async fn what_is_revoked_is_refused_within_seconds() {
    let there = Elsewhere::new().await;
    let (id, key) = program(&there.house).await;
    there.key(&key).await.expect("it holds");
    let admin = there.house.admin().await;
    let path = format!("/api/v1/auth/clients/{id}/revoke");
    assert_eq!(there.house.tell(&admin, &path).await.status, 200);
    assert!(there.key(&key).await.is_ok(), "it is kept");
    there.house.clock.advance(IDENTITY_KEPT);
    assert_eq!(kind(there.key(&key).await), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn what_is_revoked_is_refused_at_once_where_a_cache_is_shared() {
    let mut there = Elsewhere::new().await;
    there.identify = there.identify.kept_in(&there.house.cache);
    let (id, key) = program(&there.house).await;
    let (other, admin) = (program(&there.house).await.1, there.house.admin().await);
    let call = there.call(TenantId::DEFAULT);
    let token = async |token: &str| there.identify.identify(Shown::Bearer(token), &call).await;
    for key in [&key, &other] {
        there.key(key).await.expect("it holds");
    }
    token(&admin).await.expect("it holds");
    let path = format!("/api/v1/auth/clients/{id}/revoke");
    assert_eq!(there.house.tell(&admin, &path).await.status, 200);
    assert_eq!(kind(there.key(&key).await), ErrorKind::Unauthenticated);
    there.key(&other).await.expect("another program's");
    token(&admin).await.expect("another caller's");
    let path = "/api/v1/auth/sign-out";
    let everywhere = json!({"everywhere": true});
    let ended = there.house.post(&admin, path, everywhere).await;
    assert_eq!(ended.status, 204, "{}", ended.text());
    assert_eq!(kind(token(&admin).await), ErrorKind::Unauthenticated);
    let hits = there
        .house
        .cache
        .figures()
        .iter()
        .map(|it| it.hits)
        .sum::<u64>();
    assert_eq!(hits, 2, "what did not end was kept");
}

#[tokio::test]
async fn a_service_token_is_for_the_tenant_of_the_call_and_good_once_elsewhere_too() {
    let there = Elsewhere::new().await;
    let to = |audience| {
        let audience = ServiceName::from_static(audience);
        ServiceTokens::new(Arc::new(there.api.clone()), there.own.clone(), audience)
    };
    let admin = there.house.admin().await;
    let other = json!({"name": "other", "administrator": "admin"});
    let made = there
        .house
        .post(&admin, "/api/v1/auth/tenants", other)
        .await
        .json();
    let other: TenantId = text(&made["tenant"], "id").parse().expect("an id");
    for tenant in [TenantId::DEFAULT, other] {
        let call = there.call(tenant);
        let token = to("hospital").of(&call).await.expect("issued");
        let Credential::Bearer(token) = token else {
            panic!("a key is not for one call");
        };
        let shown = there
            .identify
            .identify(Shown::Bearer(&token), &call)
            .await
            .expect("it holds");
        assert_eq!(
            (shown.tenant, shown.caller.to_string()),
            (tenant, "service:hospital".to_owned())
        );
        assert!(shown.scopes.has("patients.read") && !shown.scopes.has("service-tokens.issue"));
        let again = there.identify.identify(Shown::Bearer(&token), &call).await;
        assert_eq!(kind(again), ErrorKind::Unauthenticated, "it was shown");
    }
    let call = there.call(TenantId::DEFAULT);
    let Ok(Credential::Bearer(elsewhere)) = to("billing").of(&call).await else {
        panic!("issued");
    };
    let refused = there
        .identify
        .identify(Shown::Bearer(&elsewhere), &call)
        .await;
    assert_eq!(
        kind(refused),
        ErrorKind::Unauthenticated,
        "billing does not run there"
    );
}

#[tokio::test]
async fn that_ones_own_key_does_not_hold_is_not_the_callers_fault() {
    let there = Elsewhere::new().await;
    let (_, key) = program(&there.house).await;
    let clock: Arc<dyn Clock> = Arc::clone(&there.house.clock) as _;
    for own in ["mck_no", &*key] {
        let own = Credential::ApiKey(own.into());
        let api: Arc<dyn AuthApi> = Arc::new(there.api.clone());
        let identify = RemoteIdentify::new(api, own, &[], Arc::clone(&clock));
        let call = there.call(TenantId::DEFAULT);
        let answer = identify.identify(Shown::ApiKey(&key), &call).await;
        assert_eq!(kind(answer), ErrorKind::Unavailable);
    }
    let nowhere = HttpClient::new("http://127.0.0.1:1", Arc::clone(&clock)).expect("an address");
    let identify = RemoteIdentify::new(
        Arc::new(AuthClient::new(nowhere)),
        there.own.clone(),
        &[],
        clock,
    );
    let call = there.call(TenantId::DEFAULT);
    let answer = identify.identify(Shown::ApiKey(&key), &call).await;
    assert_eq!(kind(answer), ErrorKind::Unavailable);
}
