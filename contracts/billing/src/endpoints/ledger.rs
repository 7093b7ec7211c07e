//! The books, statements and periods, as addresses.

use medcover_http::{Endpoint, Json, Path, Query};

use super::{IdPath, PageQuery};
use crate::permissions::{ClosePeriods, ReadBilling, ReadLedger, ReopenPeriods};
use crate::{
    ClosePeriodRequest, JournalList, Periods, ReopenPeriodRequest, Statement, TrialBalance,
};

const TAG: &str = "Ledger";

/// [`BillingApi::journal`](crate::BillingApi::journal)
pub static JOURNAL: Endpoint<Query<PageQuery>, Json<JournalList>> =
    Endpoint::get("journal", "/api/v1/ledger/entries")
        .summary("The journal.")
        .tag(TAG)
        .needs::<ReadLedger>();

/// [`BillingApi::trial_balance`](crate::BillingApi::trial_balance)
pub static TRIAL_BALANCE: Endpoint<(), Json<TrialBalance>> =
    Endpoint::get("trial_balance", "/api/v1/ledger/trial-balance")
        .summary("The sums of all accounts.")
        .tag(TAG)
        .needs::<ReadLedger>();

/// [`BillingApi::statement`](crate::BillingApi::statement)
pub static STATEMENT: Endpoint<(Path<IdPath>, Query<PageQuery>), Json<Statement>> =
    Endpoint::get("statement", "/api/v1/statements/{id}")
        .summary("What was booked to the accounts of a patient, payer, policy or agent.")
        .tag(TAG)
        .needs::<ReadBilling>();

/// [`BillingApi::periods`](crate::BillingApi::periods)
pub static PERIODS: Endpoint<(), Json<Periods>> = Endpoint::get("periods", "/api/v1/periods")
    .summary("Which months are closed.")
    .tag(TAG)
    .needs::<ReadLedger>();

/// [`BillingApi::close_period`](crate::BillingApi::close_period)
pub static CLOSE_PERIOD: Endpoint<Json<ClosePeriodRequest>, Json<Periods>> =
    Endpoint::post("close_period", "/api/v1/periods/close")
        .summary("Closes a month that is over; nothing can be booked to it any more.")
        .tag(TAG)
        .needs::<ClosePeriods>()
        .once();

/// [`BillingApi::reopen_period`](crate::BillingApi::reopen_period)
pub static REOPEN_PERIOD: Endpoint<Json<ReopenPeriodRequest>, Json<Periods>> =
    Endpoint::post("reopen_period", "/api/v1/periods/reopen")
        .summary("Opens a closed month again.")
        .tag(TAG)
        .needs::<ReopenPeriods>()
        .once();
