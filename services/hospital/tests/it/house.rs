//! A hospital to be a patient of.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use jiff::civil::{Date, Time, date};
use medcover_contract_hospital::permissions::PERMISSIONS;
use medcover_contract_hospital::{
    AddLocationRequest, AddPractitionerRequest, AddScheduleRequest, AddServiceRequest,
    AdministrativeSex, Appointment, BookAppointmentRequest, HoldSlotRequest, HospitalApi,
    HospitalClient, LocationDetails, LocationId, Moment, OpenHours, PatientDetails,
    PractitionerDetails, RegisterPatientRequest, ScheduleDetails, ScheduleId, ServiceDetails,
    ServiceId, SlotChoice, Weekday, WeeklyHours,
};
use medcover_hospital::{Deps, Hospital, schema};
use medcover_http::{Edge, EdgeConfig, HttpClient, Identify, Identity, Shown};
use medcover_kernel::{
    Call, Caller, ClientId, Credential, Error, ManualClock, PatientId, PractitionerId, Result,
    Scopes, SeededRng, SystemRng, TenantId, Tier, Timestamp,
};
use medcover_store::{MemoryStore, SqliteOptions, SqliteStore, Store};
use medcover_telemetry::Metrics;
use medcover_testkit::{Client, Database, TestServer, by_turns};
use tempfile::TempDir;
use uuid::Uuid;

use crate::terminology::Terminology;

/// A Monday, eight in the morning by UTC, ten in Rome.
pub(crate) const NOW: &str = "2026-05-04T08:00:00Z";

/// The service, in this process or behind a socket.
pub(crate) struct House {
    pub(crate) api: Arc<dyn HospitalApi>,
    pub(crate) hospital: Hospital,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) client: Client,
    keys: AtomicU64,
    _server: Option<TestServer>,
    _folder: Option<TempDir>,
    database: Option<Database>,
}

/// Takes a key for the permissions it names, separated by commas, of the tenant before the colon.
struct KeyIsScopes;

#[async_trait]
impl Identify for KeyIsScopes {
    async fn identify(&self, shown: Shown<'_>, _: &Call) -> Result<Identity> {
        let Shown::ApiKey(key) = shown else {
            return Err(Error::unauthenticated("only keys"));
        };
        let (tenant, scopes) = key.split_once(':').expect("a tenant");
        Ok(Identity {
            tenant: tenant.parse().expect("a tenant"),
            caller: Caller::Client(ClientId::from_uuid(Uuid::from_u128(5))),
            scopes: Scopes::of(scopes.split(',')),
            purpose: None,
            tier: Tier::Enterprise,
        })
    }
}

/// A key with every permission of the service.
pub(crate) fn every_permission(tenant: TenantId) -> String {
    let names: Vec<_> = PERMISSIONS.iter().map(|it| it.name).collect();
    format!("{tenant}:{}", names.join(","))
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
        let options = SqliteOptions::new(folder.path().join("hospital.db"));
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
        let store = database.open("hospital", schema(), Arc::clone(clock) as _);
        Self::with_chance(store.await, Arc::clone(clock), seed)
    }

    pub(crate) async fn over_http() -> Self {
        let house = Self::in_memory();
        let process = house.router();
        house.asked_at(process).await
    }

    /// Asked over a socket, where `router` answers.
    async fn asked_at(self, router: Router) -> Self {
        let server = TestServer::start(router).await;
        let clock = Arc::clone(&self.clock) as _;
        let http = HttpClient::new(&format!("http://{}", server.addr), clock).expect("an address");
        Self {
            api: Arc::new(HospitalClient::new(http)),
            _server: Some(server),
            ..self
        }
    }

    pub(crate) fn over(store: Arc<dyn Store>, clock: Arc<ManualClock>) -> Self {
        Self::with_chance(store, clock, 7)
    }

    fn with_chance(store: Arc<dyn Store>, clock: Arc<ManualClock>, seed: u64) -> Self {
        let hospital = Hospital::new(Deps {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock) as _,
            rng: Arc::new(SeededRng::new(seed)),
            terminology: Arc::new(Terminology),
        });
        Self {
            api: hospital.api(),
            client: Client::new(edge(&clock).router(hospital.router())),
            hospital,
            clock,
            store,
            keys: AtomicU64::new(0),
            _server: None,
            _folder: None,
            database: None,
        }
    }

    fn router(&self) -> Router {
        edge(&self.clock).router(self.hospital.router())
    }

    /// A call that may do everything, under a key of its own.
    pub(crate) fn call(&self) -> Call {
        self.call_of(TenantId::DEFAULT, &every_permission(TenantId::DEFAULT))
    }

    /// A call of whoever shows `key`.
    pub(crate) fn call_of(&self, tenant: TenantId, key: &str) -> Call {
        let (caller, within) = (
            Caller::Client(ClientId::from_uuid(Uuid::from_u128(5))),
            Duration::from_mins(5),
        );
        let scopes = Scopes::of(key.split_once(':').expect("a tenant").1.split(','));
        let mut call = Call::by(caller, tenant, scopes, within, &*self.clock, &SystemRng);
        call.credential = Some(Credential::ApiKey(key.into()));
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        call.with_idempotency(format!("key-{number}").parse().expect("a key"))
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn patient(&self, family_name: &str) -> PatientId {
        let request = RegisterPatientRequest {
            id: None,
            details: person(family_name),
        };
        self.api
            .register_patient(&self.call(), request)
            .await
            .expect("registered")
            .id
    }

    /// A practitioner with a place of this zone and a service, all days from `opens` to `closes`.
    pub(crate) async fn practice(&self, practice: Practice) -> Offer {
        let call = || self.call();
        let request = AddPractitionerRequest {
            id: None,
            details: PractitionerDetails {
                family_name: "Okafor".to_owned(),
                given_names: "Ngozi".to_owned(),
                specialty: None,
                identifiers: Vec::new(),
                active: true,
            },
        };
        let practitioner = self
            .api
            .add_practitioner(&call(), request)
            .await
            .expect("added")
            .id;
        let request = AddLocationRequest {
            id: None,
            details: LocationDetails {
                name: "Room 12".to_owned(),
                zone: practice.zone.to_owned(),
                capacity: practice.place_capacity,
            },
        };
        let location = self
            .api
            .add_location(&call(), request)
            .await
            .expect("added")
            .id;
        let request = AddServiceRequest {
            id: None,
            details: practice.service(),
        };
        let service = self
            .api
            .add_service(&call(), request)
            .await
            .expect("added")
            .id;
        let schedule = self
            .schedule(practitioner, location, vec![service], practice.hours)
            .await;
        Offer {
            practitioner,
            location,
            service,
            schedule,
        }
    }

    pub(crate) async fn schedule(
        &self,
        practitioner: PractitionerId,
        location: LocationId,
        services: Vec<ServiceId>,
        (opens, closes): (Time, Time),
    ) -> ScheduleId {
        let request = AddScheduleRequest {
            id: None,
            details: ScheduleDetails {
                practitioner,
                location,
                services,
                weekly: EVERY_DAY
                    .map(|day| WeeklyHours {
                        day,
                        hours: OpenHours { opens, closes },
                    })
                    .to_vec(),
                valid_from: FIRST_DAY,
                valid_to: None,
            },
        };
        self.api
            .add_schedule(&self.call(), request)
            .await
            .expect("added")
            .id
    }

    pub(crate) async fn hold(
        &self,
        slot: SlotChoice,
        patient: PatientId,
        seconds: u32,
    ) -> Result<medcover_contract_hospital::Hold> {
        let request = HoldSlotRequest {
            id: None,
            slot,
            patient,
            seconds,
        };
        self.api.hold_slot(&self.call(), request).await
    }

    pub(crate) async fn book(&self, slot: SlotChoice, patient: PatientId) -> Result<Appointment> {
        self.api
            .book_appointment(&self.call(), of_slot(slot, patient))
            .await
    }
}

pub(crate) fn of_slot(slot: SlotChoice, patient: PatientId) -> BookAppointmentRequest {
    BookAppointmentRequest {
        id: None,
        hold: None,
        slot: Some(slot),
        patient: Some(patient),
        description: None,
    }
}

fn edge(clock: &Arc<ManualClock>) -> Edge {
    let metrics = Arc::new(Metrics::default());
    let rng = Arc::new(SeededRng::new(9));
    let edge = Edge::new(EdgeConfig::default(), metrics, Arc::clone(clock) as _, rng);
    edge.identified_by(Arc::new(KeyIsScopes))
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(at(NOW)))
}

const FIRST_DAY: Date = date(2026, 1, 1);

const EVERY_DAY: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// What a practice is like; the usual one is in Rome and has half hours from nine to five.
#[derive(Clone, Copy)]
pub(crate) struct Practice {
    pub(crate) zone: &'static str,
    pub(crate) hours: (Time, Time),
    pub(crate) minutes: u32,
    pub(crate) buffer_after: u32,
    pub(crate) capacity: u32,
    pub(crate) place_capacity: Option<u32>,
}

impl Default for Practice {
    fn default() -> Self {
        Self {
            zone: "Europe/Rome",
            hours: (Time::constant(9, 0, 0, 0), Time::constant(17, 0, 0, 0)),
            minutes: 30,
            buffer_after: 0,
            capacity: 1,
            place_capacity: None,
        }
    }
}

impl Practice {
    fn service(self) -> ServiceDetails {
        ServiceDetails {
            name: "Visit".to_owned(),
            duration_minutes: self.minutes,
            buffer_before_minutes: 0,
            buffer_after_minutes: self.buffer_after,
            capacity: self.capacity,
            active: true,
        }
    }
}

/// What a practice offers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    pub(crate) practitioner: PractitionerId,
    pub(crate) location: LocationId,
    pub(crate) service: ServiceId,
    pub(crate) schedule: ScheduleId,
}

impl Offer {
    /// The slot that begins then.
    pub(crate) fn at(&self, start: &str) -> SlotChoice {
        SlotChoice {
            schedule: self.schedule,
            service: self.service,
            start: Moment(at(start)),
        }
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    let moment: jiff::Timestamp = text.parse().expect("a moment");
    Timestamp::from_micros(moment.as_microsecond())
}

pub(crate) fn person(family_name: &str) -> PatientDetails {
    PatientDetails {
        family_name: family_name.to_owned(),
        given_names: "Maria".to_owned(),
        birth_date: date(1984, 2, 29),
        sex: AdministrativeSex::Female,
        identifiers: Vec::new(),
        phone: None,
        email: None,
        address: None,
    }
}
