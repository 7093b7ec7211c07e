//! Practitioners, and times at which they cannot be booked.

use medcover_kernel::{PractitionerId, uuid_id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Identifier, Moment};

uuid_id! {
    /// A time at which a practitioner cannot be booked.
    BlockId
}

/// Who cares for patients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PractitionerDetails {
    /// Family name.
    #[schema(example = "Okafor", min_length = 1, max_length = 200)]
    pub family_name: String,
    /// Given names, in order.
    #[schema(example = "Ngozi", max_length = 200)]
    pub given_names: String,
    /// What they practise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Internal medicine")]
    pub specialty: Option<String>,
    /// Identifiers, such as a licence number.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub identifiers: Vec<Identifier>,
    /// Whether they take new appointments.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}

/// A practitioner to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPractitionerRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PractitionerId>,
    /// Who it is.
    pub details: PractitionerDetails,
}

/// What is known about a practitioner from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePractitionerRequest {
    /// The version that the change was made on; not compared where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// All that is known.
    pub details: PractitionerDetails,
}

/// A practitioner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Practitioner {
    /// The id.
    pub id: PractitionerId,
    /// How often it was changed, from 1.
    pub version: u64,
    /// Who it is.
    pub details: PractitionerDetails,
}

/// A page of practitioners, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PractitionerList {
    /// The practitioners.
    pub practitioners: Vec<Practitioner>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A time at which a practitioner is not to be booked. It must be free, and is no longer than 31 days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockTimeRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<BlockId>,
    /// From when on.
    pub start: Moment,
    /// Until when; that moment itself is free again.
    pub end: Moment,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A time at which a practitioner cannot be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Block {
    /// The id.
    pub id: BlockId,
    /// Whose time.
    pub practitioner: PractitionerId,
    /// From when on.
    pub start: Moment,
    /// Until when.
    pub end: Moment,
    /// Why.
    pub reason: String,
    /// Whether it was taken back.
    pub removed: bool,
}

/// A page of blocks, the earliest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockList {
    /// The blocks that hold.
    pub blocks: Vec<Block>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
