//! Addresses of slots.

use medcover_http::{Created, Endpoint, Json, NoContent, Path, Query};

use super::IdPath;
use crate::permissions::{BookAppointments, ReadAppointments, ReadSchedules};
use crate::{
    Hold, HoldSlotRequest, OfferSlotRequest, Offered, ReleaseHoldRequest, SlotList, SlotQuery,
};

const TAG: &str = "Slots";

/// [`HospitalApi::slots`](crate::HospitalApi::slots)
pub static SLOTS: Endpoint<Query<SlotQuery>, Json<SlotList>> =
    Endpoint::get("slots", "/api/v1/slots")
        .summary("The slots of a service, the earliest first.")
        .tag(TAG)
        .needs::<ReadSchedules>();

/// [`HospitalApi::hold_slot`](crate::HospitalApi::hold_slot)
pub static HOLD_SLOT: Endpoint<Json<HoldSlotRequest>, Created<Hold>> =
    Endpoint::post("hold_slot", "/api/v1/slots/holds")
        .summary("Holds a free slot for a while.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();

/// [`HospitalApi::hold`](crate::HospitalApi::hold)
pub static HOLD: Endpoint<Path<IdPath>, Json<Hold>> =
    Endpoint::get("hold", "/api/v1/slots/holds/{id}")
        .summary("One hold.")
        .tag(TAG)
        .needs::<ReadAppointments>();

/// [`HospitalApi::release_hold`](crate::HospitalApi::release_hold)
pub static RELEASE_HOLD: Endpoint<(Path<IdPath>, Json<ReleaseHoldRequest>), NoContent> =
    Endpoint::post("release_hold", "/api/v1/slots/holds/{id}/release")
        .summary("Gives up a hold.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();

/// [`HospitalApi::offer_slot`](crate::HospitalApi::offer_slot)
pub static OFFER_SLOT: Endpoint<Json<OfferSlotRequest>, Created<Offered>> =
    Endpoint::post("offer_slot", "/api/v1/slots/offers")
        .summary("Holds a free slot for whoever has waited longest for one like it.")
        .tag(TAG)
        .needs::<BookAppointments>()
        .once();
