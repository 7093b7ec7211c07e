//! What has a version, and what is changed on one: for `ETag` and `If-Match`.

use medcover_http::{BasedOn, Versioned};

use crate::{
    Appointment, ChangeLocationRequest, ChangePatientRequest, ChangePractitionerRequest,
    ChangeScheduleRequest, ChangeServiceRequest, Encounter, Location, Patient, Practitioner,
    RecordEncounterRequest, Schedule, Service,
};

macro_rules! versioned {
    ($($answer:ty,)+) => {$(
        impl Versioned for $answer {
            fn version(&self) -> u64 {
                self.version
            }
        }
    )+};
}

macro_rules! based_on {
    ($($request:ty,)+) => {$(
        impl BasedOn for $request {
            fn based_on(&mut self) -> &mut Option<u64> {
                &mut self.version
            }
        }
    )+};
}

versioned! { Appointment, Encounter, Location, Patient, Practitioner, Schedule, Service, }

based_on! {
    ChangeLocationRequest, ChangePatientRequest, ChangePractitionerRequest, ChangeScheduleRequest,
    ChangeServiceRequest, RecordEncounterRequest,
}
