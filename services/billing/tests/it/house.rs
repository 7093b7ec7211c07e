//! A house whose books are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use medcover_billing::{Billing, CashDesk, Deps, projections, schema};
use medcover_contract_billing::{
    AllocationId, AllocationRequest, BillingApi, BillingClient, Invoice, InvoiceKind, InvoiceLine,
    InvoiceRequest, Party, Payment, PaymentMethod, PaymentRequest, TrialBalance,
};
use medcover_http::{Edge, EdgeConfig, HttpClient, Identify, Identity, Shown};
use medcover_kernel::{
    Call, Caller, Clock, Credential, Currency, EncounterId, Error, InvoiceId, ManualClock, Money,
    PatientId, PaymentId, Result, Scopes, SeededRng, TenantId, Tier, Timestamp, UserId,
};
use medcover_store::{MemoryStore, SqliteOptions, SqliteStore, Store, rebuild};
use medcover_telemetry::Metrics;
use medcover_testkit::{Database, TestServer, by_turns};
use medcover_workflow::bus::Subscription;
use tempfile::TempDir;
use uuid::Uuid;

/// The service, over a store.
pub(crate) struct House {
    pub(crate) api: Arc<dyn BillingApi>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) billing: Billing,
    subscriptions: Vec<Subscription>,
    rng: SeededRng,
    numbers: AtomicU64,
    server: Option<TestServer>,
    _folder: Option<TempDir>,
    database: Option<Database>,
}

/// Takes a key for the tenant and the user that it names, who may do everything there; `read:` before them lets them only
/// read.
struct KeyIsUser;

#[async_trait]
impl Identify for KeyIsUser {
    async fn identify(&self, shown: Shown<'_>, _: &Call) -> Result<Identity> {
        let Shown::ApiKey(key) = shown else {
            return Err(Error::unauthenticated("A key is wanted."));
        };
        let (scopes, key) = match key.strip_prefix("read:") {
            Some(key) => (Scopes::of(["billing.read"]), key),
            None => (Scopes::all(), key),
        };
        let (tenant, user) = key.split_once('/').expect("a tenant and a user");
        Ok(Identity {
            tenant: tenant.parse().map_err(Error::internal)?,
            caller: Caller::User(user.parse().map_err(Error::internal)?),
            scopes,
            purpose: None,
            tier: Tier::Enterprise,
        })
    }
}

/// Runs each promise in memory, over a file, over PostgreSQL, and over HTTP in a fleet.
macro_rules! promises {
    ($($promise:ident,)+) => {
        mod in_memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $promise() {
                super::$promise(crate::house::House::in_memory()).await;
            })+
        }
        mod on_disk {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $promise() {
                super::$promise(crate::house::House::on_disk().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $promise() {
                super::$promise(crate::house::House::on_postgres().await).await;
            })+
        }
        mod in_a_fleet {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $promise() {
                super::$promise(crate::house::House::in_a_fleet().await).await;
            })+
        }
    };
}
pub(crate) use promises;

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("within bounds")
}

pub(crate) fn id(number: u64) -> Uuid {
    Uuid::from_u128(u128::from(number) + (7 << 96))
}

impl House {
    pub(crate) fn in_memory() -> Self {
        let clock = clock();
        let store = MemoryStore::new(schema(), Arc::clone(&clock) as _);
        Self::over(Arc::new(store), clock)
    }

    pub(crate) async fn on_disk() -> Self {
        let clock = clock();
        let folder = tempfile::tempdir().expect("a folder");
        let options = SqliteOptions::new(folder.path().join("billing.db"));
        let store = SqliteStore::open(options, schema(), Arc::clone(&clock) as _).await;
        Self {
            _folder: Some(folder),
            ..Self::over(Arc::new(store.expect("it opens")), clock)
        }
    }

    pub(crate) async fn on_postgres() -> Self {
        let (database, clock) = (Database::start(), clock());
        let house = Self::of_fleet(&database, &clock, 1).await;
        Self {
            database: Some(database),
            ..house
        }
    }

    /// Two processes over one database, asked by turns over HTTP.
    pub(crate) async fn in_a_fleet() -> Self {
        let house = Self::on_postgres().await;
        let database = house.database.as_ref().expect("just made");
        let second = Self::of_fleet(database, &house.clock, 2).await;
        let processes = by_turns([house.router(), second.router()]);
        house.asked_at(processes).await
    }

    /// One more process over `database`; `seed` tells its chance from that of others.
    async fn of_fleet(database: &Database, clock: &Arc<ManualClock>, seed: u64) -> Self {
        let store = database.open("billing", schema(), Arc::clone(clock) as _);
        Self::with_chance(store.await, Arc::clone(clock), seed)
    }

    /// The service in memory, asked over HTTP.
    pub(crate) async fn over_http() -> Self {
        let house = Self::in_memory();
        let process = house.router();
        house.asked_at(process).await
    }

    /// Asked over a socket, where `router` answers.
    async fn asked_at(mut self, router: Router) -> Self {
        let server = TestServer::start(router).await;
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        let http = HttpClient::new(&format!("http://{}", server.addr), clock);
        self.api = Arc::new(BillingClient::new(http.expect("an address")));
        self.server = Some(server);
        self
    }

    fn router(&self) -> Router {
        let (metrics, clock) = (Arc::new(Metrics::default()), Arc::clone(&self.clock));
        let rng = Arc::new(SeededRng::new(3));
        let edge = Edge::new(EdgeConfig::default(), metrics, clock, rng);
        let edge = edge.identified_by(Arc::new(KeyIsUser));
        edge.router(self.billing.router())
    }

    fn over(store: Arc<dyn Store>, clock: Arc<ManualClock>) -> Self {
        Self::with_chance(store, clock, 1)
    }

    fn with_chance(store: Arc<dyn Store>, clock: Arc<ManualClock>, seed: u64) -> Self {
        let billing = Billing::new(Deps {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock) as _,
            rng: Arc::new(SeededRng::new(seed)),
            processor: Arc::new(CashDesk),
        });
        Self {
            api: billing.api(),
            subscriptions: billing.subscriptions("worker-1"),
            billing,
            clock,
            store,
            rng: SeededRng::new(2),
            numbers: AtomicU64::new(1_000),
            server: None,
            _folder: None,
            database: None,
        }
    }

    /// A number that no other call had.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::SeqCst)
    }

    /// A call of the user `number`, who may do everything, under a key of its own.
    pub(crate) fn by(&self, number: u64) -> Call {
        let user = UserId::from_uuid(id(number));
        let (within, clock) = (Duration::from_hours(1), &*self.clock);
        let (caller, scopes) = (Caller::User(user), Scopes::all());
        let mut call = Call::by(caller, TenantId::DEFAULT, scopes, within, clock, &self.rng);
        let shown = format!("{}/{user}", TenantId::DEFAULT);
        call.credential = Some(Credential::ApiKey(shown.into()));
        let key = format!("key-{}", self.number());
        call.with_idempotency(key.parse().expect("a key"))
    }

    pub(crate) fn call(&self) -> Call {
        self.by(1)
    }

    pub(crate) fn invoice_request(number: u64, minor: i64) -> InvoiceRequest {
        InvoiceRequest {
            id: InvoiceId::from_uuid(id(number)),
            kind: InvoiceKind::Visit,
            patient: PatientId::from_uuid(id(1)),
            encounter: Some(EncounterId::from_uuid(id(number))),
            policy: None,
            payer: None,
            agent: None,
            series: None,
            lines: vec![InvoiceLine {
                description: "Consultation".to_owned(),
                code: None,
                units: 1,
                unit_price: usd(minor),
            }],
            covers_from: None,
            covers_to: None,
            on: None,
            due_on: None,
        }
    }

    pub(crate) async fn issue(&self, request: InvoiceRequest) -> Invoice {
        let issued = self.api.issue_invoice(&self.call(), request).await;
        issued.expect("issued")
    }

    pub(crate) fn payment_request(number: u64, minor: i64) -> PaymentRequest {
        PaymentRequest {
            id: PaymentId::from_uuid(id(number)),
            from: Party::patient(PatientId::from_uuid(id(1))),
            amount: usd(minor),
            method: PaymentMethod::Cash,
            terminal: None,
            invoice: None,
            allocate: false,
            reference: None,
            on: None,
        }
    }

    pub(crate) async fn pay(&self, request: PaymentRequest) -> Payment {
        let taken = self.api.take_payment(&self.call(), request).await;
        taken.expect("taken")
    }

    pub(crate) async fn put(&self, payment: PaymentId, invoice: InvoiceId, minor: i64) -> Payment {
        let request = AllocationRequest {
            id: AllocationId::from_uuid(id(self.number())),
            invoice,
            amount: usd(minor),
        };
        let put = self.api.allocate(&self.call(), payment, request).await;
        put.expect("allocated")
    }

    /// Lets everything follow that follows by itself.
    pub(crate) async fn settle(&self) {
        for subscription in &self.subscriptions {
            while subscription.tick().await.expect("a store") > 0 {}
        }
    }

    /// Lets `days` pass.
    pub(crate) fn pass_days(&self, days: u64) {
        self.clock.advance(Duration::from_hours(24 * days));
    }

    /// The trial balance, which is zero; each entry of the log adds up to zero by its type.
    pub(crate) async fn trial_balance(&self) -> TrialBalance {
        let sums = self.api.trial_balance(&self.call()).await.expect("sums");
        assert!(sums.balanced, "{sums:?}");
        sums
    }

    /// Debits less credits of a kind of account, settled.
    pub(crate) async fn balance(&self, account: &str) -> i64 {
        let sums = self.trial_balance().await;
        let of = sums.lines.iter();
        let of = of.filter(|line| line.account == account && line.layer == "settled");
        of.map(|line| line.debit_minor - line.credit_minor).sum()
    }

    /// Rebuilt tables say the same as live ones, byte for byte.
    pub(crate) async fn check_rebuilt(&self) {
        let live = self.lists().await;
        for projection in projections() {
            rebuild(&*self.store, projection).await.expect("rebuilt");
        }
        assert_eq!(self.lists().await, live);
    }

    async fn lists(&self) -> Vec<String> {
        use medcover_contract_billing::endpoints::{InvoiceQuery, PageQuery, PaymentQuery};
        let (api, call) = (&self.api, self.call());
        let limit = Some(medcover_kernel::Limit::MAX);
        let page = PageQuery { after: None, limit };
        let invoices = InvoiceQuery {
            limit,
            ..InvoiceQuery::default()
        };
        let payments = PaymentQuery {
            limit,
            ..PaymentQuery::default()
        };
        let mut sums = api.trial_balance(&call).await.expect("sums");
        // The place in the log grows with every reading that is audited.
        sums.position = 0;
        vec![
            format!("{:?}", api.invoices(&call, invoices).await),
            format!("{:?}", api.payments(&call, payments).await),
            format!("{:?}", api.journal(&call, page.clone()).await),
            format!("{:?}", api.statement(&call, id(1), page).await),
            format!("{sums:?}"),
        ]
    }
}

fn clock() -> Arc<ManualClock> {
    let now = Timestamp::from_micros(1_775_001_600_000_000);
    let clock = Arc::new(ManualClock::at(now));
    assert_eq!(clock.now(), now);
    clock
}
