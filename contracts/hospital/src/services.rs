//! What can be booked.

use medcover_kernel::uuid_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

uuid_id! {
    /// Something that can be booked.
    ServiceId
}

/// A service: what can be booked, and how much time it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceDetails {
    /// Its name.
    #[schema(example = "Follow-up visit", min_length = 1, max_length = 200)]
    pub name: String,
    /// How long an appointment takes, in minutes.
    #[schema(minimum = 1, maximum = 1440, example = 30)]
    pub duration_minutes: u32,
    /// For how long practitioner and place are taken before it, in minutes.
    #[serde(default)]
    #[schema(maximum = 1440)]
    pub buffer_before_minutes: u32,
    /// For how long practitioner and place are taken after it, in minutes.
    #[serde(default)]
    #[schema(maximum = 1440)]
    pub buffer_after_minutes: u32,
    /// How many patients one practitioner sees at once: more than one for groups.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 100)]
    pub capacity: u32,
    /// Whether it can be booked.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn one() -> u32 {
    1
}

const fn yes() -> bool {
    true
}

/// A service to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddServiceRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ServiceId>,
    /// The service.
    pub details: ServiceDetails,
}

/// What a service is from now on; appointments that are booked stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeServiceRequest {
    /// The version that the change was made on; not compared where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The service.
    pub details: ServiceDetails,
}

/// Something that can be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Service {
    /// The id.
    pub id: ServiceId,
    /// How often it was changed, from 1.
    pub version: u64,
    /// The service.
    pub details: ServiceDetails,
}

/// A page of services, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceList {
    /// The services.
    pub services: Vec<Service>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
