//! The tables that lists are read from.

use medcover_store::{Column, ColumnKind, Listing, Table};

const ID: &[Column] = &[Column::of("id", ColumnKind::Id)];

/// Patients by id.
pub(crate) static PATIENTS: Table = Table {
    name: "patients",
    version: 1,
    key: ID,
    columns: &[
        Column::of("name", ColumnKind::Text),
        Column::of("birth_date", ColumnKind::Text),
    ],
};

pub(crate) static PATIENTS_BY_NAME: Listing = Listing {
    name: "by_name",
    table: &PATIENTS,
    equal: &[],
    order: "name",
};

pub(crate) static PATIENTS_BY_BIRTH: Listing = Listing {
    name: "by_birth",
    table: &PATIENTS,
    equal: &["birth_date"],
    order: "name",
};

/// Practitioners by id.
pub(crate) static PRACTITIONERS: Table = Table {
    name: "practitioners",
    version: 1,
    key: ID,
    columns: &[Column::of("name", ColumnKind::Text)],
};

pub(crate) static PRACTITIONERS_BY_NAME: Listing = Listing {
    name: "by_name",
    table: &PRACTITIONERS,
    equal: &[],
    order: "name",
};

/// Places by id.
pub(crate) static LOCATIONS: Table = Table {
    name: "locations",
    version: 1,
    key: ID,
    columns: &[Column::of("name", ColumnKind::Text)],
};

pub(crate) static LOCATIONS_BY_NAME: Listing = Listing {
    name: "by_name",
    table: &LOCATIONS,
    equal: &[],
    order: "name",
};

/// Services by id.
pub(crate) static SERVICES: Table = Table {
    name: "services",
    version: 1,
    key: ID,
    columns: &[Column::of("name", ColumnKind::Text)],
};

pub(crate) static SERVICES_BY_NAME: Listing = Listing {
    name: "by_name",
    table: &SERVICES,
    equal: &[],
    order: "name",
};

/// Schedules by id.
pub(crate) static SCHEDULES: Table = Table {
    name: "schedules",
    version: 1,
    key: ID,
    columns: &[
        Column::of("practitioner", ColumnKind::Id),
        Column::of("services", ColumnKind::Json),
        Column::of("first_day", ColumnKind::Text),
    ],
};

pub(crate) static SCHEDULES_BY_PRACTITIONER: Listing = Listing {
    name: "by_practitioner",
    table: &SCHEDULES,
    equal: &["practitioner"],
    order: "first_day",
};

pub(crate) static SCHEDULES_BY_FIRST_DAY: Listing = Listing {
    name: "by_first_day",
    table: &SCHEDULES,
    equal: &[],
    order: "first_day",
};

/// Blocks that hold, by id.
pub(crate) static BLOCKS: Table = Table {
    name: "blocks",
    version: 1,
    key: ID,
    columns: &[
        Column::of("practitioner", ColumnKind::Id),
        Column::of("start_at", ColumnKind::Timestamp),
    ],
};

pub(crate) static BLOCKS_BY_PRACTITIONER: Listing = Listing {
    name: "by_practitioner",
    table: &BLOCKS,
    equal: &["practitioner"],
    order: "start_at",
};

/// Appointments by id.
pub(crate) static APPOINTMENTS: Table = Table {
    name: "appointments",
    version: 1,
    key: ID,
    columns: &[
        Column::of("patient", ColumnKind::Id),
        Column::of("service", ColumnKind::Id),
        Column::maybe("practitioner", ColumnKind::Id),
        // Of one without a time, the earliest day that was wished for.
        Column::of("start_at", ColumnKind::Timestamp),
        Column::of("waiting", ColumnKind::Boolean),
        Column::of("waiting_since", ColumnKind::Timestamp),
    ],
};

pub(crate) static APPOINTMENTS_BY_PATIENT: Listing = Listing {
    name: "by_patient",
    table: &APPOINTMENTS,
    equal: &["patient"],
    order: "start_at",
};

pub(crate) static APPOINTMENTS_BY_PRACTITIONER: Listing = Listing {
    name: "by_practitioner",
    table: &APPOINTMENTS,
    equal: &["practitioner"],
    order: "start_at",
};

pub(crate) static APPOINTMENTS_BY_START: Listing = Listing {
    name: "by_start",
    table: &APPOINTMENTS,
    equal: &[],
    order: "start_at",
};

pub(crate) static WAITING_BY_SERVICE: Listing = Listing {
    name: "waiting_by_service",
    table: &APPOINTMENTS,
    equal: &["waiting", "service"],
    order: "waiting_since",
};

/// Encounters by id.
pub(crate) static ENCOUNTERS: Table = Table {
    name: "encounters",
    version: 1,
    key: ID,
    columns: &[
        Column::of("patient", ColumnKind::Id),
        Column::of("begun_at", ColumnKind::Timestamp),
    ],
};

pub(crate) static ENCOUNTERS_BY_PATIENT: Listing = Listing {
    name: "by_patient",
    table: &ENCOUNTERS,
    equal: &["patient"],
    order: "begun_at",
};
