//! Emergencies: access beyond one's permissions, with a reason, for a while, reviewed afterwards.

use medcover_identity::SecretText;
use medcover_kernel::uuid_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

uuid_id! {
    /// One emergency that somebody declared.
    BreakGlassId
}

/// An emergency.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakGlassRequest {
    /// Why, in a sentence that a reviewer understands. No names of patients.
    #[schema(example = "Unconscious in the emergency room, allergies unknown")]
    pub reason: String,
    /// For how long.
    #[serde(default = "quarter_of_an_hour")]
    pub minutes: u32,
}

const fn quarter_of_an_hour() -> u32 {
    15
}

/// The token of an emergency.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BreakGlassToken {
    /// The emergency.
    pub grant: BreakGlassGrant,
    /// The token to show meanwhile, whose purpose is `emergency`.
    #[schema(value_type = String)]
    pub access_token: SecretText,
    /// The permissions it carries, separated by spaces.
    pub scope: String,
}

/// What has become of an emergency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BreakGlassState {
    /// Its token holds.
    Open,
    /// Its token holds no more, and nobody has looked at it.
    Ended,
    /// Somebody else has looked at it.
    Reviewed,
}

/// An emergency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BreakGlassGrant {
    /// The id.
    pub id: Uuid,
    /// Who declared it.
    pub user: Uuid,
    /// Why.
    pub reason: String,
    /// When.
    #[schema(format = DateTime)]
    pub opened_at: String,
    /// When its token expires, or was ended.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// What has become of it.
    pub state: BreakGlassState,
    /// What the reviewer said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A page of emergencies, the last first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BreakGlassList {
    /// The emergencies.
    pub grants: Vec<BreakGlassGrant>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What a reviewer has to say.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewRequest {
    /// The note.
    pub note: String,
}
