//! How runs are begun: over HTTP and in process, once, by those who may, one for each thing.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use medcover_contract_journeys::permissions::PERMISSIONS;
use medcover_contract_journeys::{JourneysApi, JourneysClient, PatientRegistration, VisitCoded};
use medcover_http::{Edge, EdgeConfig, HttpClient, Identify, Identity, Shown};
use medcover_journey_tests::{Clinic, Stores, of};
use medcover_kernel::{
    Call, Caller, ClientId, Credential, EncounterId, Error, ErrorKind, ManualClock, Result, SagaId,
    Scopes, SeededRng, TenantId, Tier, Timestamp,
};
use medcover_operations::{Operations, Part};
use medcover_telemetry::Metrics;
use medcover_testkit::{Client, Database, TestServer, by_turns};
use serde_json::{Value, json};
use uuid::Uuid;

/// New Year's Day of 2026, eight in the morning by UTC.
const NOW: Timestamp = Timestamp::from_micros(1_767_254_400_000_000);

/// Takes a key for the permissions that it names, separated by commas.
struct KeyIsScopes;

#[async_trait]
impl Identify for KeyIsScopes {
    async fn identify(&self, shown: Shown<'_>, _: &Call) -> Result<Identity> {
        let Shown::ApiKey(key) = shown else {
            return Err(Error::unauthenticated("only keys"));
        };
        Ok(Identity {
            tenant: TenantId::DEFAULT,
            caller: Caller::Client(ClientId::from_uuid(Uuid::from_u128(5))),
            scopes: Scopes::of(key.split(',')),
            purpose: None,
            tier: Tier::Enterprise,
        })
    }
}

/// The service at its door, with the operations beside it.
struct Door {
    clinic: Clinic,
    router: Router,
}

impl Door {
    fn open() -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        Self::over(Stores::in_memory(&clock), clock, 4)
    }

    /// Of one more process over `database`; `seed` tells its chance from that of others.
    async fn of_fleet(database: &Database, clock: &Arc<ManualClock>, seed: u64) -> Self {
        let stores = Stores::on(database, clock).await;
        Self::over(stores, Arc::clone(clock), seed)
    }

    fn over(stores: Stores, clock: Arc<ManualClock>, seed: u64) -> Self {
        let clinic = Clinic::over(stores, Arc::clone(&clock), &Arc::new(SeededRng::new(seed)));
        let operations = Operations::new(vec![Part {
            name: "journeys",
            store: Arc::clone(&clinic.runs),
            sagas: Some(clinic.journeys.sagas().clone()),
        }]);
        let metrics = Arc::new(Metrics::default());
        let edge = Edge::new(
            EdgeConfig::default(),
            metrics,
            clock,
            Arc::new(SeededRng::new(9)),
        );
        let edge = edge.identified_by(Arc::new(KeyIsScopes));
        let routes = operations.routes().merge(clinic.journeys.router());
        Self {
            clinic,
            router: edge.router(routes),
        }
    }

    fn client(&self) -> Client {
        Client::new(self.router.clone())
    }

    /// The API over a socket.
    async fn over_http(&self) -> (TestServer, Arc<dyn JourneysApi>) {
        self.asked_at(self.router.clone()).await
    }

    /// The same, where `router` answers.
    async fn asked_at(&self, router: Router) -> (TestServer, Arc<dyn JourneysApi>) {
        let server = TestServer::start(router).await;
        let clock = Arc::clone(&self.clinic.clock) as _;
        let http = HttpClient::new(&format!("http://{}", server.addr), clock).expect("an address");
        (server, Arc::new(JourneysClient::new(http)))
    }
}

fn every_permission() -> String {
    let names: Vec<_> = PERMISSIONS.iter().map(|it| it.name).collect();
    names.join(",")
}

/// A call of a client with every permission of the service, under `key`.
fn call(key: &str) -> Call {
    let mut call = Call::for_tests().with_idempotency(key.parse().expect("a key"));
    call.caller = Caller::Client(ClientId::from_uuid(Uuid::from_u128(5)));
    call.scopes = Scopes::of(every_permission().split(','));
    call.credential = Some(Credential::ApiKey(every_permission().into()));
    call
}

fn rossi(number: &str) -> PatientRegistration {
    of(json!({"person": {
        "family_name": "Rossi", "given_names": "Luca", "birth_date": "1990-03-01", "sex": "male",
        "identifiers": [{"system": "record", "value": number}]
    }}))
}

/// What holds in process and over HTTP alike.
async fn keeps_its_promises(clinic: &Clinic, api: &dyn JourneysApi) {
    let first = api
        .register_patient(&call("1"), rossi("17"))
        .await
        .expect("it begins");
    let again = api
        .register_patient(&call("1"), rossi("17"))
        .await
        .expect("as before");
    assert_eq!(again, first);
    let other = api
        .register_patient(&call("1"), rossi("18"))
        .await
        .expect_err("another request");
    assert_eq!(other.slug(), "idempotency-key-reused");
    let beside = api
        .register_patient(&call("2"), rossi("17"))
        .await
        .expect_err("the same person");
    assert_eq!(
        (beside.kind(), beside.slug()),
        (ErrorKind::Conflict, "saga-running")
    );
    clinic.drive().await;
    assert_eq!(clinic.run(first.saga).await.state, "completed");

    // Another run may try, and the hospital says no: somebody has the identifier.
    let later = api
        .register_patient(&call("3"), rossi("17"))
        .await
        .expect("it begins");
    clinic.drive().await;
    assert_eq!(clinic.run(later.saga).await.state, "compensated");

    let coded = VisitCoded {
        encounter: EncounterId::from_uuid(Uuid::from_u128(1)),
    };
    let nowhere = api
        .visit_coded(&call("4"), SagaId::from_uuid(Uuid::from_u128(1)), coded)
        .await;
    assert_eq!(nowhere.expect_err("no run").kind(), ErrorKind::NotFound);
    let not_a_visit = api.visit_coded(&call("5"), first.saga, coded).await;
    assert_eq!(
        not_a_visit.expect_err("another saga").kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn the_promises_hold_in_process() {
    let door = Door::open();
    keeps_its_promises(&door.clinic, &*door.clinic.api()).await;
}

#[tokio::test]
async fn the_promises_hold_over_http() {
    let door = Door::open();
    let (_server, api) = door.over_http().await;
    keeps_its_promises(&door.clinic, &*api).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_promises_hold_in_a_fleet() {
    let (database, clock) = (Database::start(), Arc::new(ManualClock::at(NOW)));
    let first = Door::of_fleet(&database, &clock, 4).await;
    let second = Door::of_fleet(&database, &clock, 5).await;
    let processes = by_turns([first.router.clone(), second.router]);
    let (_server, api) = first.asked_at(processes).await;
    keeps_its_promises(&first.clinic, &*api).await;
}

#[tokio::test]
async fn a_run_hears_only_of_its_own_visit_and_only_once_it_is_coded() {
    let door = Door::open();
    let clinic = &door.clinic;
    let (practice, insured) = (clinic.practice().await, clinic.insured("Rossi").await);
    let request = Clinic::covered_visit(practice, insured, &json!({"method": "cash"}));
    let api = clinic.api();
    let visit = api
        .visit_to_cash(&call("1"), request)
        .await
        .expect("it begins");
    clinic.drive().await;
    let run = clinic.run(visit.saga).await;
    assert_eq!(run.steps[3].status, "done", "{run:#?}");
    let (hospital, all) = (&clinic.hospital, || clinic.call());
    let start = of(json!({
        "patient": insured.patient, "practitioner": practice.practitioner,
        "location": hospital.hold(&all(), medcover_contract_hospital::HoldId::from_uuid(visit.makes["hold"]))
            .await.expect("there").location
    }));
    let other = hospital
        .start_encounter(&all(), start)
        .await
        .expect("a visit without appointment");
    let heard = api
        .visit_coded(
            &call("2"),
            visit.saga,
            VisitCoded {
                encounter: other.id,
            },
        )
        .await;
    assert_eq!(heard.expect_err("another visit").kind(), ErrorKind::Invalid);

    let appointment = medcover_kernel::AppointmentId::from_uuid(visit.makes["appointment"]);
    hospital
        .arrive_appointment(&all(), appointment)
        .await
        .expect("they come");
    let start = of(json!({"appointment": appointment}));
    hospital
        .check_in_appointment(&all(), appointment)
        .await
        .expect("they are received");
    let begun = hospital
        .start_encounter(&all(), start)
        .await
        .expect("they are seen");
    let heard = api
        .visit_coded(
            &call("3"),
            visit.saga,
            VisitCoded {
                encounter: begun.id,
            },
        )
        .await;
    assert_eq!(heard.expect_err("not coded").slug(), "visit-not-coded");
    assert_eq!(clinic.run(visit.saga).await.state, "running");
}

fn bodies() -> [(&'static str, Value); 6] {
    let id = "018f3b2a-7c1d-7000-8000-000000000001";
    let slot = json!({"schedule": id, "service": id, "start": "2026-05-04T09:00:00Z"});
    let money = json!({"amount_minor": 0, "currency": "USD"});
    [
        (
            "/person/family_name",
            json!({"saga": "patient-registration", "body": {"person": {
                "family_name": " ", "given_names": "", "birth_date": "1990-03-01", "sex": "male"
            }}}),
        ),
        (
            "/hold_seconds",
            json!({"saga": "visit-to-cash", "body": {
                "patient": id, "slot": slot, "hold_seconds": 1, "collection": {"method": "cash"}
            }}),
        ),
        (
            "/fee/amount",
            json!({"saga": "cancellation-and-no-show", "body": {
                "appointment": id, "ending": "no-show", "reason": "Nobody came",
                "fee": {"amount": money, "notice_hours": 1}
            }}),
        ),
        (
            "/control",
            json!({"saga": "remittance-posting", "body": {"remittance": id, "control": ""}}),
        ),
        (
            "/reason",
            json!({"saga": "claim-reversal", "body": {"claim": id, "reason": "", "then": "void"}}),
        ),
        (
            "/collection/terminal",
            json!({"saga": "premium", "body": {
                "policy": id, "number": 1, "holder": id,
                "collection": {"method": "cash", "terminal": "approved"}
            }}),
        ),
    ]
}

#[tokio::test]
async fn what_is_wrong_is_said_by_field_and_nothing_begins() {
    let door = Door::open();
    let key = every_permission();
    for (pointer, bad) in bodies() {
        let path = format!("/api/v1/sagas/{}", bad["saga"].as_str().expect("a name"));
        let headers = [
            ("x-api-key", &*key),
            ("idempotency-key", "k"),
            ("content-type", "application/json"),
        ];
        let answer = door
            .client()
            .ask("POST", &path, &headers, bad["body"].to_string())
            .await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
        assert_eq!(answer.pointers(), [pointer], "{path}");
    }
    let tenant = TenantId::DEFAULT;
    let runs = door
        .clinic
        .journeys
        .sagas()
        .runs(tenant, None, None, 10)
        .await
        .expect("listed");
    assert!(runs.rows.is_empty());
}

#[tokio::test]
async fn nothing_begins_without_credentials_permission_and_key() {
    let door = Door::open();
    let endpoints = door.clinic.journeys.router().endpoints();
    assert_eq!(endpoints.len(), 7);
    for endpoint in endpoints {
        let path = endpoint.path.replace("{saga}", &Uuid::nil().to_string());
        let ask = |headers: Vec<(&'static str, String)>| {
            let (client, path) = (door.client(), path.clone());
            async move {
                let headers: Vec<_> = headers.iter().map(|(name, it)| (*name, &**it)).collect();
                client.ask("POST", &path, &headers, "").await.status
            }
        };
        assert_eq!(ask(Vec::new()).await, 401, "{path}");
        let needed = endpoint.permission().expect("nothing is public");
        let others = PERMISSIONS
            .iter()
            .filter(|it| **it != needed)
            .map(|it| it.name);
        let others = others.collect::<Vec<_>>().join(",");
        let refused = ask(vec![("x-api-key", others), ("idempotency-key", "k".into())]).await;
        assert_eq!(refused, 403, "{path}");
        assert_eq!(
            ask(vec![("x-api-key", every_permission())]).await,
            400,
            "{path}"
        );
    }
}

#[tokio::test]
async fn runs_are_read_where_operators_read_all_runs() {
    let door = Door::open();
    let started = door
        .clinic
        .api()
        .register_patient(&call("1"), rossi("17"))
        .await;
    let started = started.expect("it begins");
    let headers = [("x-api-key", "sagas.read")];
    let list = door
        .client()
        .get_with("/api/v1/sagas/journeys", &headers)
        .await;
    assert_eq!(list.status, 200, "{}", list.text());
    assert_eq!(list.json()["runs"][0]["saga"], json!(started.saga));
    let path = format!("/api/v1/sagas/journeys/{}", started.saga);
    let run = door.client().get_with(&path, &headers).await;
    assert_eq!(run.status, 200, "{}", run.text());
    assert_eq!(run.json()["name"], "patient-registration");
}
