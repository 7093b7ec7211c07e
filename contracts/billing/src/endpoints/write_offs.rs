//! Write-offs, as addresses.

use medcover_http::{Created, Endpoint, Json, Path, Query, Tagged};

use super::{IdPath, WriteOffQuery};
use crate::permissions::{ApproveWriteOffs, ReadBilling, RequestWriteOffs};
use crate::{ReasonRequest, WriteOff, WriteOffList, WriteOffRequest};

const TAG: &str = "Write-offs";

/// [`BillingApi::request_write_off`](crate::BillingApi::request_write_off)
pub static REQUEST_WRITE_OFF: Endpoint<Json<WriteOffRequest>, Created<WriteOff>> =
    Endpoint::post("request_write_off", "/api/v1/write-offs")
        .summary("Asks for a write-off.")
        .tag(TAG)
        .needs::<RequestWriteOffs>()
        .once();

/// [`BillingApi::approve_write_off`](crate::BillingApi::approve_write_off)
pub static APPROVE_WRITE_OFF: Endpoint<Path<IdPath>, Json<WriteOff>> =
    Endpoint::post("approve_write_off", "/api/v1/write-offs/{id}/approve")
        .summary("Approves a write-off that somebody else asked for.")
        .tag(TAG)
        .needs::<ApproveWriteOffs>()
        .once();

/// [`BillingApi::reject_write_off`](crate::BillingApi::reject_write_off)
pub static REJECT_WRITE_OFF: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<WriteOff>> =
    Endpoint::post("reject_write_off", "/api/v1/write-offs/{id}/reject")
        .summary("Rejects a write-off that somebody else asked for.")
        .tag(TAG)
        .needs::<ApproveWriteOffs>()
        .once();

/// [`BillingApi::write_off`](crate::BillingApi::write_off)
pub static WRITE_OFF: Endpoint<Path<IdPath>, Tagged<WriteOff>> =
    Endpoint::get("write_off", "/api/v1/write-offs/{id}")
        .summary("A write-off.")
        .tag(TAG)
        .needs::<ReadBilling>();

/// [`BillingApi::write_offs`](crate::BillingApi::write_offs)
pub static WRITE_OFFS: Endpoint<Query<WriteOffQuery>, Json<WriteOffList>> =
    Endpoint::get("write_offs", "/api/v1/write-offs")
        .summary("Write-offs: all, or in one state.")
        .tag(TAG)
        .needs::<ReadBilling>();
