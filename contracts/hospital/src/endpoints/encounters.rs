//! Addresses of encounters.

use medcover_http::{Created, Endpoint, IfMatch, Json, NoContent, Path, Query, Tagged};

use super::IdPath;
use crate::permissions::{CodeEncounters, ManageEncounters, ReadEncounters};
use crate::{
    AmendEncounterRequest, CodeEncounterRequest, Encounter, EncounterList, EncounterQuery,
    ErrorRequest, PlanEncounterRequest, RecordEncounterRequest, StartEncounterRequest,
};

const TAG: &str = "Encounters";

/// [`HospitalApi::plan_encounter`](crate::HospitalApi::plan_encounter)
pub static PLAN_ENCOUNTER: Endpoint<Json<PlanEncounterRequest>, Created<Encounter>> =
    Endpoint::post("plan_encounter", "/api/v1/encounters/plan")
        .summary("Plans an encounter.")
        .tag(TAG)
        .needs::<ManageEncounters>()
        .once();

/// [`HospitalApi::start_encounter`](crate::HospitalApi::start_encounter)
pub static START_ENCOUNTER: Endpoint<Json<StartEncounterRequest>, Created<Encounter>> =
    Endpoint::post("start_encounter", "/api/v1/encounters")
        .summary("Starts an encounter.")
        .tag(TAG)
        .needs::<ManageEncounters>()
        .once();

/// [`HospitalApi::encounters`](crate::HospitalApi::encounters)
pub static ENCOUNTERS: Endpoint<Query<EncounterQuery>, Json<EncounterList>> =
    Endpoint::get("encounters", "/api/v1/encounters")
        .summary("The encounters of a patient, the last first.")
        .tag(TAG)
        .needs::<ReadEncounters>();

/// [`HospitalApi::encounter`](crate::HospitalApi::encounter)
pub static ENCOUNTER: Endpoint<Path<IdPath>, Tagged<Encounter>> =
    Endpoint::get("encounter", "/api/v1/encounters/{id}")
        .summary("One encounter.")
        .tag(TAG)
        .needs::<ReadEncounters>();

/// [`HospitalApi::record_encounter`](crate::HospitalApi::record_encounter)
pub static RECORD_ENCOUNTER: Endpoint<
    (Path<IdPath>, IfMatch<RecordEncounterRequest>),
    Tagged<Encounter>,
> = Endpoint::put("record_encounter", "/api/v1/encounters/{id}/record")
    .summary("Sets diagnoses and procedures until the codes are final.")
    .tag(TAG)
    .needs::<ManageEncounters>();

/// [`HospitalApi::finish_encounter`](crate::HospitalApi::finish_encounter)
pub static FINISH_ENCOUNTER: Endpoint<Path<IdPath>, Json<Encounter>> =
    Endpoint::post("finish_encounter", "/api/v1/encounters/{id}/finish")
        .summary("in-progress → finished; its appointment is fulfilled.")
        .tag(TAG)
        .needs::<ManageEncounters>()
        .once();

/// [`HospitalApi::code_encounter`](crate::HospitalApi::code_encounter)
pub static CODE_ENCOUNTER: Endpoint<(Path<IdPath>, Json<CodeEncounterRequest>), Json<Encounter>> =
    Endpoint::post("code_encounter", "/api/v1/encounters/{id}/code")
        .summary("finished → coded, with the final codes.")
        .tag(TAG)
        .needs::<CodeEncounters>()
        .once();

/// [`HospitalApi::amend_encounter`](crate::HospitalApi::amend_encounter)
pub static AMEND_ENCOUNTER: Endpoint<(Path<IdPath>, Json<AmendEncounterRequest>), Json<Encounter>> =
    Endpoint::post("amend_encounter", "/api/v1/encounters/{id}/amend")
        .summary("Replaces final codes, for a reason.")
        .tag(TAG)
        .needs::<CodeEncounters>()
        .once();

/// [`HospitalApi::mark_billed`](crate::HospitalApi::mark_billed)
pub static MARK_BILLED: Endpoint<Path<IdPath>, Json<Encounter>> =
    Endpoint::post("mark_billed", "/api/v1/encounters/{id}/billed")
        .summary("coded → billed-ready.")
        .tag(TAG)
        .needs::<CodeEncounters>()
        .once();

/// [`HospitalApi::mark_encounter_in_error`](crate::HospitalApi::mark_encounter_in_error)
pub static MARK_ENCOUNTER_IN_ERROR: Endpoint<(Path<IdPath>, Json<ErrorRequest>), NoContent> =
    Endpoint::post(
        "mark_encounter_in_error",
        "/api/v1/encounters/{id}/entered-in-error",
    )
    .summary("Says that an encounter should never have been recorded.")
    .tag(TAG)
    .needs::<ManageEncounters>()
    .once();
