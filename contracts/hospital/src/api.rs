//! The service as its callers see it.

use async_trait::async_trait;
use jiff::civil::Date;
use medcover_kernel::{AppointmentId, Call, EncounterId, PatientId, PractitionerId, Result};

use crate::endpoints::PageQuery;
use crate::{
    AddLocationRequest, AddPractitionerRequest, AddScheduleRequest, AddServiceRequest,
    AmendEncounterRequest, Appointment, AppointmentList, AppointmentQuery, Block, BlockId,
    BlockList, BlockTimeRequest, BookAppointmentRequest, CancelAppointmentRequest,
    ChangeLocationRequest, ChangePatientRequest, ChangePractitionerRequest, ChangeScheduleRequest,
    ChangeServiceRequest, CodeEncounterRequest, DayHoursRequest, Encounter, EncounterList,
    EncounterQuery, ErrorRequest, Hold, HoldId, HoldSlotRequest, Location, LocationId,
    LocationList, MergePatientRequest, OfferSlotRequest, Offered, OverbookAppointmentRequest,
    Patient, PatientList, PatientQuery, PlaceAppointmentRequest, PlanEncounterRequest,
    Practitioner, PractitionerList, ProposeAppointmentRequest, ReasonRequest,
    RecordEncounterRequest, RegisterPatientRequest, ReleaseHoldRequest,
    RescheduleAppointmentRequest, Rescheduled, Schedule, ScheduleId, ScheduleList, ScheduleQuery,
    Service, ServiceId, ServiceList, SlotList, SlotQuery, StartEncounterRequest, WaitlistQuery,
};

/// The hospital service. In process it is the service itself, elsewhere its HTTP client.
///
/// Lists go on after the entry that `after` names: the `next` of the page before.
#[async_trait]
pub trait HospitalApi: Send + Sync {
    /// Registers a patient. Repeatable under its id. `identifier-taken` (409) where somebody else has one of the
    /// identifiers.
    async fn register_patient(
        &self,
        call: &Call,
        request: RegisterPatientRequest,
    ) -> Result<Patient>;

    /// A page of patients, by name. Merged records are found too, and say into which.
    async fn patients(&self, call: &Call, query: PatientQuery) -> Result<PatientList>;

    /// One patient.
    async fn patient(&self, call: &Call, patient: PatientId) -> Result<Patient>;

    /// Sets what is known about a patient.
    async fn change_patient(
        &self,
        call: &Call,
        patient: PatientId,
        request: ChangePatientRequest,
    ) -> Result<Patient>;

    /// Says that another record is used in the place of this one. Nothing moves, so nothing is lost: appointments and
    /// encounters stay where they are, and the two count as one patient. Answers the merged record.
    async fn merge_patient(
        &self,
        call: &Call,
        patient: PatientId,
        request: MergePatientRequest,
    ) -> Result<Patient>;

    /// Takes a merge back; both records are what they were.
    async fn unmerge_patient(
        &self,
        call: &Call,
        patient: PatientId,
        request: ReasonRequest,
    ) -> Result<Patient>;

    /// Says that a record should never have been made: the undo of a registration. Its identifiers are free again.
    /// Repeatable.
    async fn mark_patient_in_error(
        &self,
        call: &Call,
        patient: PatientId,
        request: ErrorRequest,
    ) -> Result<()>;

    /// Adds a practitioner. Repeatable under its id.
    async fn add_practitioner(
        &self,
        call: &Call,
        request: AddPractitionerRequest,
    ) -> Result<Practitioner>;

    /// A page of practitioners, by name.
    async fn practitioners(&self, call: &Call, page: PageQuery) -> Result<PractitionerList>;

    /// One practitioner.
    async fn practitioner(&self, call: &Call, practitioner: PractitionerId)
    -> Result<Practitioner>;

    /// Changes a practitioner; appointments that are booked stay.
    async fn change_practitioner(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        request: ChangePractitionerRequest,
    ) -> Result<Practitioner>;

    /// Blocks a time of a practitioner; `slot-taken` (409) where something is booked or held then. Repeatable under
    /// its id.
    async fn block_time(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        request: BlockTimeRequest,
    ) -> Result<Block>;

    /// A page of the blocks of a practitioner that hold, the earliest first.
    async fn blocks(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        page: PageQuery,
    ) -> Result<BlockList>;

    /// Takes a block back. Repeatable.
    async fn unblock_time(
        &self,
        call: &Call,
        practitioner: PractitionerId,
        block: BlockId,
    ) -> Result<()>;

    /// Adds a place. Repeatable under its id.
    async fn add_location(&self, call: &Call, request: AddLocationRequest) -> Result<Location>;

    /// A page of locations, by name.
    async fn locations(&self, call: &Call, page: PageQuery) -> Result<LocationList>;

    /// One place.
    async fn location(&self, call: &Call, location: LocationId) -> Result<Location>;

    /// Changes a place; appointments that are booked stay.
    async fn change_location(
        &self,
        call: &Call,
        location: LocationId,
        request: ChangeLocationRequest,
    ) -> Result<Location>;

    /// Adds a service. Repeatable under its id.
    async fn add_service(&self, call: &Call, request: AddServiceRequest) -> Result<Service>;

    /// A page of services, by name.
    async fn services(&self, call: &Call, page: PageQuery) -> Result<ServiceList>;

    /// One service.
    async fn service(&self, call: &Call, service: ServiceId) -> Result<Service>;

    /// Changes a service; appointments that are booked stay.
    async fn change_service(
        &self,
        call: &Call,
        service: ServiceId,
        request: ChangeServiceRequest,
    ) -> Result<Service>;

    /// Adds a schedule. Repeatable under its id.
    async fn add_schedule(&self, call: &Call, request: AddScheduleRequest) -> Result<Schedule>;

    /// A page of schedules.
    async fn schedules(&self, call: &Call, query: ScheduleQuery) -> Result<ScheduleList>;

    /// One schedule.
    async fn schedule(&self, call: &Call, schedule: ScheduleId) -> Result<Schedule>;

    /// Changes a schedule, but never whose it is and where; appointments that are booked stay.
    async fn change_schedule(
        &self,
        call: &Call,
        schedule: ScheduleId,
        request: ChangeScheduleRequest,
    ) -> Result<Schedule>;

    /// Sets the hours of one day in place of those of the week; none close it.
    async fn set_day_hours(
        &self,
        call: &Call,
        schedule: ScheduleId,
        date: Date,
        request: DayHoursRequest,
    ) -> Result<Schedule>;

    /// Gives a day the hours of the week again.
    async fn reset_day_hours(
        &self,
        call: &Call,
        schedule: ScheduleId,
        date: Date,
    ) -> Result<Schedule>;

    /// A page of slots, the earliest first: what schedules offer, less what is booked, held or blocked.
    async fn slots(&self, call: &Call, query: SlotQuery) -> Result<SlotList>;

    /// Holds a free slot for a while. `slot-taken` or `patient-taken` (409), `no-such-slot` (422). Repeatable under
    /// its id.
    async fn hold_slot(&self, call: &Call, request: HoldSlotRequest) -> Result<Hold>;

    /// One hold.
    async fn hold(&self, call: &Call, hold: HoldId) -> Result<Hold>;

    /// Gives up a hold; one that has expired or was released stays so. Repeatable. A hold that was booked is an
    /// `illegal-transition` (409): cancel the appointment.
    async fn release_hold(
        &self,
        call: &Call,
        hold: HoldId,
        request: ReleaseHoldRequest,
    ) -> Result<()>;

    /// Holds a free slot for whoever has waited longest for one like it and has no other offer; `NotFound` where nobody
    /// waits so. They take it by [`HospitalApi::place_appointment`].
    async fn offer_slot(&self, call: &Call, request: OfferSlotRequest) -> Result<Offered>;

    /// Books a hold or a free slot. `slot-taken`, `patient-taken`, `illegal-transition` where the hold has expired (409),
    /// `no-such-slot` (422). Repeatable under its id.
    async fn book_appointment(
        &self,
        call: &Call,
        request: BookAppointmentRequest,
    ) -> Result<Appointment>;

    /// Books a slot although the practitioner, the place or the patient is taken, for a reason, which is recorded and
    /// audited. Repeatable under its id.
    async fn overbook_appointment(
        &self,
        call: &Call,
        request: OverbookAppointmentRequest,
    ) -> Result<Appointment>;

    /// Proposes an appointment without a time. Repeatable under its id.
    async fn propose_appointment(
        &self,
        call: &Call,
        request: ProposeAppointmentRequest,
    ) -> Result<Appointment>;

    /// A page of appointments, the earliest first.
    async fn appointments(&self, call: &Call, query: AppointmentQuery) -> Result<AppointmentList>;

    /// A page of the appointments that wait for a service, the longest first.
    async fn waitlist(&self, call: &Call, query: WaitlistQuery) -> Result<AppointmentList>;

    /// One appointment.
    async fn appointment(&self, call: &Call, appointment: AppointmentId) -> Result<Appointment>;

    /// `proposed` → `pending`.
    async fn accept_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment>;

    /// `proposed`, `pending` or `booked` → `waitlist`; a slot it had is free again.
    async fn waitlist_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment>;

    /// `proposed`, `pending` or `waitlist` → `booked`, with a hold (such as that of an offer) or a free slot.
    async fn place_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: PlaceAppointmentRequest,
    ) -> Result<Appointment>;

    /// `booked` → `arrived`.
    async fn arrive_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment>;

    /// `arrived` → `checked-in`.
    async fn check_in_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
    ) -> Result<Appointment>;

    /// Any state that is not an end → `cancelled`; its slot is free again. Repeatable.
    async fn cancel_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: CancelAppointmentRequest,
    ) -> Result<()>;

    /// `booked` → `noshow`, once its time has come (`not-due`, 422); what is left of its slot is free again.
    /// Repeatable.
    async fn mark_no_show(&self, call: &Call, appointment: AppointmentId) -> Result<Appointment>;

    /// Cancels a booked appointment and books another slot for it, in one commit. Repeatable under the id of the new
    /// one.
    async fn reschedule_appointment(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: RescheduleAppointmentRequest,
    ) -> Result<Rescheduled>;

    /// Any state → `entered-in-error`; its slot is free again. Repeatable.
    async fn mark_appointment_in_error(
        &self,
        call: &Call,
        appointment: AppointmentId,
        request: ErrorRequest,
    ) -> Result<()>;

    /// Plans an encounter. Repeatable under its id.
    async fn plan_encounter(&self, call: &Call, request: PlanEncounterRequest)
    -> Result<Encounter>;

    /// Starts an encounter: of an appointment that has `arrived` or is `checked-in`, of somebody who comes without
    /// one, or one that was planned. Repeatable under its id.
    async fn start_encounter(
        &self,
        call: &Call,
        request: StartEncounterRequest,
    ) -> Result<Encounter>;

    /// A page of encounters of a patient, the last first.
    async fn encounters(&self, call: &Call, query: EncounterQuery) -> Result<EncounterList>;

    /// One encounter.
    async fn encounter(&self, call: &Call, encounter: EncounterId) -> Result<Encounter>;

    /// Sets diagnoses and procedures of an encounter `in-progress` or `finished`.
    async fn record_encounter(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: RecordEncounterRequest,
    ) -> Result<Encounter>;

    /// `in-progress` → `finished`; its appointment is `fulfilled`, in one commit. Repeatable.
    async fn finish_encounter(&self, call: &Call, encounter: EncounterId) -> Result<Encounter>;

    /// `finished` → `coded`, with the final codes. `diagnosis-refused` (422) where a code is not in the release valid
    /// on the date of service. Repeatable with the same codes.
    async fn code_encounter(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: CodeEncounterRequest,
    ) -> Result<Encounter>;

    /// `coded` or `billed-ready` → `coded`, with other codes, for a reason.
    async fn amend_encounter(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: AmendEncounterRequest,
    ) -> Result<Encounter>;

    /// `coded` → `billed-ready`: its charges are taken down. Repeatable.
    async fn mark_billed(&self, call: &Call, encounter: EncounterId) -> Result<Encounter>;

    /// Any state but `billed-ready` → `entered-in-error`. Repeatable.
    async fn mark_encounter_in_error(
        &self,
        call: &Call,
        encounter: EncounterId,
        request: ErrorRequest,
    ) -> Result<()>;
}
