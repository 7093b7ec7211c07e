//! Addresses of appointments.

use medcover_http::{Created, Endpoint, Json, NoContent, Path, Query, Tagged};

use super::IdPath;
use crate::permissions::{BookAppointments, OverbookAppointments, ReadAppointments};
use crate::{
    Appointment, AppointmentList, AppointmentQuery, BookAppointmentRequest,
    CancelAppointmentRequest, ErrorRequest, OverbookAppointmentRequest, PlaceAppointmentRequest,
    ProposeAppointmentRequest, RescheduleAppointmentRequest, Rescheduled, WaitlistQuery,
};

const TAG: &str = "Appointments";

/// [`HospitalApi::book_appointment`](crate::HospitalApi::book_appointment)
pub static BOOK_APPOINTMENT: Endpoint<Json<BookAppointmentRequest>, Created<Appointment>> =
    Endpoint::post("book_appointment", "/api/v1/appointments")
        .summary("Books a hold or a free slot.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();

/// [`HospitalApi::overbook_appointment`](crate::HospitalApi::overbook_appointment)
pub static OVERBOOK_APPOINTMENT: Endpoint<Json<OverbookAppointmentRequest>, Created<Appointment>> =
    Endpoint::post("overbook_appointment", "/api/v1/appointments/overbook")
        .summary("Books a slot although it is taken, for a reason.")
        .tag(TAG)
        .needs::<OverbookAppointments>()
        .once();

/// [`HospitalApi::propose_appointment`](crate::HospitalApi::propose_appointment)
pub static PROPOSE_APPOINTMENT: Endpoint<Json<ProposeAppointmentRequest>, Created<Appointment>> =
    Endpoint::post("propose_appointment", "/api/v1/appointments/propose")
        .summary("Proposes an appointment without a time.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();

/// [`HospitalApi::appointments`](crate::HospitalApi::appointments)
pub static APPOINTMENTS: Endpoint<Query<AppointmentQuery>, Json<AppointmentList>> =
    Endpoint::get("appointments", "/api/v1/appointments")
        .summary("The appointments of a patient, a practitioner or all.")
        .tag(TAG)
        .needs::<ReadAppointments>();

/// [`HospitalApi::waitlist`](crate::HospitalApi::waitlist)
pub static WAITLIST: Endpoint<Query<WaitlistQuery>, Json<AppointmentList>> =
    Endpoint::get("waitlist", "/api/v1/appointments/waitlist")
        .summary("Who waits for a service, the longest first.")
        .tag(TAG)
        .needs::<ReadAppointments>();

/// [`HospitalApi::appointment`](crate::HospitalApi::appointment)
pub static APPOINTMENT: Endpoint<Path<IdPath>, Tagged<Appointment>> =
    Endpoint::get("appointment", "/api/v1/appointments/{id}")
        .summary("One appointment.")
        .tag(TAG)
        .needs::<ReadAppointments>();

/// [`HospitalApi::accept_appointment`](crate::HospitalApi::accept_appointment)
pub static ACCEPT_APPOINTMENT: Endpoint<Path<IdPath>, Json<Appointment>> =
    Endpoint::post("accept_appointment", "/api/v1/appointments/{id}/accept")
        .summary("proposed → pending.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();

/// [`HospitalApi::waitlist_appointment`](crate::HospitalApi::waitlist_appointment)
pub static WAITLIST_APPOINTMENT: Endpoint<Path<IdPath>, Json<Appointment>> =
    Endpoint::post("waitlist_appointment", "/api/v1/appointments/{id}/waitlist")
        .summary("proposed, pending or booked → waitlist; a slot it had is free again.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();

/// [`HospitalApi::place_appointment`](crate::HospitalApi::place_appointment)
pub static PLACE_APPOINTMENT: Endpoint<
    (Path<IdPath>, Json<PlaceAppointmentRequest>),
    Json<Appointment>,
> = Endpoint::post("place_appointment", "/api/v1/appointments/{id}/place")
    .summary("proposed, pending or waitlist → booked, with a hold or a free slot.")
    .tag(TAG)
    .needs::<BookAppointments>()
    .once();

/// [`HospitalApi::arrive_appointment`](crate::HospitalApi::arrive_appointment)
pub static ARRIVE_APPOINTMENT: Endpoint<Path<IdPath>, Json<Appointment>> =
    Endpoint::post("arrive_appointment", "/api/v1/appointments/{id}/arrive")
        .summary("booked → arrived.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();

/// [`HospitalApi::check_in_appointment`](crate::HospitalApi::check_in_appointment)
pub static CHECK_IN_APPOINTMENT: Endpoint<Path<IdPath>, Json<Appointment>> =
    Endpoint::post("check_in_appointment", "/api/v1/appointments/{id}/check-in")
        .summary("arrived → checked-in.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();

/// [`HospitalApi::cancel_appointment`](crate::HospitalApi::cancel_appointment)
pub static CANCEL_APPOINTMENT: Endpoint<(Path<IdPath>, Json<CancelAppointmentRequest>), NoContent> =
    Endpoint::post("cancel_appointment", "/api/v1/appointments/{id}/cancel")
        .summary("Any state that is not an end → cancelled; its slot is free again.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();

/// [`HospitalApi::mark_no_show`](crate::HospitalApi::mark_no_show)
pub static MARK_NO_SHOW: Endpoint<Path<IdPath>, Json<Appointment>> =
    Endpoint::post("mark_no_show", "/api/v1/appointments/{id}/no-show")
        .summary("booked → noshow, once its time has come.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();

/// [`HospitalApi::reschedule_appointment`](crate::HospitalApi::reschedule_appointment)
pub static RESCHEDULE_APPOINTMENT: Endpoint<
    (Path<IdPath>, Json<RescheduleAppointmentRequest>),
    Created<Rescheduled>,
> = Endpoint::post(
    "reschedule_appointment",
    "/api/v1/appointments/{id}/reschedule",
)
.summary("Cancels a booked appointment and books another slot, or neither.")
.tag(TAG)
.needs::<BookAppointments>()
.once();

/// [`HospitalApi::mark_appointment_in_error`](crate::HospitalApi::mark_appointment_in_error)
pub static MARK_APPOINTMENT_IN_ERROR: Endpoint<(Path<IdPath>, Json<ErrorRequest>), NoContent> =
    Endpoint::post(
        "mark_appointment_in_error",
        "/api/v1/appointments/{id}/entered-in-error",
    )
    .summary("Says that an appointment should never have been made.")
    .tag(TAG)
    .needs::<BookAppointments>()
    .once();
