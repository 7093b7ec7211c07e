//! The ids of what billing alone makes.

use medcover_kernel::uuid_id;

uuid_id! {
    /// One service or article that was given and has a price.
    ChargeId
}
uuid_id! {
    /// A note that gives part of an invoice up.
    CreditNoteId
}
uuid_id! {
    /// Money of a payment that was put against an invoice.
    AllocationId
}
uuid_id! {
    /// Money to be given back.
    RefundId
}
uuid_id! {
    /// Money that is owed and not expected any more.
    WriteOffId
}
uuid_id! {
    /// Somebody who brings business and earns a commission.
    AgentId
}
uuid_id! {
    /// What agents earn, and when.
    CommissionPlanId
}
uuid_id! {
    /// One paying out of commissions.
    SettlementId
}
