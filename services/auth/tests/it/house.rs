//! An installation to knock at.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use medcover_auth::{Auth, AuthConfig, Deps, HashingConfig, schema};
use medcover_cache::{Cache, InProcess};
use medcover_contract_auth::permissions::PERMISSIONS;
use medcover_http::{Edge, EdgeConfig};
use medcover_identity::{Catalogue, MasterSecret, SecretText, SeededEntropy};
use medcover_kernel::{
    Clock, ManualClock, PermissionInfo, SeededRng, ServiceName, TenantId, Timestamp,
};
use medcover_store::{AuditRecord, MemoryStore, SqliteOptions, SqliteStore, Store, limits};
use medcover_telemetry::Metrics;
use medcover_testkit::{Answer, Client, Database};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The first administrator's password.
pub(crate) const PASSWORD: &str = "tafel stuhl wolke";
/// Another service's permission, which an emergency gives.
pub(crate) const READ_PATIENTS: PermissionInfo = PermissionInfo {
    name: "patients.read",
    summary: "Reads patients.",
};

/// The service, served.
pub(crate) struct House {
    pub(crate) auth: Auth,
    pub(crate) client: Client,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<dyn Store>,
    /// What processes elsewhere may share with it.
    pub(crate) cache: Cache,
    edge: Edge,
    keys: AtomicU64,
    /// Where a store on disk lies, as long as this house stands.
    folder: Option<TempDir>,
    database: Option<Database>,
}

/// Settings under which a hash costs next to nothing.
pub(crate) fn quick() -> AuthConfig {
    AuthConfig {
        hashing: HashingConfig {
            memory_kib: 64,
            passes: 1,
            threads: 2,
            queue: 200,
        },
        ..AuthConfig::default()
    }
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_micros(
        1_775_001_600_000_000,
    )))
}

pub(crate) fn memory(clock: &Arc<ManualClock>) -> Arc<dyn Store> {
    Arc::new(MemoryStore::new(schema(), Arc::clone(clock) as _))
}

impl House {
    /// A new installation whose administrator has [`PASSWORD`].
    pub(crate) async fn new() -> Self {
        let clock = clock();
        let house = Self::over(memory(&clock), clock, quick(), 1);
        house.start().await;
        house
    }

    /// As [`House::new`], in a file.
    pub(crate) async fn on_disk() -> Self {
        let clock = clock();
        let folder = tempfile::tempdir().expect("a folder");
        let options = SqliteOptions::new(folder.path().join("auth.db"));
        let store = SqliteStore::open(options, schema(), Arc::clone(&clock) as _).await;
        let store = Arc::new(store.expect("it opens"));
        let mut house = Self::over(store, clock, quick(), 1);
        house.folder = Some(folder);
        house.start().await;
        house
    }

    /// As [`House::new`], on a server.
    pub(crate) async fn on_postgres() -> Self {
        let (database, clock) = (Database::start(), clock());
        let mut house = Self::of_fleet(&database, &clock, 1).await;
        house.database = Some(database);
        house
    }

    /// One more process of the installation on this one's server.
    pub(crate) async fn another_process(&self) -> Self {
        let database = self.database.as_ref().expect("it is on a server");
        Self::of_fleet(database, &self.clock, 2).await
    }

    async fn of_fleet(database: &Database, clock: &Arc<ManualClock>, seed: u64) -> Self {
        let store = database.open("auth", schema(), Arc::clone(clock) as _);
        let house = Self::over(store.await, Arc::clone(clock), quick(), seed);
        house.start().await;
        house
    }

    /// A process over `store`; `seed` tells its chance from that of others.
    pub(crate) fn over(
        store: Arc<dyn Store>,
        clock: Arc<ManualClock>,
        config: AuthConfig,
        seed: u64,
    ) -> Self {
        let rng = Arc::new(SeededRng::new(seed));
        let engine = InProcess::new(1 << 20, Arc::clone(&clock) as _);
        let cache = Cache::new(
            Arc::new(engine),
            Arc::clone(&clock) as _,
            Arc::clone(&rng) as _,
        );
        let auth = Auth::new(Deps {
            config,
            store: Arc::clone(&store),
            master: MasterSecret::generate(&SeededEntropy::new(7)),
            catalogue: Catalogue::of(&[PERMISSIONS, &[READ_PATIENTS]]),
            here: ServiceName::from_static("gateway"),
            cache: Some(cache.clone()),
            clock: Arc::clone(&clock) as _,
            rng: Arc::clone(&rng) as _,
            entropy: Arc::new(SeededEntropy::new(seed)),
        });
        let metrics = Arc::new(Metrics::default());
        let edge = Edge::new(EdgeConfig::default(), metrics, Arc::clone(&clock) as _, rng);
        let edge = edge.identified_by(auth.identify());
        Self {
            client: Client::new(edge.router(auth.router())),
            edge,
            cache,
            auth,
            folder: None,
            database: None,
            clock,
            store,
            keys: AtomicU64::new(seed * 1_000_000),
        }
    }

    pub(crate) async fn start(&self) {
        let password = Some(SecretText::new(PASSWORD));
        self.auth.start(password).await.expect("it starts");
        self.pass(1);
    }

    /// Its addresses behind its edge, for a server.
    pub(crate) fn router(&self) -> Router {
        self.edge.router(self.auth.router())
    }

    /// Lets `seconds` pass.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The answer to a request of whoever shows `token`.
    pub(crate) async fn ask(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let bearer = format!("Bearer {token}");
        self.ask_with(&[("authorization", &bearer)], method, path, body)
            .await
    }

    pub(crate) async fn ask_with(
        &self,
        headers: &[(&str, &str)],
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let key = self.keys.fetch_add(1, Ordering::Relaxed).to_string();
        let mut all = headers.to_vec();
        if !headers.iter().any(|(name, _)| *name == "idempotency-key") {
            all.push(("idempotency-key", &key));
        }
        if body.is_some() {
            all.push(("content-type", "application/json"));
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.client.ask(method, path, &all, body).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "GET", path, None).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(token, "POST", path, Some(body)).await
    }

    /// POST of nothing.
    pub(crate) async fn tell(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "POST", path, None).await
    }

    pub(crate) async fn put(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(token, "PUT", path, Some(body)).await
    }

    /// The answer to a sign-in.
    pub(crate) async fn try_sign_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({"name": name, "password": password});
        self.client.post("/api/v1/auth/sign-in", &body).await
    }

    /// The tokens of a sign-in that succeeds.
    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Value {
        let answer = self.try_sign_in(name, password).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// The administrator's access token.
    pub(crate) async fn admin(&self) -> String {
        text(&self.sign_in("admin", PASSWORD).await, "access_token")
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let body = json!({"refresh_token": token});
        self.client.post("/api/v1/auth/refresh", &body).await
    }

    /// A new active user with these roles and [`PASSWORD`]: their id and access token.
    pub(crate) async fn user(&self, name: &str, roles: &[&str]) -> (String, String) {
        let admin = self.admin().await;
        let body = json!({"name": name, "roles": roles});
        let invited = self.post(&admin, "/api/v1/auth/users", body).await;
        assert_eq!(invited.status, 201, "{}", invited.text());
        let invited = invited.json();
        let accepted = self.accept(&text(&invited, "invitation"), PASSWORD).await;
        assert_eq!(accepted.status, 204, "{}", accepted.text());
        self.pass(1);
        let id = text(&invited["user"], "id");
        (
            id,
            text(&self.sign_in(name, PASSWORD).await, "access_token"),
        )
    }

    pub(crate) async fn accept(&self, invitation: &str, password: &str) -> Answer {
        let body = json!({"invitation": invitation, "password": password});
        self.client
            .post("/api/v1/auth/invitations/accept", &body)
            .await
    }

    /// A role that holds `permissions`.
    pub(crate) async fn role(&self, name: &str, permissions: &[&str]) {
        let admin = self.admin().await;
        let path = format!("/api/v1/auth/roles/{name}");
        let answer = self
            .put(&admin, &path, json!({"permissions": permissions}))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// A client's API key, and its id.
    pub(crate) async fn api_key(&self, body: Value) -> (String, String) {
        let admin = self.admin().await;
        let made = self.post(&admin, "/api/v1/auth/clients", body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        (text(&made["client"], "id"), text(&made, "key"))
    }

    /// The trail of `tenant`, in no order that matters.
    pub(crate) async fn trail_of(&self, tenant: TenantId) -> Vec<AuditRecord> {
        let mut trail = Vec::new();
        for partition in 0..limits::AUDIT_PARTITIONS {
            let records = self.store.audit(tenant, partition, 0, limits::PAGE).await;
            trail.extend(records.expect("readable"));
        }
        trail
    }

    /// How often the default tenant's trail holds `action`, with the details that begin so in one of their members.
    pub(crate) async fn audited(&self, action: &str, detail: Option<(&str, &str)>) -> usize {
        let trail = self.trail_of(TenantId::DEFAULT).await;
        let fits = |record: &&AuditRecord| {
            let details: Value = record.entry.details.read().expect("JSON");
            let told = detail.is_none_or(|(member, value)| details[member] == value);
            record.entry.action == action && told
        };
        trail.iter().filter(fits).count()
    }
}

/// The text in a member of an object.
pub(crate) fn text(value: &Value, member: &str) -> String {
    let text = value[member].as_str();
    text.unwrap_or_else(|| panic!("{member} in {value}"))
        .to_owned()
}
