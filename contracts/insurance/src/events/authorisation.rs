//! An authorisation: `authorisation/<id>`.

use jiff::civil::Date;
use medcover_kernel::{AppointmentId, ClaimId, MemberId};
use medcover_store::event;

use super::sample::{CLAIM, COVERAGE, DAY, LAST_DAY, MEMBER, usd};
use crate::{ApprovedItem, Coverage, Network, RequestedItem};

event! {
    /// An authorisation was asked for.
    pub AuthorisationRequested = "authorisation.requested", 1 {
        /// For whom.
        member: MemberId = MEMBER,
        /// With whose cover.
        coverage: Coverage = COVERAGE,
        /// For which appointment.
        appointment: Option<AppointmentId> = None,
        /// The day of the service.
        service_on: Date = DAY,
        /// The last day on which the service may take place.
        expires_on: Date = LAST_DAY,
        /// The services; their places, from 1, are their sequence.
        items: Vec<RequestedItem> = vec![RequestedItem {
            procedure: "27447".to_owned(),
            units: 1,
            estimate: usd(250_000),
            network: Network::In,
        }],
    }
}
event! {
    /// A person is to decide.
    pub AuthorisationPended = "authorisation.pended", 1 {
        /// Why.
        reason: String = "The plan wants a person to decide.".to_owned(),
    }
}
event! {
    /// More must be known to decide.
    pub AuthorisationInfoRequested = "authorisation.info-requested", 1 {
        /// What.
        question: String = "Which implant is planned?".to_owned(),
    }
}
event! {
    /// More is known.
    pub AuthorisationInfoProvided = "authorisation.info-provided", 1 {
        /// What.
        answer: String = "A cemented one.".to_owned(),
    }
}
event! {
    /// It is given, and held.
    pub AuthorisationApproved = "authorisation.approved", 1 {
        /// What is given for each item.
        items: Vec<ApprovedItem> = vec![ApprovedItem { sequence: 1, units: 1, amount: usd(200_000) }],
        /// Whether that is less than was asked for.
        partially: bool = true,
    }
}
event! {
    /// It is not given.
    pub AuthorisationDenied = "authorisation.denied", 1 {
        /// Why.
        reason: String = "The service is not covered.".to_owned(),
    }
}
event! {
    /// A claim has used of it.
    pub AuthorisationUsed = "authorisation.used", 1 {
        /// Which.
        claim: ClaimId = CLAIM,
        /// By which of its adjudications.
        adjudication: u32 = 1,
        /// How much of each item.
        items: Vec<ApprovedItem> = vec![ApprovedItem { sequence: 1, units: 1, amount: usd(180_000) }],
        /// Whether nothing is left.
        exhausted: bool = false,
    }
}
event! {
    /// What a claim had used of it is as if it had never been used.
    pub AuthorisationRestored = "authorisation.restored", 1 {
        /// Which.
        claim: ClaimId = CLAIM,
        /// By which of its adjudications.
        adjudication: u32 = 1,
    }
}
event! {
    /// It is out of date; what was unused has returned.
    pub AuthorisationExpired = "authorisation.expired", 1 {}
}
event! {
    /// It was taken back; what was unused has returned.
    /// Without a request before, it keeps one that comes late from being taken.
    pub AuthorisationCancelled = "authorisation.cancelled", 1 {
        /// Why.
        reason: String = "The appointment was cancelled.".to_owned(),
    }
}
