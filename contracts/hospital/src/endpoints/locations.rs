//! Addresses of locations.

use medcover_http::{Created, Endpoint, IfMatch, Json, Path, Query, Tagged};

use super::{IdPath, PageQuery};
use crate::permissions::{ManageSchedules, ReadSchedules};
use crate::{AddLocationRequest, ChangeLocationRequest, Location, LocationList};

const TAG: &str = "Locations";

/// [`HospitalApi::add_location`](crate::HospitalApi::add_location)
pub static ADD_LOCATION: Endpoint<Json<AddLocationRequest>, Created<Location>> =
    Endpoint::post("add_location", "/api/v1/locations")
        .summary("Adds a place.")
        .tag(TAG)
        .needs::<ManageSchedules>()
        .once();

/// [`HospitalApi::locations`](crate::HospitalApi::locations)
pub static LOCATIONS: Endpoint<Query<PageQuery>, Json<LocationList>> =
    Endpoint::get("locations", "/api/v1/locations")
        .summary("The locations, by name.")
        .tag(TAG)
        .needs::<ReadSchedules>();

/// [`HospitalApi::location`](crate::HospitalApi::location)
pub static LOCATION: Endpoint<Path<IdPath>, Tagged<Location>> =
    Endpoint::get("location", "/api/v1/locations/{id}")
        .summary("One place.")
        .tag(TAG)
        .needs::<ReadSchedules>();

/// [`HospitalApi::change_location`](crate::HospitalApi::change_location)
pub static CHANGE_LOCATION: Endpoint<
    (Path<IdPath>, IfMatch<ChangeLocationRequest>),
    Tagged<Location>,
> = Endpoint::put("change_location", "/api/v1/locations/{id}")
    .summary("Changes a place.")
    .tag(TAG)
    .needs::<ManageSchedules>();
