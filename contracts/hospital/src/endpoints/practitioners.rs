//! Addresses of practitioners.

use medcover_http::{Created, Endpoint, IfMatch, Json, NoContent, Path, Query, Tagged};

use super::{BlockPath, IdPath, PageQuery};
use crate::permissions::{ManageSchedules, ReadSchedules};
use crate::{
    AddPractitionerRequest, Block, BlockList, BlockTimeRequest, ChangePractitionerRequest,
    Practitioner, PractitionerList,
};

const TAG: &str = "Practitioners";

/// [`HospitalApi::add_practitioner`](crate::HospitalApi::add_practitioner)
pub static ADD_PRACTITIONER: Endpoint<Json<AddPractitionerRequest>, Created<Practitioner>> =
    Endpoint::post("add_practitioner", "/api/v1/practitioners")
        .summary("Adds a practitioner.")
        .tag(TAG)
        .needs::<ManageSchedules>()
        .once();

/// [`HospitalApi::practitioners`](crate::HospitalApi::practitioners)
pub static PRACTITIONERS: Endpoint<Query<PageQuery>, Json<PractitionerList>> =
    Endpoint::get("practitioners", "/api/v1/practitioners")
        .summary("The practitioners, by name.")
        .tag(TAG)
        .needs::<ReadSchedules>();

/// [`HospitalApi::practitioner`](crate::HospitalApi::practitioner)
pub static PRACTITIONER: Endpoint<Path<IdPath>, Tagged<Practitioner>> =
    Endpoint::get("practitioner", "/api/v1/practitioners/{id}")
        .summary("One practitioner.")
        .tag(TAG)
        .needs::<ReadSchedules>();

/// [`HospitalApi::change_practitioner`](crate::HospitalApi::change_practitioner)
pub static CHANGE_PRACTITIONER: Endpoint<
    (Path<IdPath>, IfMatch<ChangePractitionerRequest>),
    Tagged<Practitioner>,
> = Endpoint::put("change_practitioner", "/api/v1/practitioners/{id}")
    .summary("Changes a practitioner.")
    .tag(TAG)
    .needs::<ManageSchedules>();

/// [`HospitalApi::block_time`](crate::HospitalApi::block_time)
pub static BLOCK_TIME: Endpoint<(Path<IdPath>, Json<BlockTimeRequest>), Created<Block>> =
    Endpoint::post("block_time", "/api/v1/practitioners/{id}/blocks")
        .summary("Blocks a time that is free.")
        .tag(TAG)
        .needs::<ManageSchedules>()
        .once();

/// [`HospitalApi::blocks`](crate::HospitalApi::blocks)
pub static BLOCKS: Endpoint<(Path<IdPath>, Query<PageQuery>), Json<BlockList>> =
    Endpoint::get("blocks", "/api/v1/practitioners/{id}/blocks")
        .summary("The blocks of a practitioner, the earliest first.")
        .tag(TAG)
        .needs::<ReadSchedules>();

/// [`HospitalApi::unblock_time`](crate::HospitalApi::unblock_time)
pub static UNBLOCK_TIME: Endpoint<Path<BlockPath>, NoContent> =
    Endpoint::delete("unblock_time", "/api/v1/practitioners/{id}/blocks/{block}")
        .summary("Takes a block back.")
        .tag(TAG)
        .needs::<ManageSchedules>();
