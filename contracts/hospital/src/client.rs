//! The hospital service in another process.

use async_trait::async_trait;
use jiff::civil::Date;
use medcover_http::{HttpClient, IfMatch, Json, Path, Query};
use medcover_kernel::{AppointmentId, Call, EncounterId, PatientId, PractitionerId, Result};
use uuid::Uuid;

use crate::endpoints::{self as at, BlockPath, DayPath, IdPath, PageQuery};
use crate::{
    AddLocationRequest, AddPractitionerRequest, AddScheduleRequest, AddServiceRequest,
    AmendEncounterRequest, Appointment, AppointmentList, AppointmentQuery, Block, BlockId,
    BlockList, BlockTimeRequest, BookAppointmentRequest, CancelAppointmentRequest,
    ChangeLocationRequest, ChangePatientRequest, ChangePractitionerRequest, ChangeScheduleRequest,
    ChangeServiceRequest, CodeEncounterRequest, DayHoursRequest, Encounter, EncounterList,
    EncounterQuery, ErrorRequest, Hold, HoldId, HoldSlotRequest, HospitalApi, Location, LocationId,
    LocationList, MergePatientRequest, OfferSlotRequest, Offered, OverbookAppointmentRequest,
    Patient, PatientList, PatientQuery, PlaceAppointmentRequest, PlanEncounterRequest,
    Practitioner, PractitionerList, ProposeAppointmentRequest, ReasonRequest,
    RecordEncounterRequest, RegisterPatientRequest, ReleaseHoldRequest,
    RescheduleAppointmentRequest, Rescheduled, Schedule, ScheduleId, ScheduleList, ScheduleQuery,
    Service, ServiceId, ServiceList, SlotList, SlotQuery, StartEncounterRequest, WaitlistQuery,
};

/// Asks the hospital service over HTTP.
#[derive(Clone, Debug)]
pub struct HospitalClient(HttpClient);

impl HospitalClient {
    /// The service that `http` reaches.
    pub const fn new(http: HttpClient) -> Self {
        Self(http)
    }
}

const fn at_id(id: Uuid) -> Path<IdPath> {
    Path(IdPath { id })
}

const fn at_block(practitioner: PractitionerId, block: BlockId) -> Path<BlockPath> {
    let (id, block) = (practitioner.as_uuid(), block.as_uuid());
    Path(BlockPath { id, block })
}

const fn at_day(schedule: ScheduleId, date: Date) -> Path<DayPath> {
    let id = schedule.as_uuid();
    Path(DayPath { id, date })
}

#[async_trait]
impl HospitalApi for HospitalClient {
    async fn register_patient(
        &self,
        call: &Call,
        request: RegisterPatientRequest,
    ) -> Result<Patient> {
        self.0.ask(&at::REGISTER_PATIENT, call, Json(request)).await
    }

    async fn patients(&self, call: &Call, query: PatientQuery) -> Result<PatientList> {
        self.0.ask(&at::PATIENTS, call, Query(query)).await
    }

    async fn patient(&self, call: &Call, patient: PatientId) -> Result<Patient> {
        self.0
            .ask(&at::PATIENT, call, at_id(patient.as_uuid()))
            .await
    }

    async fn change_patient(
        &self,
        call: &Call,
        patient: PatientId,
        request: ChangePatientRequest,
    ) -> Result<Patient> {
        self.0
            .ask(
                &at::CHANGE_PATIENT,
                call,
                (at_id(patient.as_uuid()), IfMatch(request)),
            )
            .await
    }

    async fn merge_patient(
        &self,
        call: &Call,
        patient: PatientId,
        request: MergePatientRequest,
    ) -> Result<Patient> {
        self.0
            .ask(
                &at::MERGE_PATIENT,
                call,
                (at_id(patient.as_uuid()), Json(request)),
            )
            .await
    }

    async fn unmerge_patient(
        &self,
        call: &Call,
        patient: PatientId,
        request: ReasonRequest,
    ) -> Result<Patient> {
        self.0
            .ask(
                &at::UNMERGE_PATIENT,
                call,
                (at_id(patient.as_uuid()), Json(request)),
            )
            .await
    }

    async fn mark_patient_in_error(
        &self,
        call: &Call,
        patient: PatientId,
        request: ErrorRequest,
    ) -> Result<()> {
        self.0
            .ask(
                &at::MARK_PATIENT_IN_ERROR,
                call,
                (at_id(patient.as_uuid()), Json(request)),
            )
            .await
    }

    async fn add_practitioner(
        &self,
        call: &Call,
        request: AddPractitionerRequest,
    ) -> Result<Practitioner> {
        self.0.ask(&at::ADD_PRACTITIONER, call, Json(request)).await
    }

    async fn practitioners(&self, call: &Call, page: PageQuery) -> Result<PractitionerList> {
        self.0.ask(&at::PRACTITIONERS, call, Query(page)).await
    }

    async fn practitioner(
        &self,
        call: &Call,
        practitioner: PractitionerId,
    ) -> Result<Practitioner> {
        self.0
            .ask(&at::PRACTITIONER, call, at_id(practitioner.as_uuid()))
            .await
    }

    async fn change_practitioner(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        request: ChangePractitionerRequest,
    ) -> Result<Practitioner> {
        self.0
            .ask(
                &at::CHANGE_PRACTITIONER,
                call,
                (at_id(practitioner.as_uuid()), IfMatch(request)),
            )
            .await
    }

    async fn block_time(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        request: BlockTimeRequest,
    ) -> Result<Block> {
        self.0
            .ask(
                &at::BLOCK_TIME,
                call,
                (at_id(practitioner.as_uuid()), Json(request)),
            )
            .await
    }

    async fn blocks(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        page: PageQuery,
    ) -> Result<BlockList> {
        self.0
            .ask(
                &at::BLOCKS,
                call,
                (at_id(practitioner.as_uuid()), Query(page)),
            )
            .await
    }

    async fn unblock_time(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        block: BlockId,
    ) -> Result<()> {
        self.0
            .ask(&at::UNBLOCK_TIME, call, at_block(practitioner, block))
            .await
    }

    async fn add_location(&self, call: &Call, request: AddLocationRequest) -> Result<Location> {
        self.0.ask(&at::ADD_LOCATION, call, Json(request)).await
    }

    async fn locations(&self, call: &Call, page: PageQuery) -> Result<LocationList> {
        self.0.ask(&at::LOCATIONS, call, Query(page)).await
    }

    async fn location(&self, call: &Call, location: LocationId) -> Result<Location> {
        self.0
            .ask(&at::LOCATION, call, at_id(location.as_uuid()))
            .await
    }

    async fn change_location(
        &self,
        call: &Call,
        location: LocationId,
        request: ChangeLocationRequest,
    ) -> Result<Location> {
        self.0
            .ask(
                &at::CHANGE_LOCATION,
                call,
                (at_id(location.as_uuid()), IfMatch(request)),
            )
            .await
    }

    async fn add_service(&self, call: &Call, request: AddServiceRequest) -> Result<Service> {
        self.0.ask(&at::ADD_SERVICE, call, Json(request)).await
    }

    async fn services(&self, call: &Call, page: PageQuery) -> Result<ServiceList> {
        self.0.ask(&at::SERVICES, call, Query(page)).await
    }

    async fn service(&self, call: &Call, service: ServiceId) -> Result<Service> {
        self.0
            .ask(&at::SERVICE, call, at_id(service.as_uuid()))
            .await
    }

    async fn change_service(
        &self,
        call: &Call,
        service: ServiceId,
        request: ChangeServiceRequest,
    ) -> Result<Service> {
        self.0
            .ask(
                &at::CHANGE_SERVICE,
                call,
                (at_id(service.as_uuid()), IfMatch(request)),
            )
            .await
    }

    async fn add_schedule(&self, call: &Call, request: AddScheduleRequest) -> Result<Schedule> {
        self.0.ask(&at::ADD_SCHEDULE, call, Json(request)).await
    }

    async fn schedules(&self, call: &Call, query: ScheduleQuery) -> Result<ScheduleList> {
        self.0.ask(&at::SCHEDULES, call, Query(query)).await
    }

    async fn schedule(&self, call: &Call, schedule: ScheduleId) -> Result<Schedule> {
        self.0
            .ask(&at::SCHEDULE, call, at_id(schedule.as_uuid()))
            .await
    }

    async fn change_schedule(
        &self,
        call: &Call,
        schedule: ScheduleId,
        request: ChangeScheduleRequest,
    ) -> Result<Schedule> {
        self.0
            .ask(
                &at::CHANGE_SCHEDULE,
                call,
                (at_id(schedule.as_uuid()), IfMatch(request)),
            )
            .await
    }

    async fn set_day_hours(
        &self,
        call: &Call,
        schedule: ScheduleId,
        date: Date,
        request: DayHoursRequest,
    ) -> Result<Schedule> {
        self.0
            .ask(
                &at::SET_DAY_HOURS,
                call,
                (at_day(schedule, date), Json(request)),
            )
            .await
    }

    async fn reset_day_hours(
        &self,
        call: &Call,
        schedule: ScheduleId,
        date: Date,
    ) -> Result<Schedule> {
        self.0
            .ask(&at::RESET_DAY_HOURS, call, at_day(schedule, date))
            .await
    }

    async fn slots(&self, call: &Call, query: SlotQuery) -> Result<SlotList> {
        self.0.ask(&at::SLOTS, call, Query(query)).await
    }

    async fn hold_slot(&self, call: &Call, request: HoldSlotRequest) -> Result<Hold> {
        self.0.ask(&at::HOLD_SLOT, call, Json(request)).await
    }

    async fn hold(&self, call: &Call, hold: HoldId) -> Result<Hold> {
        self.0.ask(&at::HOLD, call, at_id(hold.as_uuid())).await
    }

    async fn release_hold(
        &self,
        call: &Call,
        hold: HoldId,
        request: ReleaseHoldRequest,
    ) -> Result<()> {
        self.0
            .ask(
                &at::RELEASE_HOLD,
                call,
                (at_id(hold.as_uuid()), Json(request)),
            )
            .await
    }

    async fn offer_slot(&self, call: &Call, request: OfferSlotRequest) -> Result<Offered> {
        self.0.ask(&at::OFFER_SLOT, call, Json(request)).await
    }

    async fn book_appointment(
        &self,
        call: &Call,
        request: BookAppointmentRequest,
    ) -> Result<Appointment> {
        self.0.ask(&at::BOOK_APPOINTMENT, call, Json(request)).await
    }

    async fn overbook_appointment(
        &self,
        call: &Call,
        request: OverbookAppointmentRequest,
    ) -> Result<Appointment> {
        self.0
            .ask(&at::OVERBOOK_APPOINTMENT, call, Json(request))
            .await
    }

    async fn propose_appointment(
        &self,
        call: &Call,
        request: ProposeAppointmentRequest,
    ) -> Result<Appointment> {
        self.0
            .ask(&at::PROPOSE_APPOINTMENT, call, Json(request))
            .await
    }

    async fn appointments(&self, call: &Call, query: AppointmentQuery) -> Result<AppointmentList> {
        self.0.ask(&at::APPOINTMENTS, call, Query(query)).await
    }

    async fn waitlist(&self, call: &Call, query: WaitlistQuery) -> Result<AppointmentList> {
        self.0.ask(&at::WAITLIST, call, Query(query)).await
    }

    async fn appointment(&self, call: &Call, appointment: AppointmentId) -> Result<Appointment> {
        self.0
            .ask(&at::APPOINTMENT, call, at_id(appointment.as_uuid()))
            .await
    }

    async fn accept_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment> {
        self.0
            .ask(&at::ACCEPT_APPOINTMENT, call, at_id(appointment.as_uuid()))
            .await
    }

    async fn waitlist_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment> {
        self.0
            .ask(
                &at::WAITLIST_APPOINTMENT,
                call,
                at_id(appointment.as_uuid()),
            )
            .await
    }

    async fn place_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: PlaceAppointmentRequest,
    ) -> Result<Appointment> {
        self.0
            .ask(
                &at::PLACE_APPOINTMENT,
                call,
                (at_id(appointment.as_uuid()), Json(request)),
            )
            .await
    }

    async fn arrive_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment> {
        self.0
            .ask(&at::ARRIVE_APPOINTMENT, call, at_id(appointment.as_uuid()))
            .await
    }

    async fn check_in_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment> {
        self.0
            .ask(
                &at::CHECK_IN_APPOINTMENT,
                call,
                at_id(appointment.as_uuid()),
            )
            .await
    }

    async fn cancel_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: CancelAppointmentRequest,
    ) -> Result<()> {
        self.0
            .ask(
                &at::CANCEL_APPOINTMENT,
                call,
                (at_id(appointment.as_uuid()), Json(request)),
            )
            .await
    }

    async fn mark_no_show(&self, call: &Call, appointment: AppointmentId) -> Result<Appointment> {
        self.0
            .ask(&at::MARK_NO_SHOW, call, at_id(appointment.as_uuid()))
            .await
    }

    async fn reschedule_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: RescheduleAppointmentRequest,
    ) -> Result<Rescheduled> {
        self.0
            .ask(
                &at::RESCHEDULE_APPOINTMENT,
                call,
                (at_id(appointment.as_uuid()), Json(request)),
            )
            .await
    }

    async fn mark_appointment_in_error(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: ErrorRequest,
    ) -> Result<()> {
        self.0
            .ask(
                &at::MARK_APPOINTMENT_IN_ERROR,
                call,
                (at_id(appointment.as_uuid()), Json(request)),
            )
            .await
    }

    async fn plan_encounter(
        &self,
        call: &Call,
        request: PlanEncounterRequest,
    ) -> Result<Encounter> {
        self.0.ask(&at::PLAN_ENCOUNTER, call, Json(request)).await
    }

    async fn start_encounter(
        &self,
        call: &Call,
        request: StartEncounterRequest,
    ) -> Result<Encounter> {
        self.0.ask(&at::START_ENCOUNTER, call, Json(request)).await
    }

    async fn encounters(&self, call: &Call, query: EncounterQuery) -> Result<EncounterList> {
        self.0.ask(&at::ENCOUNTERS, call, Query(query)).await
    }

    async fn encounter(&self, call: &Call, encounter: EncounterId) -> Result<Encounter> {
        self.0
            .ask(&at::ENCOUNTER, call, at_id(encounter.as_uuid()))
            .await
    }

    async fn record_encounter(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: RecordEncounterRequest,
    ) -> Result<Encounter> {
        self.0
            .ask(
                &at::RECORD_ENCOUNTER,
                call,
                (at_id(encounter.as_uuid()), IfMatch(request)),
            )
            .await
    }

    async fn finish_encounter(&self, call: &Call, encounter: EncounterId) -> Result<Encounter> {
        self.0
            .ask(&at::FINISH_ENCOUNTER, call, at_id(encounter.as_uuid()))
            .await
    }

    async fn code_encounter(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: CodeEncounterRequest,
    ) -> Result<Encounter> {
        self.0
            .ask(
                &at::CODE_ENCOUNTER,
                call,
                (at_id(encounter.as_uuid()), Json(request)),
            )
            .await
    }

    async fn amend_encounter(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: AmendEncounterRequest,
    ) -> Result<Encounter> {
        self.0
            .ask(
                &at::AMEND_ENCOUNTER,
                call,
                (at_id(encounter.as_uuid()), Json(request)),
            )
            .await
    }

    async fn mark_billed(&self, call: &Call, encounter: EncounterId) -> Result<Encounter> {
        self.0
            .ask(&at::MARK_BILLED, call, at_id(encounter.as_uuid()))
            .await
    }

    async fn mark_encounter_in_error(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: ErrorRequest,
    ) -> Result<()> {
        self.0
            .ask(
                &at::MARK_ENCOUNTER_IN_ERROR,
                call,
                (at_id(encounter.as_uuid()), Json(request)),
            )
            .await
    }
}
