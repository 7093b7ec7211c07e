//! Members: the people whom a policy covers.

use jiff::civil::Date;
use medcover_kernel::{MemberId, PatientId, PolicyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Sex;

/// What a member is to the policy's holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relationship {
    /// The holder.
    Holder,
    /// Spouse or partner.
    Spouse,
    /// Child.
    Child,
    /// Somebody else.
    Other,
}

/// Somebody to be covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolMemberRequest {
    /// The id, where the caller makes it; the same again is then the same member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MemberId>,
    /// Who it is.
    pub patient: PatientId,
    /// What they are to the holder.
    pub relationship: Relationship,
    /// The day of birth.
    #[schema(value_type = String, format = Date)]
    pub born_on: Date,
    /// The sex; left out where it is neither or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// The first day of their cover; that of the policy where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// The last day of their cover; that of the policy where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
}

/// The end of a member's cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndMembershipRequest {
    /// The last day of their cover.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
}

/// In which state a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MemberState {
    /// Covered between their dates, as long as the policy is.
    Enrolled,
    /// Never meant to be covered: the enrolment was taken back.
    Unlinked,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// The id.
    pub id: MemberId,
    /// Of which policy.
    pub policy: PolicyId,
    /// Who it is.
    pub patient: PatientId,
    /// The state.
    pub state: MemberState,
    /// What they are to the holder.
    pub relationship: Relationship,
    /// The day of birth.
    #[schema(value_type = String, format = Date)]
    pub born_on: Date,
    /// The sex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// The first day of their cover.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last day of their cover; that of the policy where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
    /// How often it was changed.
    pub version: u64,
}

/// A page of members, by the first day of their cover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemberList {
    /// The members.
    pub members: Vec<Member>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
