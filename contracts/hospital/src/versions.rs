//! What has a version, and what is changed on one: for `ETag` and `If-Match`.

use medcover_http::{based_on, versioned};

use crate::{
    Appointment, ChangeLocationRequest, ChangePatientRequest, ChangePractitionerRequest,
    ChangeScheduleRequest, ChangeServiceRequest, Encounter, Location, Patient, Practitioner,
    RecordEncounterRequest, Schedule, Service,
};

versioned! { Appointment, Encounter, Location, Patient, Practitioner, Schedule, Service }

based_on! {
    ChangeLocationRequest, ChangePatientRequest, ChangePractitionerRequest, ChangeScheduleRequest,
    ChangeServiceRequest, RecordEncounterRequest,
}
