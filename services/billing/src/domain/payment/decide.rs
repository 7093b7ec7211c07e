//! What becomes of what is asked of a payment.

use jiff::civil::Date;
use medcover_contract_billing::events::{
    PaymentAllocated, PaymentAllocationClosed, PaymentChargedBack, PaymentCompleted,
    PaymentCreated, PaymentDeallocated, PaymentFailed, PaymentPending, PaymentRefundApproved,
    PaymentRefundHeld, PaymentRefundPaid, PaymentRefundReleased, PaymentUnknown,
};
use medcover_contract_billing::{
    AgentId, AllocationId, MAX_ALLOCATIONS, PaymentMethod, PaymentRequest, PaymentState, RefundId,
    Side,
};
use medcover_kernel::{Error, InvoiceId, Money, Result, Timestamp};
use medcover_ledger::{
    Account, AccountKind, BoundError, Bounds, Entry, EntryId, JournalEntry, Layer,
};
use medcover_store::Aggregate as _;

use super::state::{Payment, PaymentEvent, Stage};
use crate::domain::rules::{self, money};

const PAYABLE: Account = Account::of(AccountKind::RefundsPayable);
const SUSPENSE: Account = Account::of(AccountKind::Suspense);

/// Money to be put against an invoice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Put {
    pub(crate) id: AllocationId,
    pub(crate) invoice: InvoiceId,
    pub(crate) side: Side,
    pub(crate) amount: Money,
    /// What the invoice owes on.
    pub(crate) receivable: Account,
    pub(crate) agent: Option<AgentId>,
    pub(crate) on: Date,
}

/// What is asked of a payment.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Create(Box<PaymentRequest>),
    Begin {
        on: Date,
    },
    Succeed {
        reference: Option<String>,
        /// What of it a payer kept back for reasons of its own, or added where it is below zero.
        kept_back: Option<Money>,
        on: Date,
    },
    Fail {
        reference: Option<String>,
        on: Date,
    },
    Lose,
    ChargeBack {
        reason: String,
        on: Date,
    },
    Allocate(Put),
    Deallocate {
        id: AllocationId,
        /// How much of it; all that stands where nothing is said.
        amount: Option<Money>,
        reason: String,
        on: Date,
    },
    /// What never was cannot be made any more, and what was taken back neither.
    CloseAllocation(AllocationId),
    HoldRefund {
        refund: RefundId,
        amount: Money,
        on: Date,
    },
    ApproveRefund {
        refund: RefundId,
        on: Date,
    },
    ReleaseRefund {
        refund: RefundId,
        on: Date,
    },
    PayRefund {
        refund: RefundId,
        on: Date,
    },
}

impl Command {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Begin { .. } => "begin",
            Self::Succeed { .. } => "succeed",
            Self::Fail { .. } => "fail",
            Self::Lose => "lose",
            Self::ChargeBack { .. } => "charge-back",
            Self::Allocate(_) => "allocate",
            Self::Deallocate { .. } => "deallocate",
            Self::CloseAllocation(_) => "close-allocation",
            Self::HoldRefund { .. } => "hold-refund",
            Self::ApproveRefund { .. } => "approve-refund",
            Self::ReleaseRefund { .. } => "release-refund",
            Self::PayRefund { .. } => "pay-refund",
        }
    }
}

/// Checks what is asked for.
pub(crate) fn check(request: &PaymentRequest) -> Result<()> {
    rules::positive("/amount", request.amount)?;
    rules::maybe_text("/reference", request.reference.as_deref())?;
    if request.method == PaymentMethod::Remittance {
        return Err(Error::invalid(
            "/method",
            "such a payment is made by posting its remittance",
        ));
    }
    if request.terminal.is_some() && request.method != PaymentMethod::Card {
        return Err(Error::invalid("/terminal", "only a card has a terminal"));
    }
    if request.allocate && request.invoice.is_none() {
        return Err(Error::invalid("/invoice", "is where it is to be put"));
    }
    Ok(())
}

/// Events decided so far, and the payment after them.
struct Steps {
    payment: Payment,
    events: Vec<PaymentEvent>,
}

impl Payment {
    /// What can be done in the state it is in.
    pub(crate) const fn allowed(&self) -> &'static [&'static str] {
        if self.request.is_none() {
            return &["create"];
        }
        match self.state {
            PaymentState::Created => &["begin", "close-allocation"],
            PaymentState::Pending => &["succeed", "fail", "lose", "close-allocation"],
            PaymentState::Unknown => &["succeed", "fail", "close-allocation"],
            PaymentState::Succeeded => &[
                "allocate",
                "deallocate",
                "close-allocation",
                "hold-refund",
                "approve-refund",
                "release-refund",
                "pay-refund",
                "charge-back",
            ],
            PaymentState::Failed | PaymentState::ChargedBack => &["close-allocation"],
        }
    }

    /// What follows from `command`; nothing where it was done before.
    pub(crate) fn decide(&self, command: Command) -> Result<Vec<PaymentEvent>> {
        let (name, allowed) = (command.name(), self.allowed());
        if !allowed.contains(&name) {
            let state = if self.exists() {
                self.state.name()
            } else {
                "not-there"
            };
            return Err(Error::illegal_transition("payment", state, name, allowed));
        }
        let mut steps = Steps {
            payment: self.clone(),
            events: Vec::new(),
        };
        match command {
            Command::Create(request) => steps.push(PaymentCreated { request: *request }),
            Command::Begin { on } => steps.begin(on)?,
            Command::Succeed {
                reference,
                kept_back,
                on,
            } => steps.succeed(reference, kept_back, on)?,
            Command::Fail { reference, on } => steps.fail(reference, on),
            Command::Lose => steps.push(PaymentUnknown {}),
            Command::ChargeBack { reason, on } => steps.charge_back(reason, on)?,
            Command::Allocate(put) => steps.allocate(put)?,
            Command::Deallocate {
                id,
                amount,
                reason,
                on,
            } => steps.deallocate(id, amount, reason, on)?,
            Command::CloseAllocation(id) => steps.close(id),
            Command::HoldRefund { refund, amount, on } => steps.hold_refund(refund, amount, on)?,
            Command::ApproveRefund { refund, on } => steps.approve_refund(refund, on)?,
            Command::ReleaseRefund { refund, on } => steps.release_refund(refund, on)?,
            Command::PayRefund { refund, on } => steps.pay_refund(refund, on)?,
        }
        Ok(steps.events)
    }
}

impl Steps {
    fn push(&mut self, event: impl Into<PaymentEvent>) {
        let event = event.into();
        // No state of a payment depends on the moment of its events.
        self.payment.evolve(&event, Timestamp::from_micros(0));
        self.events.push(event);
    }

    fn journal(&self, postings: Entry, on: Date) -> JournalEntry {
        JournalEntry {
            id: EntryId::nth(
                self.payment.request().id.as_uuid(),
                self.payment.entries + 1,
            ),
            on,
            reverses: None,
            postings,
        }
    }

    /// `postings` as an entry, if the ledger takes it: neither cash nor unapplied cash of a payment falls below zero.
    fn held(&self, postings: Entry, on: Date) -> Result<JournalEntry> {
        let floors = |account: Account| match account.kind() {
            AccountKind::Cash | AccountKind::UnappliedCash => Bounds::FLOOR_ZERO,
            _ => Bounds::NONE,
        };
        let posted = self.payment.book.clone().post(&postings, floors);
        posted.map_err(|error| beyond(&error))?;
        Ok(self.journal(postings, on))
    }

    fn begin(&mut self, on: Date) -> Result<()> {
        let (unapplied, amount) = (self.payment.unapplied_cash(), self.payment.request().amount);
        let pending = Entry::transfer_in(Layer::Pending, Account::CASH, unapplied, amount);
        let entry = self.journal(pending.map_err(Error::internal)?, on);
        self.push(PaymentPending { entry });
        Ok(())
    }

    /// What was pending is taken back, and the same is settled, less what was kept back.
    fn succeed(
        &mut self,
        reference: Option<String>,
        kept_back: Option<Money>,
        on: Date,
    ) -> Result<()> {
        let request = self.payment.request().clone();
        let kept_back = kept_back.unwrap_or_else(|| Money::zero(request.amount.currency()));
        let here = request.amount.minus(kept_back).map_err(money)?;
        let settled = Entry::of_changes([
            (Account::CASH, here),
            (SUSPENSE, kept_back),
            (self.payment.unapplied_cash(), request.amount.negated()),
        ]);
        let settled = settled.map_err(Error::internal)?;
        let settled = settled.expect("an amount above zero is booked");
        let postings = match &self.payment.pending {
            Some(pending) => pending.postings.reversed().and(settled),
            None => Ok(settled),
        };
        let entry = self.journal(postings.map_err(Error::internal)?, on);
        self.push(PaymentCompleted {
            from: request.from,
            amount: request.amount,
            method: request.method,
            invoice: request.invoice,
            allocate: request.allocate,
            reference: reference.or(request.reference),
            entry,
        });
        Ok(())
    }

    fn fail(&mut self, reference: Option<String>, on: Date) {
        let pending = self.payment.pending.clone();
        let entry = pending.map(|pending| JournalEntry {
            reverses: Some(pending.id),
            ..self.journal(pending.postings.reversed(), on)
        });
        self.push(PaymentFailed { reference, entry });
    }

    fn allocate(&mut self, put: Put) -> Result<()> {
        let Put {
            id,
            invoice,
            side,
            amount,
            receivable,
            agent,
            on,
        } = put;
        rules::positive("/amount", amount)?;
        if self.payment.closed.contains(&id) {
            return Err(rules::conflict(
                "allocation-closed",
                "That allocation was taken back; a new one has a new id.",
            ));
        }
        if let Some(known) = self.payment.allocation(id) {
            if (known.invoice, known.asked) == (invoice, amount) {
                return Ok(());
            }
            return Err(rules::content_differs("allocation"));
        }
        if self.payment.allocations.len() >= MAX_ALLOCATIONS {
            return Err(rules::refused(
                "too-many",
                format!("A payment is put against at most {MAX_ALLOCATIONS} invoices."),
            ));
        }
        if amount.currency() != self.payment.currency() {
            return Err(rules::refused(
                "currency-differs",
                "The payment is of another currency.",
            ));
        }
        let entry = transfer(self.payment.unapplied_cash(), receivable, amount)?;
        let entry = self.held(entry, on)?;
        self.push(PaymentAllocated {
            allocation: id,
            invoice,
            side,
            amount,
            agent,
            entry,
        });
        Ok(())
    }

    fn deallocate(
        &mut self,
        id: AllocationId,
        amount: Option<Money>,
        reason: String,
        on: Date,
    ) -> Result<()> {
        let known = self.payment.allocation(id).cloned();
        let known = known.ok_or_else(|| Error::internal("the payment knows no such allocation"))?;
        let amount = amount.unwrap_or(known.amount);
        if !amount.is_positive() {
            return Ok(());
        }
        if amount.exceeds(known.amount).map_err(money)? {
            return Err(Error::internal("more is released than stands"));
        }
        let entry = transfer(known.receivable, self.payment.unapplied_cash(), amount)?;
        let entry = self.journal(entry, on);
        self.push(PaymentDeallocated {
            allocation: id,
            invoice: known.invoice,
            amount,
            reason,
            agent: known.agent,
            entry,
        });
        Ok(())
    }

    fn close(&mut self, id: AllocationId) {
        if !self.payment.closed.contains(&id) {
            self.push(PaymentAllocationClosed { allocation: id });
        }
    }

    /// Frees `amount` of unapplied cash, from the last allocations where there is not enough.
    fn free(&mut self, amount: Money, reason: &str, on: Date) -> Result<()> {
        while amount.exceeds(self.payment.unapplied()).map_err(money)? {
            let missing = amount.minus(self.payment.unapplied()).map_err(money)?;
            let mut standing = self.payment.allocations.iter().rev();
            let last = standing.find(|it| it.amount.is_positive()).cloned();
            let last = last.ok_or_else(|| Error::internal("money of the payment is missing"))?;
            let part = missing.min(last.amount).map_err(money)?;
            self.deallocate(last.id, Some(part), reason.to_owned(), on)?;
        }
        Ok(())
    }

    fn hold_refund(&mut self, refund: RefundId, amount: Money, on: Date) -> Result<()> {
        rules::positive("/amount", amount)?;
        if amount.currency() != self.payment.currency() {
            return Err(rules::refused(
                "currency-differs",
                "The payment is of another currency.",
            ));
        }
        let hold = Entry::transfer_in(Layer::Reserved, PAYABLE, Account::CASH, amount);
        let entry = self.held(hold.map_err(Error::internal)?, on)?;
        self.push(PaymentRefundHeld {
            refund,
            amount,
            entry,
        });
        Ok(())
    }

    fn refund(&self, refund: RefundId, stages: &[Stage]) -> Result<(Money, Stage)> {
        let known = self.payment.refunds.get(&refund).copied();
        let known = known.filter(|(_, stage)| stages.contains(stage));
        known.ok_or_else(|| Error::internal("the payment knows no such refund"))
    }

    fn approve_refund(&mut self, refund: RefundId, on: Date) -> Result<()> {
        let (amount, _) = self.refund(refund, &[Stage::Held])?;
        self.free(amount, "refund", on)?;
        let entry = transfer(self.payment.unapplied_cash(), PAYABLE, amount)?;
        let entry = self.held(entry, on)?;
        self.push(PaymentRefundApproved {
            refund,
            amount,
            entry,
        });
        Ok(())
    }

    fn release_refund(&mut self, refund: RefundId, on: Date) -> Result<()> {
        let (amount, stage) = self.refund(refund, &[Stage::Held, Stage::Approved])?;
        let mut postings = hold_taken_back(amount)?;
        if stage == Stage::Approved {
            let back = transfer(PAYABLE, self.payment.unapplied_cash(), amount)?;
            postings = postings.and(back).map_err(Error::internal)?;
        }
        let entry = self.journal(postings, on);
        self.push(PaymentRefundReleased {
            refund,
            amount,
            entry,
        });
        Ok(())
    }

    fn pay_refund(&mut self, refund: RefundId, on: Date) -> Result<()> {
        let (amount, _) = self.refund(refund, &[Stage::Approved])?;
        let paid = transfer(PAYABLE, Account::CASH, amount)?;
        let postings = hold_taken_back(amount)?.and(paid);
        let entry = self.held(postings.map_err(Error::internal)?, on)?;
        self.push(PaymentRefundPaid {
            refund,
            amount,
            entry,
        });
        Ok(())
    }

    fn charge_back(&mut self, reason: String, on: Date) -> Result<()> {
        rules::text("/reason", &reason)?;
        if self.payment.request().method == PaymentMethod::Remittance {
            return Err(rules::refused(
                "remittance-not-charged-back",
                "A payer takes money back with another remittance.",
            ));
        }
        let in_flight = self.payment.refunds_in(&[Stage::Held, Stage::Approved]);
        if in_flight.is_positive() {
            return Err(rules::conflict(
                "refund-in-flight",
                "A refund of the payment is under way; reject it or find out what became of it first.",
            ));
        }
        let amount = self.payment.refundable();
        self.free(amount, "charge-back", on)?;
        let entry = if amount.is_positive() {
            let back = transfer(self.payment.unapplied_cash(), Account::CASH, amount)?;
            Some(self.held(back, on)?)
        } else {
            None
        };
        self.push(PaymentChargedBack {
            reason,
            amount,
            entry,
        });
        Ok(())
    }
}

fn transfer(debit: Account, credit: Account, amount: Money) -> Result<Entry> {
    Entry::transfer(debit, credit, amount).map_err(Error::internal)
}

fn hold_taken_back(amount: Money) -> Result<Entry> {
    let hold = Entry::transfer_in(Layer::Reserved, PAYABLE, Account::CASH, amount);
    Ok(hold.map_err(Error::internal)?.reversed())
}

fn beyond(error: &BoundError) -> Error {
    if error.account == Account::CASH {
        rules::refused(
            "refund-exceeds-payment",
            "That is more than is left of the payment to be given back.",
        )
    } else {
        rules::refused(
            "exceeds-unapplied",
            "That is more than is left of the payment to be put against invoices.",
        )
    }
}
