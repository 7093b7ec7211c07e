//! What an agent earns under one plan, in one currency and year of collection.
//!
//! All of it follows from what was collected, less what was given back: each accrual and claw-back is the difference of
//! two totals, each rounded once, so that the sum of all is exactly the rate of the sum.

mod kept;

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use medcover_contract_billing::events::{
    CommissionAccrued, CommissionClawedBack, CommissionOpened, CommissionSettled,
    CommissionSettlementMade,
};
use medcover_contract_billing::{AllocationId, SettlementId};
use medcover_kernel::{Currency, Error, InvoiceId, Money, PaymentId, Result, Timestamp};
use medcover_ledger::{Account, AccountKind, Entry, EntryId, JournalEntry};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::plan;
use super::rules::money;
use kept::Kept;

const EXPENSE: Account = Account::of(AccountKind::CommissionExpense);

events! {
    /// What can happen to a commission account.
    pub(crate) CommissionEvent {
        Opened(CommissionOpened), Accrued(CommissionAccrued), ClawedBack(CommissionClawedBack),
        Settled(CommissionSettled),
    }
}
events! {
    /// What can happen to a settlement.
    pub(crate) SettlementEvent { Made(CommissionSettlementMade), }
}

/// A paying out of commissions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Settlement(pub(crate) Option<CommissionSettlementMade>);

impl Aggregate for Settlement {
    const KIND: &'static str = "commission-settlement";
    type Event = SettlementEvent;

    fn evolve(&mut self, SettlementEvent::Made(made): &SettlementEvent, _: Timestamp) {
        self.0 = Some(made.clone());
    }
}

/// Commission that was not paid out yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsettled {
    allocation: AllocationId,
    /// From which day on it is payable; at once where it was clawed back.
    payable_on: Option<Date>,
    amount: Money,
}

/// Money that stands, or stood, against an invoice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Collected {
    pub(crate) payment: PaymentId,
    pub(crate) allocation: AllocationId,
    pub(crate) invoice: InvoiceId,
    /// What of it stands now.
    pub(crate) amount: Money,
    /// The day on which it was put there.
    pub(crate) on: Date,
}

/// A commission account as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub(crate) struct Commission {
    pub(crate) opened: Option<CommissionOpened>,
    pub(crate) collected: BTreeMap<AllocationId, Money>,
    pub(crate) accrued: Option<Money>,
    pub(crate) settled: Option<Money>,
    pub(crate) unsettled: Vec<Unsettled>,
    pub(crate) entries: u32,
}

impl Commission {
    fn opened(&self) -> &CommissionOpened {
        self.opened.as_ref().expect("it was opened")
    }

    fn currency(&self) -> Currency {
        self.opened().currency
    }

    pub(crate) fn total_collected(&self) -> Result<Money> {
        Money::sum(self.currency(), self.collected.values().copied()).map_err(money)
    }

    pub(crate) fn accrued(&self) -> Money {
        self.accrued.unwrap_or_else(|| Money::zero(self.currency()))
    }

    pub(crate) fn settled(&self) -> Money {
        self.settled.unwrap_or_else(|| Money::zero(self.currency()))
    }

    /// What can be paid out on `day`; below zero where more was clawed back than earned since.
    pub(crate) fn payable(&self, day: Date) -> Result<Money> {
        let due = self.unsettled.iter().filter(|it| is_due(it, day));
        Money::sum(self.currency(), due.map(|it| it.amount)).map_err(money)
    }

    /// Follows what stands of an allocation now; nothing where it knows that already. `of` is the id of its stream.
    pub(crate) fn follow(
        &self,
        of: Uuid,
        collected: Collected,
        today: Date,
    ) -> Result<Option<CommissionEvent>> {
        let Collected {
            payment,
            allocation,
            invoice,
            amount: stands,
            on,
        } = collected;
        let nothing = Money::zero(self.currency());
        let before = self.collected.get(&allocation).copied().unwrap_or(nothing);
        let change = stands.minus(before).map_err(money)?;
        if change.is_zero() {
            return Ok(None);
        }
        let total = self.total_collected()?.plus(change).map_err(money)?;
        let opened = self.opened();
        let target = plan::earned(&opened.terms, total)?;
        let payable = Account::commission_payable(opened.agent.as_uuid());
        let difference = target.minus(self.accrued()).map_err(money)?;
        let entry = Entry::of_changes([(EXPENSE, difference), (payable, difference.negated())]);
        let entry = entry
            .map_err(Error::internal)?
            .map(|entry| self.journal(of, entry, today));
        Ok(Some(if change.is_positive() {
            let hold_back = i64::from(opened.terms.hold_back_days).days();
            CommissionAccrued {
                payment,
                allocation,
                invoice,
                collected: stands,
                amount: difference,
                payable_on: on.checked_add(hold_back).map_err(Error::internal)?,
                entry,
            }
            .into()
        } else {
            CommissionClawedBack {
                payment,
                allocation,
                invoice,
                collected: stands,
                amount: difference.negated(),
                entry,
            }
            .into()
        }))
    }

    /// Pays out what is payable today; nothing where nothing is.
    pub(crate) fn settle(
        &self,
        of: Uuid,
        settlement: SettlementId,
        today: Date,
    ) -> Result<Option<CommissionEvent>> {
        let amount = self.payable(today)?;
        let payable = Account::commission_payable(self.opened().agent.as_uuid());
        let entry = Entry::of_changes([(payable, amount), (Account::CASH, amount.negated())]);
        let Some(entry) = entry.map_err(Error::internal)? else {
            return Ok(None);
        };
        let entry = self.journal(of, entry, today);
        Ok(Some(
            CommissionSettled {
                settlement,
                amount,
                entry,
            }
            .into(),
        ))
    }

    fn journal(&self, of: Uuid, postings: Entry, on: Date) -> JournalEntry {
        JournalEntry {
            id: EntryId::nth(of, self.entries + 1),
            on,
            reverses: None,
            postings,
        }
    }

    /// What is clawed back is taken first of what the same money earned and is not paid out; the rest waits for the next
    /// settlement.
    fn claw_back(&mut self, allocation: AllocationId, mut amount: Money) {
        for held in self.unsettled.iter_mut().rev() {
            if held.allocation != allocation || !held.amount.is_positive() {
                continue;
            }
            let part = held.amount.min(amount).unwrap_or(held.amount);
            held.amount = held.amount.minus(part).unwrap_or(held.amount);
            amount = amount.minus(part).unwrap_or(amount);
        }
        self.unsettled.retain(|held| !held.amount.is_zero());
        if !amount.is_zero() {
            self.unsettled.push(Unsettled {
                allocation,
                payable_on: None,
                amount: amount.negated(),
            });
        }
    }
}

fn is_due(unsettled: &Unsettled, day: Date) -> bool {
    unsettled.payable_on.is_none_or(|on| on <= day)
}

impl Aggregate for Commission {
    const KIND: &'static str = "commission";
    const REDUCER: u32 = 2;
    type Event = CommissionEvent;

    fn evolve(&mut self, event: &CommissionEvent, _: Timestamp) {
        match event {
            CommissionEvent::Opened(event) => self.opened = Some(event.clone()),
            CommissionEvent::Accrued(event) => {
                self.collected.insert(event.allocation, event.collected);
                self.accrued = self.accrued().plus(event.amount).ok();
                self.entries += u32::from(event.entry.is_some());
                if !event.amount.is_zero() {
                    self.unsettled.push(Unsettled {
                        allocation: event.allocation,
                        payable_on: Some(event.payable_on),
                        amount: event.amount,
                    });
                }
            }
            CommissionEvent::ClawedBack(event) => {
                self.collected.insert(event.allocation, event.collected);
                self.accrued = self.accrued().minus(event.amount).ok();
                self.entries += u32::from(event.entry.is_some());
                self.claw_back(event.allocation, event.amount);
            }
            CommissionEvent::Settled(event) => {
                self.settled = self.settled().plus(event.amount).ok();
                self.entries += 1;
                self.unsettled.retain(|it| !is_due(it, event.entry.on));
            }
        }
    }
}
