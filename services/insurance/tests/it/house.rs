//! A service to ask, with a payer, a plan and somebody who is covered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use medcover_contract_insurance::{
    Authorisation, Claim, EnrolMemberRequest, InsuranceApi, InsuranceClient, Member,
    NewPayerRequest, NewPlanRequest, NewProductRequest, PayerId, PlanId, Policy,
    PublishVersionRequest, QuotePolicyRequest, ReserveBenefitRequest, Scrubbing,
    SettlePremiumRequest, SubmitClaimRequest,
};
use medcover_http::{Edge, EdgeConfig, HttpClient, Identify, Identity, Shown};
use medcover_insurance::{Deps, Insurance, schema};
use medcover_kernel::{
    Call, Caller, Clock, Credential, Currency, Error, ManualClock, Money, PractitionerId, Result,
    Scopes, SeededRng, TenantId, Timestamp,
};
use medcover_store::{MemoryStore, SqliteOptions, SqliteStore, Store};
use medcover_telemetry::Metrics;
use medcover_testkit::{Database, TestServer, by_turns};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::terminology::Codes;

/// 2026-05-04T00:00:00Z.
const NOW: i64 = 1_777_852_800_000_000;
/// Whoever shows this may do everything, in the default tenant.
const TOKEN: &str = "tafel";
/// Whoever shows this may do everything, in another tenant.
const OTHER: &str = "stuhl";

/// Knows two callers, and anybody else as one who may do nothing.
struct Doorman;

#[async_trait]
impl Identify for Doorman {
    async fn identify(&self, shown: Shown<'_>, _: &Call) -> Result<Identity> {
        let Shown::Bearer(token) = shown else {
            return Err(Error::unauthenticated("a token is wanted"));
        };
        let (tenant, scopes) = match token {
            TOKEN => (TenantId::DEFAULT, Scopes::all()),
            OTHER => (other_tenant(), Scopes::all()),
            _ => (TenantId::DEFAULT, Scopes::of(["nothing"])),
        };
        Ok(Identity {
            tenant,
            caller: Caller::Operator,
            scopes,
            purpose: None,
            tier: medcover_kernel::Tier::Enterprise,
        })
    }
}

pub(crate) fn other_tenant() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(0x77))
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_micros(NOW)))
}

/// The service with all that it needs.
pub(crate) struct House {
    pub(crate) api: Arc<dyn InsuranceApi>,
    pub(crate) insurance: Insurance,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<dyn Store>,
    keys: AtomicU64,
    server: Option<TestServer>,
    /// Where a store on disk lies, as long as this house stands.
    _folder: Option<TempDir>,
    database: Option<Database>,
}

impl House {
    pub(crate) fn in_memory() -> Self {
        let clock = clock();
        let store = Arc::new(MemoryStore::new(schema(), Arc::clone(&clock) as _));
        Self::over(store, clock)
    }

    pub(crate) async fn on_disk() -> Self {
        let clock = clock();
        let folder = tempfile::tempdir().expect("a folder");
        let options = SqliteOptions::new(folder.path().join("insurance.db"));
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
        let store = database.open("insurance", schema(), Arc::clone(clock) as _);
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
        self.api = Arc::new(InsuranceClient::new(http.expect("an address")));
        self.server = Some(server);
        self
    }

    fn over(store: Arc<dyn Store>, clock: Arc<ManualClock>) -> Self {
        Self::with_chance(store, clock, 5)
    }

    fn with_chance(store: Arc<dyn Store>, clock: Arc<ManualClock>, seed: u64) -> Self {
        let insurance = Insurance::new(Deps {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock) as _,
            rng: Arc::new(SeededRng::new(seed)),
            terminology: Arc::new(Codes),
        });
        Self {
            api: insurance.api(),
            insurance,
            clock,
            store,
            keys: AtomicU64::new(1),
            server: None,
            _folder: None,
            database: None,
        }
    }

    /// Another process over the same store.
    pub(crate) fn another_process(&self) -> Insurance {
        Insurance::new(Deps {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock) as _,
            rng: Arc::new(SeededRng::new(99)),
            terminology: Arc::new(Codes),
        })
    }

    /// Its addresses behind an edge, for a server.
    pub(crate) fn router(&self) -> Router {
        let metrics = Arc::new(Metrics::default());
        let rng = Arc::new(SeededRng::new(6));
        let clock = Arc::clone(&self.clock) as _;
        let edge = Edge::new(EdgeConfig::default(), metrics, clock, rng);
        let edge = edge.identified_by(Arc::new(Doorman));
        edge.router(self.insurance.router())
    }

    /// A call under a key of its own.
    pub(crate) fn call(&self) -> Call {
        let key = self.keys.fetch_add(1, Ordering::Relaxed).to_string();
        let within = Duration::from_hours(1);
        let rng = SeededRng::new(self.keys.load(Ordering::Relaxed));
        let (caller, tenant) = (Caller::Operator, TenantId::DEFAULT);
        let mut call = Call::by(caller, tenant, Scopes::all(), within, &*self.clock, &rng);
        call.credential = Some(Credential::Bearer(TOKEN.into()));
        call.with_idempotency(key.parse().expect("a key"))
    }

    /// The same for somebody of another tenant.
    pub(crate) fn stranger(&self) -> Call {
        let mut call = self.call().for_tenant(other_tenant());
        call.credential = Some(Credential::Bearer(OTHER.into()));
        call
    }

    pub(crate) fn pass_days(&self, days: u64) {
        self.clock.advance(Duration::from_hours(24 * days));
    }

    /// A payer with a plan of one version with these terms.
    pub(crate) async fn plan(&self, terms: Value, scrubbing: Scrubbing) -> (PayerId, PlanId) {
        let payer = NewPayerRequest {
            id: None,
            code: format!("P{}", self.keys.load(Ordering::Relaxed)),
            name: "Northern Mutual".to_owned(),
            scrubbing,
        };
        let payer = self
            .api
            .register_payer(&self.call(), payer)
            .await
            .expect("made")
            .id;
        let product = NewProductRequest {
            id: None,
            payer,
            name: "Family care".to_owned(),
        };
        let product = self
            .api
            .create_product(&self.call(), product)
            .await
            .expect("made")
            .id;
        let plan = NewPlanRequest {
            id: None,
            product,
            name: "Silver".to_owned(),
            currency: Currency::USD,
        };
        let plan = self
            .api
            .create_plan(&self.call(), plan)
            .await
            .expect("made")
            .id;
        let version = PublishVersionRequest {
            number: 1,
            effective_from: "2025-01-01".parse().expect("a day"),
            terms: read(terms),
        };
        let published = self.api.publish_version(&self.call(), plan, version).await;
        published.expect("published");
        (payer, plan)
    }

    /// An active policy of `plan` with a member.
    pub(crate) async fn covered(&self, plan: PlanId) -> (Policy, Member) {
        let policy = self.quote(plan).await;
        let id = policy.id;
        self.api
            .accept_policy(&self.call(), id)
            .await
            .expect("accepted");
        let paid = SettlePremiumRequest::default();
        self.api
            .settle_premium(&self.call(), id, 1, paid)
            .await
            .expect("settled");
        let policy = self
            .api
            .activate_policy(&self.call(), id)
            .await
            .expect("active");
        let member = self.enrol(id, 1).await;
        (policy, member)
    }

    pub(crate) async fn quote(&self, plan: PlanId) -> Policy {
        let number = format!("N{}", self.keys.load(Ordering::Relaxed));
        let request: QuotePolicyRequest = read(json!({
            "number": number, "plan": plan, "from": "2026-01-01",
            "premium": {"amount": usd(31_000), "every": "month", "grace_days": 30},
        }));
        self.api
            .quote_policy(&self.call(), request)
            .await
            .expect("quoted")
    }

    pub(crate) async fn enrol(&self, policy: medcover_kernel::PolicyId, patient: u128) -> Member {
        let request: EnrolMemberRequest = read(json!({
            "patient": Uuid::from_u128(patient), "relationship": "holder", "born_on": "1980-02-29", "sex": "female",
        }));
        self.api
            .enrol_member(&self.call(), policy, request)
            .await
            .expect("enrolled")
    }

    /// A claim of one line, sent.
    pub(crate) async fn claim(&self, request: SubmitClaimRequest) -> Claim {
        self.api
            .submit_claim(&self.call(), request)
            .await
            .expect("made")
    }

    pub(crate) async fn adjudicated(&self, request: SubmitClaimRequest) -> Claim {
        let claim = self.claim(request).await;
        assert_eq!(
            claim.state,
            medcover_contract_insurance::ClaimState::Accepted,
            "{claim:?}"
        );
        self.api
            .adjudicate_claim(&self.call(), claim.id)
            .await
            .expect("decided")
    }

    pub(crate) async fn reserve(&self, request: ReserveBenefitRequest) -> Authorisation {
        self.api
            .reserve_benefit(&self.call(), request)
            .await
            .expect("asked for")
    }
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a request")
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("small")
}

/// A claim of `member` for one service, which stands beside others.
pub(crate) fn claim_of(member: &Member, procedure: &str, minor: i64) -> SubmitClaimRequest {
    read(json!({
        "member": member.id, "practitioner": PractitionerId::from_uuid(Uuid::from_u128(42)),
        "service_on": "2026-05-04", "diagnoses": ["E11.9"],
        "lines": [{"procedure": procedure, "units": 1, "charge": usd(minor), "diagnoses": [1], "distinct": true}],
    }))
}

/// Consultations with copay, deductible and coinsurance; surgery up to 1,000.00 a year, if it is authorised; physiotherapy
/// up to 5 units a year, decided by a person.
pub(crate) fn terms() -> Value {
    let tier = |copay: i64, deductible: bool, coinsurance: u32| json!([{"from_unit": 1, "copay": usd(copay), "deductible_applies": deductible, "coinsurance": coinsurance}]);
    json!({
        "benefits": {
            "id": "silver-1", "currency": "USD", "rounding": "half-even", "benefit_year": "calendar",
            "timely_filing_days": 365,
            "networks": [{
                "network": "in",
                "deductible": {"member": usd(5_000), "family": usd(8_000)},
                "out_of_pocket": {"member": usd(30_000)},
            }],
            "limits": [
                {"id": "surgery", "scope": "member", "period": "benefit-year", "amount": usd(100_000)},
                {"id": "physiotherapy", "scope": "member", "period": "benefit-year", "units": 5},
            ],
            "rules": [
                {"id": "consultation", "selector": {"category": "consultation"}, "benefit": {"covered": {
                    "counts_to_out_of_pocket": true, "tiers": tier(1_000, true, 2_000)}}},
                {"id": "surgery", "selector": {"category": "surgery"}, "benefit": {"covered": {
                    "limit": "surgery", "counts_to_out_of_pocket": false, "tiers": tier(0, false, 0)}}},
                {"id": "implant", "selector": {"category": "implant"}, "benefit": {"covered": {
                    "limit": "surgery", "authorisation_required": true, "counts_to_out_of_pocket": false,
                    "tiers": tier(0, false, 0)}}},
                {"id": "physiotherapy", "selector": {"category": "physiotherapy"}, "benefit": {"covered": {
                    "limit": "physiotherapy", "authorisation_required": true, "counts_to_out_of_pocket": false,
                    "tiers": tier(0, false, 0)}}},
            ],
        },
        "fees": {
            "99213": {"category": "consultation", "price": usd(20_000)},
            "27447": {"category": "surgery", "price": usd(3_000)},
            "27130": {"category": "implant", "price": usd(90_000)},
            "97110": {"category": "physiotherapy", "price": usd(6_000)},
        },
        "unlisted": "denied",
        "reviewed": ["physiotherapy"],
    })
}
