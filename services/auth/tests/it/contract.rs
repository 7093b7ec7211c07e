//! What every form of `AuthApi` promises: one suite, in this process, over HTTP, in this process over a file and over
//! PostgreSQL, and over HTTP in a fleet of two processes over PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use medcover_contract_auth::{
    AcceptInvitationRequest, AuthApi, AuthClient, BreakGlassId, BreakGlassRequest, BreakGlassState,
    InviteUserRequest, NewClientRequest, NewTenantRequest, RefreshRequest, ReviewRequest,
    RoleRequest, RolesRequest, ServiceTokenRequest, SignInRequest, SignOutRequest, SigningKeyState,
    Tokens, UserStatus,
};
use medcover_http::{HttpClient, Shown, Stopper};
use medcover_identity::SecretText;
use medcover_kernel::{
    Call, Caller, ClientId, Clock, Credential, ErrorKind, Limit, Scopes, SystemRng, TenantId, Tier,
    UserId,
};
use medcover_testkit::{TestServer, by_turns};

use crate::house::{House, PASSWORD};

/// One form of the contract over an installation of its own.
struct Form {
    api: Arc<dyn AuthApi>,
    house: House,
    _server: Option<TestServer>,
    /// What each process does besides answering, until this is dropped.
    following: Vec<Stopper>,
}

impl Form {
    async fn in_process() -> Self {
        Self::of(House::new().await)
    }

    async fn on_disk() -> Self {
        Self::of(House::on_disk().await)
    }

    fn of(house: House) -> Self {
        Self {
            api: house.auth.api(),
            house,
            _server: None,
            following: Vec::new(),
        }
    }

    async fn over_http() -> Self {
        let house = House::new().await;
        let process = house.router();
        Self::of(house).asked_at(process).await
    }

    async fn on_postgres() -> Self {
        Self::of(House::on_postgres().await)
    }

    /// Two processes over one database, asked by turns over HTTP.
    async fn in_a_fleet() -> Self {
        let first = House::on_postgres().await;
        let second = first.another_process().await;
        let processes = by_turns([first.router(), second.router()]);
        let following = [&first, &second].map(|house| {
            let (stopper, stop) = medcover_http::stop();
            tokio::spawn(house.auth.follower().run(stop));
            stopper
        });
        let mut form = Self::of(first).asked_at(processes).await;
        form.following = following.into();
        form
    }

    /// Asked over a socket, where `router` answers.
    async fn asked_at(self, router: Router) -> Self {
        let server = TestServer::start(router).await;
        let clock: Arc<dyn Clock> = Arc::clone(&self.house.clock) as _;
        let http = HttpClient::new(&format!("http://{}", server.addr), clock);
        Self {
            api: Arc::new(AuthClient::new(http.expect("an address"))),
            _server: Some(server),
            ..self
        }
    }

    /// A call of nobody known.
    fn nobody(&self) -> Call {
        let (within, clock) = (Duration::from_mins(1), &*self.house.clock);
        Call::by(
            Caller::Anonymous,
            TenantId::DEFAULT,
            Scopes::none(),
            within,
            clock,
            &SystemRng,
        )
    }

    /// A call of whoever shows `credential`, as the edge would make it.
    async fn by(&self, credential: Credential) -> Call {
        let mut call = self.nobody();
        let shown = match &credential {
            Credential::Bearer(token) => Shown::Bearer(token),
            Credential::ApiKey(key) => Shown::ApiKey(key),
        };
        let identity = self.house.auth.identify().identify(shown, &call).await;
        let identity = identity.expect("good credentials");
        call.tenant = identity.tenant;
        call.caller = identity.caller;
        call.scopes = identity.scopes;
        call.purpose = identity.purpose.unwrap_or_default();
        call.credential = Some(credential);
        call.with_idempotency(call_key())
    }

    async fn sign_in(&self, name: &str) -> Tokens {
        let request = SignInRequest {
            tenant: None,
            name: name.to_owned(),
            password: SecretText::new(PASSWORD),
        };
        self.api
            .sign_in(&self.nobody(), request)
            .await
            .expect("signed in")
    }

    async fn admin(&self) -> Call {
        let tokens = self.sign_in("admin").await;
        self.by(bearer(&tokens)).await
    }

    /// A new active user: id and tokens.
    async fn user(&self, name: &str, roles: &[&str]) -> (UserId, Tokens) {
        let request = InviteUserRequest {
            name: name.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        };
        let invited = self
            .api
            .invite_user(&self.admin().await, request)
            .await
            .expect("invited");
        let request = AcceptInvitationRequest {
            invitation: invited.invitation,
            password: SecretText::new(PASSWORD),
        };
        self.api
            .accept_invitation(&self.nobody(), request)
            .await
            .expect("accepted");
        self.house.pass(1);
        (UserId::from_uuid(invited.user.id), self.sign_in(name).await)
    }

    async fn role(&self, name: &str, permissions: &[&str]) {
        let permissions = permissions.iter().map(|it| (*it).to_owned()).collect();
        let request = RoleRequest { permissions };
        self.api
            .put_role(&self.admin().await, name, request)
            .await
            .expect("made");
    }
}

fn bearer(tokens: &Tokens) -> Credential {
    Credential::Bearer(tokens.access_token.reveal().into())
}

/// A key that no other call has.
fn call_key() -> medcover_kernel::IdempotencyKey {
    use medcover_kernel::Rng as _;
    SystemRng.next_u64().to_string().parse().expect("a key")
}

/// Runs each promise over each form.
macro_rules! promises {
    ($($promise:ident,)+) => {
        mod in_process {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(super::Form::in_process().await).await;
            })+
        }
        mod on_disk {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(super::Form::on_disk().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(super::Form::on_postgres().await).await;
            })+
        }
        mod in_a_fleet {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(super::Form::in_a_fleet().await).await;
            })+
        }
        mod over_http {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(super::Form::over_http().await).await;
            })+
        }
    };
}

promises! {
    sessions_begin_go_on_and_end,
    users_are_invited_changed_and_listed,
    roles_are_made_listed_and_removed,
    clients_get_keys_and_lose_them,
    tenants_are_made_and_listed,
    keys_are_told_and_made,
    emergencies_are_declared_ended_and_reviewed,
    refusals_keep_their_kind,
}

async fn sessions_begin_go_on_and_end(form: Form) {
    let (id, tokens) = form.user("maria", &[]).await;
    let call = form.by(bearer(&tokens)).await;
    let me = form.api.me(&call).await.expect("signed in");
    assert_eq!(
        (me.name.as_str(), me.sub),
        ("maria", Caller::User(id).to_string())
    );
    let request = RefreshRequest {
        refresh_token: tokens.refresh_token,
    };
    let next = form
        .api
        .refresh(&form.nobody(), request.clone())
        .await
        .expect("refreshed");
    assert_eq!(next.token_type, "Bearer");
    let call = form.by(bearer(&next)).await;
    form.api
        .sign_out(&call, SignOutRequest::default())
        .await
        .expect("signed out");
    let over = form
        .api
        .refresh(&form.nobody(), request)
        .await
        .expect_err("over");
    assert_eq!(over.kind(), ErrorKind::Unauthenticated);
}

async fn users_are_invited_changed_and_listed(form: Form) {
    form.role("nurse", &["patients.read"]).await;
    let (id, _) = form.user("maria", &[]).await;
    let admin = form.admin().await;
    let roles = RolesRequest {
        roles: ["nurse".to_owned()].into(),
    };
    let user = form
        .api
        .set_user_roles(&admin, id, roles)
        .await
        .expect("set");
    assert_eq!(form.api.user(&admin, id).await.expect("there"), user);
    assert_eq!(
        form.api
            .disable_user(&admin, id)
            .await
            .expect("disabled")
            .status,
        UserStatus::Disabled
    );
    assert_eq!(
        form.api
            .enable_user(&admin, id)
            .await
            .expect("enabled")
            .status,
        UserStatus::Active
    );
    assert_eq!(
        form.api
            .unlock_user(&admin, id)
            .await
            .expect("not locked")
            .status,
        UserStatus::Active
    );
    form.api
        .reinvite_user(&admin, id)
        .await
        .expect("invited again");
    let limit = Limit::new(1).expect("a limit");
    let first = form.api.users(&admin, None, limit).await.expect("a page");
    let second = form
        .api
        .users(&admin, first.next, limit)
        .await
        .expect("the next");
    assert_eq!(
        second.users,
        [form.api.user(&admin, id).await.expect("there")]
    );
    assert_eq!(second.next, None);
}

async fn roles_are_made_listed_and_removed(form: Form) {
    form.role("nurse", &["patients.read"]).await;
    let admin = form.admin().await;
    let roles = form
        .api
        .roles(&admin, None, Limit::DEFAULT)
        .await
        .expect("a page")
        .roles;
    assert_eq!(roles.len(), 1);
    let permissions = form
        .api
        .permissions(&admin)
        .await
        .expect("a list")
        .permissions;
    assert!(permissions.iter().any(|it| it.name == "patients.read"));
    form.api
        .remove_role(&admin, "nurse")
        .await
        .expect("removed");
    let gone = form
        .api
        .remove_role(&admin, "nurse")
        .await
        .expect_err("gone");
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

async fn clients_get_keys_and_lose_them(form: Form) {
    let admin = form.admin().await;
    let request = NewClientRequest {
        name: "billing".to_owned(),
        tier: Tier::Enterprise,
        permissions: ["service-tokens.issue".to_owned(), "users.read".to_owned()].into(),
        service: Some("billing".to_owned()),
        expires_in_days: Some(1),
    };
    let made = form.api.create_client(&admin, request).await.expect("made");
    let id = ClientId::from_uuid(made.client.id);
    let replaced = form
        .api
        .replace_client_key(&admin, id)
        .await
        .expect("replaced");
    let key = replaced.key.expect("shown once");
    let call = form.by(Credential::ApiKey(key.reveal().into())).await;
    let request = ServiceTokenRequest {
        audience: "gateway".to_owned(),
        tenant: None,
    };
    let token = form
        .api
        .issue_service_token(&call, request)
        .await
        .expect("issued");
    assert_eq!(token.expires_in, 60);
    let call = form
        .by(Credential::Bearer(token.token.reveal().into()))
        .await;
    assert_eq!(call.caller.to_string(), "service:billing");
    let revoked = form.api.revoke_client(&admin, id).await.expect("revoked");
    let list = form
        .api
        .clients(&admin, None, Limit::DEFAULT)
        .await
        .expect("a page");
    assert_eq!(list.clients, [revoked]);
}

async fn tenants_are_made_and_listed(form: Form) {
    let admin = form.admin().await;
    let request = NewTenantRequest {
        name: "st-anna".to_owned(),
        administrator: "anna".to_owned(),
    };
    let made = form.api.create_tenant(&admin, request).await.expect("made");
    assert_eq!(made.administrator.user.status, UserStatus::Invited);
    let tenants = form
        .api
        .tenants(&admin, None, Limit::DEFAULT)
        .await
        .expect("a page")
        .tenants;
    assert_eq!(tenants[1], made.tenant);
}

async fn keys_are_told_and_made(form: Form) {
    let admin = form.admin().await;
    assert_eq!(
        form.api
            .jwks(&form.nobody())
            .await
            .expect("public")
            .keys
            .len(),
        1
    );
    let rotated = form.api.rotate_signing_key(&admin).await.expect("made");
    assert_eq!(
        form.api.signing_keys(&admin).await.expect("a list"),
        rotated
    );
    let states: Vec<_> = rotated.keys.iter().map(|key| key.state).collect();
    assert_eq!(states, [SigningKeyState::Signing, SigningKeyState::Next]);
    assert_eq!(
        form.api
            .jwks(&form.nobody())
            .await
            .expect("public")
            .keys
            .len(),
        2
    );
    let discovery = form.api.discovery(&form.nobody()).await.expect("public");
    assert!(discovery.jwks_uri.starts_with(&discovery.issuer));
}

async fn emergencies_are_declared_ended_and_reviewed(form: Form) {
    form.role("nurse", &["break-glass.use"]).await;
    let (_, tokens) = form.user("nora", &["nurse"]).await;
    let nora = form.by(bearer(&tokens)).await;
    let request = BreakGlassRequest {
        reason: "Unconscious, allergies unknown".to_owned(),
        minutes: 5,
    };
    let opened = form
        .api
        .open_break_glass(&nora, request)
        .await
        .expect("declared");
    let id = BreakGlassId::from_uuid(opened.grant.id);
    let within = form
        .by(Credential::Bearer(opened.access_token.reveal().into()))
        .await;
    assert!(within.scopes.has("patients.read"));
    let ended = form.api.end_break_glass(&within, id).await.expect("ended");
    assert_eq!(ended.state, BreakGlassState::Ended);
    let admin = form.admin().await;
    let note = ReviewRequest {
        note: "Checked against the chart.".to_owned(),
    };
    let reviewed = form
        .api
        .review_break_glass(&admin, id, note)
        .await
        .expect("reviewed");
    let list = form
        .api
        .break_glass_grants(&admin, None, Limit::DEFAULT)
        .await
        .expect("a page");
    assert_eq!(list.grants, [reviewed]);
}

async fn refusals_keep_their_kind(form: Form) {
    let (id, tokens) = form.user("maria", &[]).await;
    let maria = form.by(bearer(&tokens)).await;
    let admin = form.admin().await;
    let kind = |error: medcover_kernel::Error| error.kind();
    let forbidden = form.api.user(&maria, id).await.map_err(kind);
    assert_eq!(forbidden.err(), Some(ErrorKind::Forbidden));
    let nobody = form.api.user(&form.nobody(), id).await.map_err(kind);
    assert_eq!(nobody.err(), Some(ErrorKind::Unauthenticated));
    let other = UserId::from_uuid(uuid::Uuid::from_u128(9));
    let unknown = form.api.user(&admin, other).await.map_err(kind);
    assert_eq!(unknown.err(), Some(ErrorKind::NotFound));
    let request = InviteUserRequest {
        name: "!".to_owned(),
        roles: [].into(),
    };
    let invalid = form
        .api
        .invite_user(&admin, request)
        .await
        .expect_err("no name");
    assert_eq!(
        (invalid.kind(), invalid.faults()[0].pointer.as_ref()),
        (ErrorKind::Invalid, "/name")
    );
}
