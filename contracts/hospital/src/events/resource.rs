//! Practitioners, places and services: `practitioner/<id>`, `location/<id>`, `service/<id>`.

use medcover_store::event;

use super::sample::{location, practitioner, service};
use crate::{LocationDetails, PractitionerDetails, ServiceDetails};

event! {
    /// A practitioner was added.
    pub PractitionerAdded = "practitioner.added", 1 {
        /// Who it is.
        details: PractitionerDetails = practitioner(),
    }
}
event! {
    /// Something else is known about the practitioner.
    pub PractitionerChanged = "practitioner.changed", 1 {
        /// All that is known.
        details: PractitionerDetails = practitioner(),
    }
}
event! {
    /// A place was added.
    pub LocationAdded = "location.added", 1 {
        /// The place.
        details: LocationDetails = location(),
    }
}
event! {
    /// The place has changed.
    pub LocationChanged = "location.changed", 1 {
        /// The place.
        details: LocationDetails = location(),
    }
}
event! {
    /// A service was added.
    pub ServiceAdded = "service.added", 1 {
        /// The service.
        details: ServiceDetails = service(),
    }
}
event! {
    /// The service has changed.
    pub ServiceChanged = "service.changed", 1 {
        /// The service.
        details: ServiceDetails = service(),
    }
}
