//! Places where patients are seen.

use medcover_kernel::uuid_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

uuid_id! {
    /// A place where patients are seen.
    LocationId
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationDetails {
    /// Its name.
    #[schema(example = "Room 12", min_length = 1, max_length = 200)]
    pub name: String,
    /// Its time zone, by its IANA name. It never changes.
    #[schema(example = "Europe/Rome")]
    pub zone: String,
    /// How many appointments it takes at once; as many as come where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub capacity: Option<u32>,
}

/// A place to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddLocationRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<LocationId>,
    /// The place.
    pub details: LocationDetails,
}

/// What a place is from now on; appointments that are booked stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLocationRequest {
    /// The version that the change was made on; not compared where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The place.
    pub details: LocationDetails,
}

/// A place where patients are seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Location {
    /// The id.
    pub id: LocationId,
    /// How often it was changed, from 1.
    pub version: u64,
    /// The place.
    pub details: LocationDetails,
}

/// A page of places, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LocationList {
    /// The places.
    pub locations: Vec<Location>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
