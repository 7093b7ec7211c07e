//! What the service keeps besides its streams: the tables that lists are read from. Their rows say what is listed and in
//! which order; what is shown comes from the streams.

mod tables;
mod views;

pub(crate) use tables::{
    APPOINTMENTS, APPOINTMENTS_BY_PATIENT, APPOINTMENTS_BY_PRACTITIONER, APPOINTMENTS_BY_START,
    BLOCKS_BY_PRACTITIONER, ENCOUNTERS_BY_PATIENT, LOCATIONS_BY_NAME, PATIENTS_BY_BIRTH,
    PATIENTS_BY_NAME, PRACTITIONERS_BY_NAME, SCHEDULES_BY_FIRST_DAY, SCHEDULES_BY_PRACTITIONER,
    SERVICES_BY_NAME, WAITING_BY_SERVICE,
};
pub(crate) use views::Views;

use medcover_store::Schema;
use tables::{BLOCKS, ENCOUNTERS, LOCATIONS, PATIENTS, PRACTITIONERS, SCHEDULES, SERVICES};

/// What an engine must know to keep the state of this service.
pub(crate) fn schema() -> Schema {
    Schema::new()
        .table(&PATIENTS, &[&PATIENTS_BY_NAME, &PATIENTS_BY_BIRTH])
        .table(&PRACTITIONERS, &[&PRACTITIONERS_BY_NAME])
        .table(&LOCATIONS, &[&LOCATIONS_BY_NAME])
        .table(&SERVICES, &[&SERVICES_BY_NAME])
        .table(
            &SCHEDULES,
            &[&SCHEDULES_BY_PRACTITIONER, &SCHEDULES_BY_FIRST_DAY],
        )
        .table(&BLOCKS, &[&BLOCKS_BY_PRACTITIONER])
        .table(
            &APPOINTMENTS,
            &[
                &APPOINTMENTS_BY_PATIENT,
                &APPOINTMENTS_BY_PRACTITIONER,
                &APPOINTMENTS_BY_START,
                &WAITING_BY_SERVICE,
            ],
        )
        .table(&ENCOUNTERS, &[&ENCOUNTERS_BY_PATIENT])
}
