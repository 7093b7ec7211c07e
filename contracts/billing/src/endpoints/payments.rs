//! Payments and what they are put against, as addresses.

use medcover_http::{Created, Endpoint, Json, Path, Query, Tagged};

use super::{IdPath, PaymentQuery};
use crate::permissions::{ReadBilling, TakePayments};
use crate::{
    AllocationRequest, Payment, PaymentList, PaymentRequest, ReasonRequest, ResolveRequest,
    UnallocateRequest,
};

const TAG: &str = "Payments";

/// [`BillingApi::take_payment`](crate::BillingApi::take_payment)
pub static TAKE_PAYMENT: Endpoint<Json<PaymentRequest>, Created<Payment>> =
    Endpoint::post("take_payment", "/api/v1/payments")
        .summary("Takes a payment.")
        .tag(TAG)
        .needs::<TakePayments>()
        .once();

/// [`BillingApi::resolve_payment`](crate::BillingApi::resolve_payment)
pub static RESOLVE_PAYMENT: Endpoint<(Path<IdPath>, Json<ResolveRequest>), Json<Payment>> =
    Endpoint::post("resolve_payment", "/api/v1/payments/{id}/resolve")
        .summary("Finds out what became of a payment that is pending or unknown.")
        .tag(TAG)
        .needs::<TakePayments>()
        .once();

/// [`BillingApi::charge_back`](crate::BillingApi::charge_back)
pub static CHARGE_BACK: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<Payment>> =
    Endpoint::post("charge_back", "/api/v1/payments/{id}/charge-back")
        .summary("Notes that the bank took a payment back; invoices are open again by what stood against them.")
        .tag(TAG)
        .needs::<TakePayments>()
        .once();

/// [`BillingApi::allocate`](crate::BillingApi::allocate)
pub static ALLOCATE: Endpoint<(Path<IdPath>, Json<AllocationRequest>), Json<Payment>> =
    Endpoint::post("allocate", "/api/v1/payments/{id}/allocations")
        .summary("Puts money of a payment against an invoice.")
        .tag(TAG)
        .needs::<TakePayments>()
        .once();

/// [`BillingApi::unallocate`](crate::BillingApi::unallocate)
pub static UNALLOCATE: Endpoint<(Path<IdPath>, Json<UnallocateRequest>), Json<Payment>> =
    Endpoint::post("unallocate", "/api/v1/payments/{id}/allocations/release")
        .summary("Takes money of a payment back from an invoice.")
        .tag(TAG)
        .needs::<TakePayments>()
        .once();

/// [`BillingApi::payment`](crate::BillingApi::payment)
pub static PAYMENT: Endpoint<Path<IdPath>, Tagged<Payment>> =
    Endpoint::get("payment", "/api/v1/payments/{id}")
        .summary("A payment.")
        .tag(TAG)
        .needs::<ReadBilling>();

/// [`BillingApi::payments`](crate::BillingApi::payments)
pub static PAYMENTS: Endpoint<Query<PaymentQuery>, Json<PaymentList>> =
    Endpoint::get("payments", "/api/v1/payments")
        .summary("Payments: all, of one party, or in one state, such as those that are unknown.")
        .tag(TAG)
        .needs::<ReadBilling>();
