//! The use cases, and the service that offers them.

mod appointments;
mod blocks;
mod book_appointment;
mod calendars;
mod change_appointment;
mod code_encounter;
mod encounters;
mod hold_slot;
mod merge_patient;
mod move_appointment;
mod patients;
mod register_patient;
mod resources;
mod schedules;
mod service;
mod slots;
mod sought;

pub use service::HospitalService;

use async_trait::async_trait;
use jiff::civil::Date;
use medcover_contract_hospital::endpoints::PageQuery;
use medcover_contract_hospital::{
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
use medcover_kernel::{
    Allowed, AppointmentId, Call, EncounterId, PatientId, PractitionerId, Result,
};

#[async_trait]
impl HospitalApi for HospitalService {
    async fn register_patient(
        &self,
        call: &Call,
        request: RegisterPatientRequest,
    ) -> Result<Patient> {
        self.begin(call)?;
        register_patient::register_patient(self, Allowed::by(call)?, request).await
    }

    async fn patients(&self, call: &Call, query: PatientQuery) -> Result<PatientList> {
        self.begin(call)?;
        patients::patients(self, Allowed::by(call)?, query).await
    }

    async fn patient(&self, call: &Call, patient: PatientId) -> Result<Patient> {
        self.begin(call)?;
        patients::patient(self, Allowed::by(call)?, patient).await
    }

    async fn change_patient(
        &self,
        call: &Call,
        patient: PatientId,
        request: ChangePatientRequest,
    ) -> Result<Patient> {
        self.begin(call)?;
        register_patient::change_patient(self, Allowed::by(call)?, patient, request).await
    }

    async fn merge_patient(
        &self,
        call: &Call,
        patient: PatientId,
        request: MergePatientRequest,
    ) -> Result<Patient> {
        self.begin(call)?;
        merge_patient::merge_patient(self, Allowed::by(call)?, patient, request).await
    }

    async fn unmerge_patient(
        &self,
        call: &Call,
        patient: PatientId,
        request: ReasonRequest,
    ) -> Result<Patient> {
        self.begin(call)?;
        merge_patient::unmerge_patient(self, Allowed::by(call)?, patient, request).await
    }

    async fn mark_patient_in_error(
        &self,
        call: &Call,
        patient: PatientId,
        request: ErrorRequest,
    ) -> Result<()> {
        self.begin(call)?;
        register_patient::mark_patient_in_error(self, Allowed::by(call)?, patient, request).await
    }

    async fn add_practitioner(
        &self,
        call: &Call,
        request: AddPractitionerRequest,
    ) -> Result<Practitioner> {
        self.begin(call)?;
        resources::add_practitioner(self, Allowed::by(call)?, request).await
    }

    async fn practitioners(&self, call: &Call, page: PageQuery) -> Result<PractitionerList> {
        self.begin(call)?;
        resources::practitioners(self, Allowed::by(call)?, page).await
    }

    async fn practitioner(
        &self,
        call: &Call,
        practitioner: PractitionerId,
    ) -> Result<Practitioner> {
        self.begin(call)?;
        resources::practitioner(self, Allowed::by(call)?, practitioner).await
    }

    async fn change_practitioner(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        request: ChangePractitionerRequest,
    ) -> Result<Practitioner> {
        self.begin(call)?;
        resources::change_practitioner(self, Allowed::by(call)?, practitioner, request).await
    }

    async fn block_time(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        request: BlockTimeRequest,
    ) -> Result<Block> {
        self.begin(call)?;
        blocks::block_time(self, Allowed::by(call)?, practitioner, request).await
    }

    async fn blocks(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        page: PageQuery,
    ) -> Result<BlockList> {
        self.begin(call)?;
        blocks::blocks(self, Allowed::by(call)?, practitioner, page).await
    }

    async fn unblock_time(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        block: BlockId,
    ) -> Result<()> {
        self.begin(call)?;
        blocks::unblock_time(self, Allowed::by(call)?, practitioner, block).await
    }

    async fn add_location(&self, call: &Call, request: AddLocationRequest) -> Result<Location> {
        self.begin(call)?;
        resources::add_location(self, Allowed::by(call)?, request).await
    }

    async fn locations(&self, call: &Call, page: PageQuery) -> Result<LocationList> {
        self.begin(call)?;
        resources::locations(self, Allowed::by(call)?, page).await
    }

    async fn location(&self, call: &Call, location: LocationId) -> Result<Location> {
        self.begin(call)?;
        resources::location(self, Allowed::by(call)?, location).await
    }

    async fn change_location(
        &self,
        call: &Call,
        location: LocationId,
        request: ChangeLocationRequest,
    ) -> Result<Location> {
        self.begin(call)?;
        resources::change_location(self, Allowed::by(call)?, location, request).await
    }

    async fn add_service(&self, call: &Call, request: AddServiceRequest) -> Result<Service> {
        self.begin(call)?;
        resources::add_service(self, Allowed::by(call)?, request).await
    }

    async fn services(&self, call: &Call, page: PageQuery) -> Result<ServiceList> {
        self.begin(call)?;
        resources::services(self, Allowed::by(call)?, page).await
    }

    async fn service(&self, call: &Call, service: ServiceId) -> Result<Service> {
        self.begin(call)?;
        resources::service(self, Allowed::by(call)?, service).await
    }

    async fn change_service(
        &self,
        call: &Call,
        service: ServiceId,
        request: ChangeServiceRequest,
    ) -> Result<Service> {
        self.begin(call)?;
        resources::change_service(self, Allowed::by(call)?, service, request).await
    }

    async fn add_schedule(&self, call: &Call, request: AddScheduleRequest) -> Result<Schedule> {
        self.begin(call)?;
        schedules::add_schedule(self, Allowed::by(call)?, request).await
    }

    async fn schedules(&self, call: &Call, query: ScheduleQuery) -> Result<ScheduleList> {
        self.begin(call)?;
        schedules::schedules(self, Allowed::by(call)?, query).await
    }

    async fn schedule(&self, call: &Call, schedule: ScheduleId) -> Result<Schedule> {
        self.begin(call)?;
        schedules::schedule(self, Allowed::by(call)?, schedule).await
    }

    async fn change_schedule(
        &self,
        call: &Call,
        schedule: ScheduleId,
        request: ChangeScheduleRequest,
    ) -> Result<Schedule> {
        self.begin(call)?;
        schedules::change_schedule(self, Allowed::by(call)?, schedule, request).await
    }

    async fn set_day_hours(
        &self,
        call: &Call,
        schedule: ScheduleId,
        date: Date,
        request: DayHoursRequest,
    ) -> Result<Schedule> {
        self.begin(call)?;
        schedules::set_day_hours(self, Allowed::by(call)?, schedule, date, request).await
    }

    async fn reset_day_hours(
        &self,
        call: &Call,
        schedule: ScheduleId,
        date: Date,
    ) -> Result<Schedule> {
        self.begin(call)?;
        schedules::reset_day_hours(self, Allowed::by(call)?, schedule, date).await
    }

    async fn slots(&self, call: &Call, query: SlotQuery) -> Result<SlotList> {
        self.begin(call)?;
        slots::slots(self, Allowed::by(call)?, query).await
    }

    async fn hold_slot(&self, call: &Call, request: HoldSlotRequest) -> Result<Hold> {
        self.begin(call)?;
        hold_slot::hold_slot(self, Allowed::by(call)?, request).await
    }

    async fn hold(&self, call: &Call, hold: HoldId) -> Result<Hold> {
        self.begin(call)?;
        hold_slot::hold(self, Allowed::by(call)?, hold).await
    }

    async fn release_hold(
        &self,
        call: &Call,
        hold: HoldId,
        request: ReleaseHoldRequest,
    ) -> Result<()> {
        self.begin(call)?;
        hold_slot::release_hold(self, Allowed::by(call)?, hold, request).await
    }

    async fn offer_slot(&self, call: &Call, request: OfferSlotRequest) -> Result<Offered> {
        self.begin(call)?;
        move_appointment::offer_slot(self, Allowed::by(call)?, request).await
    }

    async fn book_appointment(
        &self,
        call: &Call,
        request: BookAppointmentRequest,
    ) -> Result<Appointment> {
        self.begin(call)?;
        book_appointment::book_appointment(self, Allowed::by(call)?, request).await
    }

    async fn overbook_appointment(
        &self,
        call: &Call,
        request: OverbookAppointmentRequest,
    ) -> Result<Appointment> {
        self.begin(call)?;
        book_appointment::overbook_appointment(self, Allowed::by(call)?, request).await
    }

    async fn propose_appointment(
        &self,
        call: &Call,
        request: ProposeAppointmentRequest,
    ) -> Result<Appointment> {
        self.begin(call)?;
        change_appointment::propose_appointment(self, Allowed::by(call)?, request).await
    }

    async fn appointments(&self, call: &Call, query: AppointmentQuery) -> Result<AppointmentList> {
        self.begin(call)?;
        appointments::appointments(self, Allowed::by(call)?, query).await
    }

    async fn waitlist(&self, call: &Call, query: WaitlistQuery) -> Result<AppointmentList> {
        self.begin(call)?;
        appointments::waitlist(self, Allowed::by(call)?, query).await
    }

    async fn appointment(&self, call: &Call, appointment: AppointmentId) -> Result<Appointment> {
        self.begin(call)?;
        appointments::appointment(self, Allowed::by(call)?, appointment).await
    }

    async fn accept_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment> {
        self.begin(call)?;
        let step = change_appointment::Step::accept();
        change_appointment::step(self, Allowed::by(call)?, appointment, step).await
    }

    async fn waitlist_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment> {
        self.begin(call)?;
        let step = change_appointment::Step::waitlist();
        change_appointment::step(self, Allowed::by(call)?, appointment, step).await
    }

    async fn place_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: PlaceAppointmentRequest,
    ) -> Result<Appointment> {
        self.begin(call)?;
        move_appointment::place_appointment(self, Allowed::by(call)?, appointment, request).await
    }

    async fn arrive_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment> {
        self.begin(call)?;
        let step = change_appointment::Step::arrive();
        change_appointment::step(self, Allowed::by(call)?, appointment, step).await
    }

    async fn check_in_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment> {
        self.begin(call)?;
        let step = change_appointment::Step::check_in();
        change_appointment::step(self, Allowed::by(call)?, appointment, step).await
    }

    async fn cancel_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: CancelAppointmentRequest,
    ) -> Result<()> {
        self.begin(call)?;
        change_appointment::cancel_appointment(self, Allowed::by(call)?, appointment, request).await
    }

    async fn mark_no_show(&self, call: &Call, appointment: AppointmentId) -> Result<Appointment> {
        self.begin(call)?;
        let step = change_appointment::Step::no_show();
        change_appointment::step(self, Allowed::by(call)?, appointment, step).await
    }

    async fn reschedule_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: RescheduleAppointmentRequest,
    ) -> Result<Rescheduled> {
        self.begin(call)?;
        move_appointment::reschedule_appointment(self, Allowed::by(call)?, appointment, request)
            .await
    }

    async fn mark_appointment_in_error(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: ErrorRequest,
    ) -> Result<()> {
        self.begin(call)?;
        change_appointment::mark_appointment_in_error(
            self,
            Allowed::by(call)?,
            appointment,
            request,
        )
        .await
    }

    async fn plan_encounter(
        &self,
        call: &Call,
        request: PlanEncounterRequest,
    ) -> Result<Encounter> {
        self.begin(call)?;
        encounters::plan_encounter(self, Allowed::by(call)?, request).await
    }

    async fn start_encounter(
        &self,
        call: &Call,
        request: StartEncounterRequest,
    ) -> Result<Encounter> {
        self.begin(call)?;
        encounters::start_encounter(self, Allowed::by(call)?, request).await
    }

    async fn encounters(&self, call: &Call, query: EncounterQuery) -> Result<EncounterList> {
        self.begin(call)?;
        encounters::encounters(self, Allowed::by(call)?, query).await
    }

    async fn encounter(&self, call: &Call, encounter: EncounterId) -> Result<Encounter> {
        self.begin(call)?;
        encounters::encounter(self, Allowed::by(call)?, encounter).await
    }

    async fn record_encounter(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: RecordEncounterRequest,
    ) -> Result<Encounter> {
        self.begin(call)?;
        code_encounter::record_encounter(self, Allowed::by(call)?, encounter, request).await
    }

    async fn finish_encounter(&self, call: &Call, encounter: EncounterId) -> Result<Encounter> {
        self.begin(call)?;
        encounters::finish_encounter(self, Allowed::by(call)?, encounter).await
    }

    async fn code_encounter(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: CodeEncounterRequest,
    ) -> Result<Encounter> {
        self.begin(call)?;
        code_encounter::code_encounter(self, Allowed::by(call)?, encounter, request).await
    }

    async fn amend_encounter(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: AmendEncounterRequest,
    ) -> Result<Encounter> {
        self.begin(call)?;
        code_encounter::amend_encounter(self, Allowed::by(call)?, encounter, request).await
    }

    async fn mark_billed(&self, call: &Call, encounter: EncounterId) -> Result<Encounter> {
        self.begin(call)?;
        code_encounter::mark_billed(self, Allowed::by(call)?, encounter).await
    }

    async fn mark_encounter_in_error(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: ErrorRequest,
    ) -> Result<()> {
        self.begin(call)?;
        encounters::mark_encounter_in_error(self, Allowed::by(call)?, encounter, request).await
    }
}
