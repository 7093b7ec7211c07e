//! What is owed, as arithmetic: every booking of an invoice is the difference between two standings.

use medcover_contract_billing::{InvoiceKind, InvoiceRequest, Side, SideStanding, Standing};
use medcover_kernel::{Error, Money, Result};
use medcover_ledger::{Account, AccountKind, Entry};

use crate::domain::rules::money;

const REVENUE: Account = Account::of(AccountKind::Revenue);
const CONTRACTUAL: Account = Account::of(AccountKind::ContractualAdjustment);
const BAD_DEBT: Account = Account::of(AccountKind::BadDebt);
const UNEARNED: Account = Account::of(AccountKind::UnearnedPremium);
const PREMIUM_REVENUE: Account = Account::of(AccountKind::PremiumRevenue);

/// The account on which `side` owes.
pub(crate) fn receivable(request: &InvoiceRequest, side: Side) -> Account {
    match (side, request.policy, request.payer) {
        (Side::Patient, Some(policy), _) if request.kind == InvoiceKind::Premium => {
            Account::premium_receivable(policy)
        }
        (Side::Payer, _, Some(payer)) => Account::payer_receivable(payer),
        // Without a payer, nothing is ever owed on that side.
        _ => Account::patient_receivable(request.patient),
    }
}

/// One side of `standing`, to be changed.
pub(crate) fn side_mut(standing: &mut Standing, side: Side) -> &mut SideStanding {
    match side {
        Side::Patient => &mut standing.patient,
        Side::Payer => &mut standing.payer,
    }
}

/// What a side owes, paid or not.
pub(crate) fn due(side: &SideStanding) -> Result<Money> {
    let due = side.share.minus(side.credited).map_err(money)?;
    due.minus(side.written_off).map_err(money)
}

/// `side` with another share. What was given up and written off beyond it comes back; what was paid beyond it is for the
/// caller to release.
pub(crate) fn with_share(side: &SideStanding, share: Money) -> Result<SideStanding> {
    let credited = side.credited.min(share).map_err(money)?;
    let left = share.minus(credited).map_err(money)?;
    let written_off = side.written_off.min(left).map_err(money)?;
    Ok(SideStanding {
        share,
        credited,
        written_off,
        allocated: side.allocated,
    })
}

/// What is booked when an invoice that stood as `before` and had earned `earned.0` of a premium stands as `after` and has
/// earned `earned.1`; allocations are booked by their payments.
pub(crate) fn booked(
    request: &InvoiceRequest,
    before: &Standing,
    after: &Standing,
    earned: (Money, Money),
) -> Result<Option<Entry>> {
    let income = match request.kind {
        InvoiceKind::Premium => UNEARNED,
        InvoiceKind::Visit | InvoiceKind::Fee => REVENUE,
    };
    let grown = |of: fn(&Standing) -> Result<Money>| -> Result<Money> {
        of(after)?.minus(of(before)?).map_err(money)
    };
    let patient = grown(|it| due(&it.patient))?;
    let payer = grown(|it| due(&it.payer))?;
    let contractual = grown(|it| Ok(it.contractual))?;
    let written_off = grown(|it| {
        let written_off = it.patient.written_off.plus(it.payer.written_off);
        written_off.map_err(money)
    })?;
    let given_up = grown(|it| it.patient.credited.plus(it.payer.credited).map_err(money))?;
    let billed = grown(total)?;
    let earned = earned.1.minus(earned.0).map_err(money)?;
    let income_less = given_up.minus(billed).map_err(money)?;
    let changes = [
        (receivable(request, Side::Patient), patient),
        (receivable(request, Side::Payer), payer),
        (CONTRACTUAL, contractual),
        (BAD_DEBT, written_off),
        (income, income_less),
        (UNEARNED, earned),
        (PREMIUM_REVENUE, earned.negated()),
    ];
    Entry::of_changes(changes).map_err(Error::internal)
}

/// The sum of its lines: `contractual + patient + payer`.
pub(crate) fn total(standing: &Standing) -> Result<Money> {
    let shares = standing.patient.share.plus(standing.payer.share);
    let shares = shares.map_err(money)?;
    shares.plus(standing.contractual).map_err(money)
}

/// What is left of the total after credit notes.
pub(crate) fn net(standing: &Standing) -> Result<Money> {
    let credited = standing.patient.credited.plus(standing.payer.credited);
    total(standing)?
        .minus(credited.map_err(money)?)
        .map_err(money)
}
