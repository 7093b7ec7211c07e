//! Practitioners, places and services: added, changed, never removed.

use medcover_contract_hospital::events::{
    LocationAdded, LocationChanged, PractitionerAdded, PractitionerChanged, ServiceAdded,
    ServiceChanged,
};
use medcover_contract_hospital::{
    LocationDetails, MAX_MINUTES, PractitionerDetails, ServiceDetails,
};
use medcover_kernel::{Error, ErrorKind, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::fields::Faults;
use super::id_taken;
use super::zone::zone_name;

/// Most that a place or a group takes at once: a day of it is loaded whole.
const MAX_CAPACITY: u32 = 100;

events! {
    /// What can happen to a practitioner.
    pub(crate) PractitionerEvent { Added(PractitionerAdded), Changed(PractitionerChanged), }
}
events! {
    /// What can happen to a place.
    pub(crate) LocationEvent { Added(LocationAdded), Changed(LocationChanged), }
}
events! {
    /// What can happen to a service.
    pub(crate) ServiceEvent { Added(ServiceAdded), Changed(ServiceChanged), }
}

macro_rules! resource {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $details:ty, $event:ident, $added:ident, $changed:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) struct $name {
            pub(crate) details: Option<$details>,
            /// As it was added, to know a repetition.
            added: Option<$details>,
        }

        impl Aggregate for $name {
            const KIND: &'static str = $kind;
            type Event = $event;

            fn evolve(&mut self, event: &$event, _: Timestamp) {
                match event {
                    $event::Added(added) => {
                        self.added = Some(added.details.clone());
                        self.details = Some(added.details.clone());
                    }
                    $event::Changed(changed) => self.details = Some(changed.details.clone()),
                }
            }
        }

        impl $name {
            /// Adds it; nothing where it was added so before.
            pub(crate) fn add(&self, details: $details) -> Result<Option<$event>> {
                match &self.added {
                    None => Ok(Some($added { details }.into())),
                    Some(added) if *added == details => Ok(None),
                    Some(_) => Err(id_taken($kind)),
                }
            }

            /// What it is; `NotFound` where there is none.
            pub(crate) fn existing(&self) -> Result<&$details> {
                let details = self.details.as_ref();
                details.ok_or_else(|| Error::not_found(concat!("There is no such ", $kind, ".")))
            }

            fn changed(&self, details: $details) -> Result<Option<$event>> {
                let differs = *self.existing()? != details;
                Ok(differs.then(|| $changed { details }.into()))
            }
        }
    };
}
resource! {
    /// Who cares for patients.
    Practitioner, "practitioner", PractitionerDetails, PractitionerEvent, PractitionerAdded, PractitionerChanged
}
resource! {
    /// Where patients are seen.
    Location, "location", LocationDetails, LocationEvent, LocationAdded, LocationChanged
}
resource! {
    /// What can be booked.
    Service, "service", ServiceDetails, ServiceEvent, ServiceAdded, ServiceChanged
}

impl Practitioner {
    pub(crate) fn change(&self, details: PractitionerDetails) -> Result<Option<PractitionerEvent>> {
        self.changed(details)
    }
}

impl Service {
    pub(crate) fn change(&self, details: ServiceDetails) -> Result<Option<ServiceEvent>> {
        self.changed(details)
    }
}

impl Location {
    /// Changes it, but never its zone: the hours of its schedules would be others.
    pub(crate) fn change(&self, details: LocationDetails) -> Result<Option<LocationEvent>> {
        if self.existing()?.zone != details.zone {
            return Err(Error::new(
                ErrorKind::Refused,
                "zone-fixed",
                "The time zone of a place never changes: add another place.",
            ));
        }
        self.changed(details)
    }
}

/// The practitioner as it is kept, or what is wrong.
pub(crate) fn practitioner(given: &PractitionerDetails) -> Result<PractitionerDetails> {
    let mut faults = Faults::default();
    let details = PractitionerDetails {
        family_name: faults.text("/details/family_name", &given.family_name),
        given_names: faults
            .maybe("/details/given_names", Some(&given.given_names))
            .unwrap_or_default(),
        specialty: faults.maybe("/details/specialty", given.specialty.as_deref()),
        identifiers: faults.identifiers("/details/identifiers", &given.identifiers),
        active: given.active,
    };
    faults.check()?;
    Ok(details)
}

/// The place as it is kept, or what is wrong.
pub(crate) fn location(given: &LocationDetails) -> Result<LocationDetails> {
    let mut faults = Faults::default();
    let name = faults.text("/details/name", &given.name);
    let fits = given
        .capacity
        .is_none_or(|it| (1..=MAX_CAPACITY).contains(&it));
    faults.unless(
        fits,
        "/details/capacity",
        format!("must be 1 to {MAX_CAPACITY}"),
    );
    faults.check()?;
    Ok(LocationDetails {
        name,
        zone: zone_name("/details/zone", &given.zone)?,
        capacity: given.capacity,
    })
}

/// The service as it is kept, or what is wrong.
pub(crate) fn service(given: &ServiceDetails) -> Result<ServiceDetails> {
    let mut faults = Faults::default();
    let name = faults.text("/details/name", &given.name);
    let duration = (1..=MAX_MINUTES).contains(&given.duration_minutes);
    let rule = format!("must be 1 to {MAX_MINUTES}");
    faults.unless(duration, "/details/duration_minutes", rule);
    for (pointer, buffer) in [
        (
            "/details/buffer_before_minutes",
            given.buffer_before_minutes,
        ),
        ("/details/buffer_after_minutes", given.buffer_after_minutes),
    ] {
        faults.unless(
            buffer <= MAX_MINUTES,
            pointer,
            format!("must be at most {MAX_MINUTES}"),
        );
    }
    let fits = (1..=MAX_CAPACITY).contains(&given.capacity);
    faults.unless(
        fits,
        "/details/capacity",
        format!("must be 1 to {MAX_CAPACITY}"),
    );
    faults.check()?;
    Ok(ServiceDetails {
        name,
        ..given.clone()
    })
}
