//! What happens to whom. Payloads of patients and encounters hold personal data: they are for services that may see it.

mod appointment;
mod calendar;
mod encounter;
mod hold;
mod patient;
mod resource;
mod schedule;

pub use appointment::{
    AppointmentAccepted, AppointmentArrived, AppointmentBooked, AppointmentCancelled,
    AppointmentCheckedIn, AppointmentEnteredInError, AppointmentFulfilled, AppointmentMissed,
    AppointmentOffered, AppointmentProposed, AppointmentRescheduled, AppointmentWaitlisted,
};
pub use calendar::{CalendarConfirmed, CalendarFreed, CalendarTaken, CalendarUse};
pub use encounter::{
    EncounterAmended, EncounterBilled, EncounterCoded, EncounterEnteredInError, EncounterFinished,
    EncounterPlanned, EncounterRecorded, EncounterStarted,
};
pub use hold::{HoldBooked, HoldMade, HoldReleased};
pub use patient::{
    PatientAbsorbed, PatientChanged, PatientEnteredInError, PatientIdentifierFreed,
    PatientIdentifierTaken, PatientMerged, PatientRegistered, PatientSeparated, PatientUnmerged,
};
pub use resource::{
    LocationAdded, LocationChanged, PractitionerAdded, PractitionerChanged, ServiceAdded,
    ServiceChanged,
};
pub use schedule::{
    BlockMade, BlockRemoved, ScheduleAdded, ScheduleChanged, ScheduleDayReset, ScheduleDaySet,
};

use medcover_store::EventExample;

/// Every kind of event of the service, with an example.
pub fn examples() -> Vec<EventExample> {
    vec![
        AppointmentAccepted::described(),
        AppointmentArrived::described(),
        AppointmentBooked::described(),
        AppointmentCancelled::described(),
        AppointmentCheckedIn::described(),
        AppointmentEnteredInError::described(),
        AppointmentFulfilled::described(),
        AppointmentMissed::described(),
        AppointmentOffered::described(),
        AppointmentProposed::described(),
        AppointmentRescheduled::described(),
        AppointmentWaitlisted::described(),
        BlockMade::described(),
        BlockRemoved::described(),
        CalendarConfirmed::described(),
        CalendarFreed::described(),
        CalendarTaken::described(),
        EncounterAmended::described(),
        EncounterBilled::described(),
        EncounterCoded::described(),
        EncounterEnteredInError::described(),
        EncounterFinished::described(),
        EncounterPlanned::described(),
        EncounterRecorded::described(),
        EncounterStarted::described(),
        HoldBooked::described(),
        HoldMade::described(),
        HoldReleased::described(),
        LocationAdded::described(),
        LocationChanged::described(),
        PatientAbsorbed::described(),
        PatientChanged::described(),
        PatientEnteredInError::described(),
        PatientIdentifierFreed::described(),
        PatientIdentifierTaken::described(),
        PatientMerged::described(),
        PatientRegistered::described(),
        PatientSeparated::described(),
        PatientUnmerged::described(),
        PractitionerAdded::described(),
        PractitionerChanged::described(),
        ScheduleAdded::described(),
        ScheduleChanged::described(),
        ScheduleDayReset::described(),
        ScheduleDaySet::described(),
        ServiceAdded::described(),
        ServiceChanged::described(),
    ]
}

/// The parts of examples.
mod sample {
    use jiff::civil::{Date, Time, date, time};
    use medcover_kernel::{
        AppointmentId, Currency, EncounterId, Money, PatientId, PractitionerId, Timestamp,
    };
    use uuid::Uuid;

    use crate::{
        AdministrativeSex, Diagnosis, HoldId, Identifier, LocationDetails, LocationId, OpenHours,
        PatientDetails, PractitionerDetails, PresentOnAdmission, Procedure, ScheduleDetails,
        ScheduleId, ServiceDetails, ServiceId, Weekday, WeeklyHours,
    };

    pub(super) const MOMENT: Timestamp = Timestamp::from_micros(1_777_885_200_000_000);
    pub(super) const END: Timestamp = Timestamp::from_micros(1_777_887_000_000_000);
    pub(super) const DAY: Date = date(2026, 5, 4);
    pub(super) const PATIENT: PatientId = PatientId::from_uuid(Uuid::from_u128(1));
    pub(super) const OTHER_PATIENT: PatientId = PatientId::from_uuid(Uuid::from_u128(2));
    pub(super) const PRACTITIONER: PractitionerId = PractitionerId::from_uuid(Uuid::from_u128(3));
    pub(super) const LOCATION: LocationId = LocationId::from_uuid(Uuid::from_u128(4));
    pub(super) const SERVICE: ServiceId = ServiceId::from_uuid(Uuid::from_u128(5));
    pub(super) const SCHEDULE: ScheduleId = ScheduleId::from_uuid(Uuid::from_u128(6));
    pub(super) const HOLD: HoldId = HoldId::from_uuid(Uuid::from_u128(7));
    pub(super) const APPOINTMENT: AppointmentId = AppointmentId::from_uuid(Uuid::from_u128(8));
    pub(super) const ENCOUNTER: EncounterId = EncounterId::from_uuid(Uuid::from_u128(9));
    const NINE: Time = time(9, 0, 0, 0);
    const FIVE: Time = time(17, 0, 0, 0);

    pub(super) fn identifier() -> Identifier {
        Identifier {
            system: "https://hospital.example/record-number".to_owned(),
            value: "0042317".to_owned(),
        }
    }

    pub(super) fn patient() -> PatientDetails {
        PatientDetails {
            family_name: "Rossi".to_owned(),
            given_names: "Maria Luisa".to_owned(),
            birth_date: date(1984, 2, 29),
            sex: AdministrativeSex::Female,
            identifiers: vec![identifier()],
            phone: None,
            email: None,
            address: None,
        }
    }

    pub(super) fn practitioner() -> PractitionerDetails {
        PractitionerDetails {
            family_name: "Okafor".to_owned(),
            given_names: "Ngozi".to_owned(),
            specialty: Some("Internal medicine".to_owned()),
            identifiers: Vec::new(),
            active: true,
        }
    }

    pub(super) fn location() -> LocationDetails {
        LocationDetails {
            name: "Room 12".to_owned(),
            zone: "Europe/Rome".to_owned(),
            capacity: Some(1),
        }
    }

    pub(super) fn service() -> ServiceDetails {
        ServiceDetails {
            name: "Follow-up visit".to_owned(),
            duration_minutes: 30,
            buffer_before_minutes: 0,
            buffer_after_minutes: 5,
            capacity: 1,
            active: true,
        }
    }

    pub(super) fn hours() -> OpenHours {
        OpenHours {
            opens: NINE,
            closes: FIVE,
        }
    }

    pub(super) fn schedule() -> ScheduleDetails {
        ScheduleDetails {
            practitioner: PRACTITIONER,
            location: LOCATION,
            services: vec![SERVICE],
            weekly: vec![WeeklyHours {
                day: Weekday::Monday,
                hours: hours(),
            }],
            valid_from: date(2026, 1, 1),
            valid_to: None,
        }
    }

    pub(super) fn diagnoses() -> Vec<Diagnosis> {
        vec![Diagnosis {
            code: "E11.9".to_owned(),
            rank: 1,
            present_on_admission: Some(PresentOnAdmission::Y),
        }]
    }

    pub(super) fn procedures() -> Vec<Procedure> {
        vec![Procedure {
            code: "99213".to_owned(),
            description: None,
            modifiers: Vec::new(),
            units: 1,
            charge: Money::new(12_000, Currency::USD).expect("an amount"),
            diagnoses: vec![1],
        }]
    }
}
