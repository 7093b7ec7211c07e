//! What the endpoints of the service ask for.

use medcover_kernel::{Permission as _, PermissionInfo, permission};

permission! {
    /// Sees invoices, payments, refunds, write-offs, remittances and statements.
    pub ReadBilling = "billing.read";
    /// Records charges, drafts, issues, credits and voids invoices, and applies adjudications.
    pub ManageInvoices = "invoices.manage";
    /// Takes payments, puts them against invoices, and finds out what became of them.
    pub TakePayments = "payments.take";
    /// Asks for refunds and sends those that are approved.
    pub RequestRefunds = "refunds.request";
    /// Approves and rejects refunds that others asked for.
    pub ApproveRefunds = "refunds.approve";
    /// Asks for write-offs.
    pub RequestWriteOffs = "write-offs.request";
    /// Approves and rejects write-offs that others asked for.
    pub ApproveWriteOffs = "write-offs.approve";
    /// Posts remittances, and looks after those that are parked.
    pub PostRemittances = "remittances.post";
    /// Registers agents, makes commission plans, accrues and settles commissions.
    pub ManageCommissions = "commissions.manage";
    /// Sees what agents earn.
    pub ReadCommissions = "commissions.read";
    /// Sees the journal and the trial balance.
    pub ReadLedger = "ledger.read";
    /// Closes months.
    pub ClosePeriods = "periods.close";
    /// Opens closed months again, and gives a reason.
    pub ReopenPeriods = "periods.reopen";
}

/// Every permission of the service.
pub const PERMISSIONS: &[PermissionInfo] = &[
    ReadBilling::INFO,
    ManageInvoices::INFO,
    TakePayments::INFO,
    RequestRefunds::INFO,
    ApproveRefunds::INFO,
    RequestWriteOffs::INFO,
    ApproveWriteOffs::INFO,
    PostRemittances::INFO,
    ManageCommissions::INFO,
    ReadCommissions::INFO,
    ReadLedger::INFO,
    ClosePeriods::INFO,
    ReopenPeriods::INFO,
];
