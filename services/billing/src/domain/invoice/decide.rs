//! What becomes of what is asked of an invoice.

use jiff::civil::Date;
use medcover_contract_billing::events::{
    InvoiceAdjudicated, InvoiceAdjudicationWithdrawn, InvoiceAllocated, InvoiceClosed,
    InvoiceCredited, InvoiceDeallocated, InvoiceDrafted, InvoiceIssued, InvoicePaid,
    InvoicePremiumEarned, InvoiceVoided, InvoiceWithdrawn, InvoiceWrittenOff,
};
use medcover_contract_billing::{
    AdjudicationStanding, AllocationId, CreditNoteId, CreditRequest, InvoiceRequest, InvoiceState,
    MAX_ALLOCATIONS, Side, SideStanding, Standing, WriteOffId,
};
use medcover_kernel::{ClaimId, Error, Money, Result, Timestamp};
use medcover_ledger::{Account, AccountKind, Bounds, Entry, EntryId, JournalEntry};
use medcover_store::Aggregate as _;
use uuid::Uuid;

use super::standing::{booked, due, net, side_mut, total, with_share};
use super::state::{Given, Invoice, InvoiceEvent, Lifecycle, sum};
use crate::domain::rules::{self, money};

/// What is asked of an invoice.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Draft(Box<InvoiceRequest>),
    Issue {
        number: String,
        on: Date,
    },
    Void {
        reason: String,
        on: Date,
    },
    Withdraw {
        reason: String,
        on: Date,
    },
    Close {
        reason: String,
    },
    Adjudicate {
        decision: AdjudicationStanding,
        on: Date,
    },
    WithdrawAdjudication {
        claim: ClaimId,
        version: u32,
        on: Date,
    },
    Credit {
        request: CreditRequest,
        on: Date,
    },
    WriteOff {
        id: WriteOffId,
        side: Side,
        amount: Money,
        on: Date,
    },
    Allocate(Given),
    Deallocate {
        allocation: AllocationId,
        amount: Money,
    },
    Earn {
        through: Date,
        on: Date,
    },
}

impl Command {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Draft(_) => "draft",
            Self::Issue { .. } => "issue",
            Self::Void { .. } => "void",
            Self::Withdraw { .. } => "withdraw",
            Self::Close { .. } => "close",
            Self::Adjudicate { .. } => "adjudicate",
            Self::WithdrawAdjudication { .. } => "withdraw-adjudication",
            Self::Credit { .. } => "credit",
            Self::WriteOff { .. } => "write-off",
            Self::Allocate(_) => "allocate",
            Self::Deallocate { .. } => "deallocate",
            Self::Earn { .. } => "earn",
        }
    }
}

/// Events decided so far, and the invoice after them.
struct Steps {
    invoice: Invoice,
    events: Vec<InvoiceEvent>,
}

impl Invoice {
    /// What can be done in the state it is in.
    pub(crate) fn allowed(&self) -> &'static [&'static str] {
        match (self.lifecycle, self.state()) {
            (Lifecycle::Nothing, _) => &["draft", "close"],
            (Lifecycle::Draft, _) => &["issue", "void"],
            (Lifecycle::Void | Lifecycle::Withdrawn | Lifecycle::Closed, _) => &[],
            (Lifecycle::Issued, InvoiceState::Issued) => &[
                "void",
                "adjudicate",
                "withdraw-adjudication",
                "credit",
                "write-off",
                "allocate",
                "earn",
            ],
            (Lifecycle::Issued, InvoiceState::Paid) => &[
                "withdraw",
                "adjudicate",
                "withdraw-adjudication",
                "credit",
                "deallocate",
                "earn",
            ],
            (Lifecycle::Issued, _) => &[
                "withdraw",
                "adjudicate",
                "withdraw-adjudication",
                "credit",
                "write-off",
                "allocate",
                "deallocate",
                "earn",
            ],
        }
    }

    /// What follows from `command`; nothing where it was done before.
    pub(crate) fn decide(&self, command: Command) -> Result<Vec<InvoiceEvent>> {
        let (name, allowed) = (command.name(), self.allowed());
        if !allowed.contains(&name) {
            let state = match self.lifecycle {
                Lifecycle::Nothing => "not-there",
                Lifecycle::Withdrawn => "withdrawn",
                _ => self.state().name(),
            };
            return Err(Error::illegal_transition("invoice", state, name, allowed));
        }
        let mut steps = Steps {
            invoice: self.clone(),
            events: Vec::new(),
        };
        match command {
            Command::Draft(request) => steps.draft(*request)?,
            Command::Issue { number, on } => steps.issue(number, on)?,
            Command::Void { reason, on } => steps.void(reason, on)?,
            Command::Withdraw { reason, on } => steps.withdraw(reason, on)?,
            Command::Close { reason } => steps.push(InvoiceClosed { reason }),
            Command::Adjudicate { decision, on } => steps.adjudicate(decision, on)?,
            Command::WithdrawAdjudication { claim, version, on } => {
                steps.withdraw_adjudication(claim, version, on)?;
            }
            Command::Credit { request, on } => steps.credit(request, on)?,
            Command::WriteOff {
                id,
                side,
                amount,
                on,
            } => steps.write_off(id, side, amount, on)?,
            Command::Allocate(given) => steps.allocate(given)?,
            Command::Deallocate { allocation, amount } => steps.deallocate(allocation, amount)?,
            Command::Earn { through, on } => steps.earn(through, on)?,
        }
        steps.note_paid(self);
        Ok(steps.events)
    }
}

impl Steps {
    fn push(&mut self, event: impl Into<InvoiceEvent>) {
        let event = event.into();
        // No state of an invoice depends on the moment of its events.
        self.invoice.evolve(&event, Timestamp::from_micros(0));
        self.events.push(event);
    }

    /// The entry that takes the invoice from how it stands to `after`, refused by the ledger where a side would owe less
    /// than nothing.
    fn entry(&self, after: &Standing, earned: Money, on: Date) -> Result<Option<JournalEntry>> {
        let invoice = &self.invoice;
        let before = invoice.standing();
        let earned = (invoice.earned(), earned);
        let Some(postings) = booked(invoice.request(), &before, after, earned)? else {
            return Ok(None);
        };
        self.hold(&postings)?;
        check_open(after)?;
        Ok(Some(JournalEntry {
            id: EntryId::nth(invoice.request().id.as_uuid(), invoice.entries + 1),
            on,
            reverses: None,
            postings,
        }))
    }

    fn hold(&self, entry: &Entry) -> Result<()> {
        let floors = |account: Account| match account.kind() {
            AccountKind::PatientReceivable
            | AccountKind::PayerReceivable
            | AccountKind::PremiumReceivable => Bounds::FLOOR_ZERO,
            _ => Bounds::NONE,
        };
        let posted = self.invoice.book.clone().post(entry, floors);
        posted.map_err(|_| exceeds_open())
    }

    fn note_paid(&mut self, before: &Invoice) {
        let paid = InvoiceState::Paid;
        if self.invoice.state() == paid && before.state() != paid {
            let request = self.invoice.request();
            let event = InvoicePaid {
                patient: request.patient,
                agent: request.agent,
                total: self.invoice.total.expect("it was drafted"),
            };
            self.push(event);
        }
    }

    fn draft(&mut self, request: InvoiceRequest) -> Result<()> {
        let total = sum(&request.lines)?;
        self.push(InvoiceDrafted { request, total });
        Ok(())
    }

    fn issue(&mut self, number: String, on: Date) -> Result<()> {
        let request = self.invoice.request();
        let (patient, total) = (request.patient, self.invoice.total.expect("it was drafted"));
        let mut standing = Standing::nothing(total.currency());
        let side = match request.payer {
            Some(_) => Side::Payer,
            None => Side::Patient,
        };
        *side_mut(&mut standing, side) = SideStanding::of(total);
        let entry = self.entry(&standing, self.invoice.earned(), on)?;
        self.push(InvoiceIssued {
            patient,
            number,
            on,
            standing,
            entry,
        });
        Ok(())
    }

    fn void(&mut self, reason: String, on: Date) -> Result<()> {
        rules::text("/reason", &reason)?;
        let currency = self.invoice.currency();
        let entry = self.entry(&Standing::nothing(currency), Money::zero(currency), on)?;
        self.push(InvoiceVoided { reason, entry });
        Ok(())
    }

    /// Gives up all that either side owes or has paid, for good: a decision of the insurer that comes later would let it owe
    /// again beside the invoice that takes its place. The ids of the notes follow from the invoice and from how many it had.
    fn withdraw(&mut self, reason: String, on: Date) -> Result<()> {
        let id = self.invoice.request().id.as_uuid();
        for side in [Side::Patient, Side::Payer] {
            let amount = due(self.invoice.standing().side(side))?;
            if amount.is_positive() {
                let name = format!("withdrawn {side:?} {}", self.invoice.notes.len());
                let request = CreditRequest {
                    id: CreditNoteId::from_uuid(Uuid::new_v5(&id, name.as_bytes())),
                    side,
                    amount,
                    reason: reason.clone(),
                };
                self.credit(request, on)?;
            }
        }
        self.push(InvoiceWithdrawn { reason });
        Ok(())
    }

    fn adjudicate(&mut self, decision: AdjudicationStanding, on: Date) -> Result<()> {
        let invoice = &self.invoice;
        if invoice.request().payer.is_none() {
            return Err(rules::refused(
                "no-payer",
                "The invoice was issued without a payer: there is no claim for it.",
            ));
        }
        rules::not_negative("/contractual", decision.contractual)?;
        rules::not_negative("/patient", decision.patient)?;
        rules::not_negative("/payer", decision.payer)?;
        if invoice.withdrawn.get(&decision.claim) >= Some(&decision.version) {
            return Err(rules::conflict(
                "adjudication-withdrawn",
                "That adjudication was withdrawn; a new one has a higher version.",
            ));
        }
        if let Some(current) = invoice.adjudication.as_ref().filter(|it| !it.withdrawn) {
            if current.claim != decision.claim {
                return Err(rules::conflict(
                    "claim-differs",
                    "The invoice is adjudicated by another claim.",
                ));
            }
            if current.version == decision.version && *current != decision {
                return Err(rules::content_differs("adjudication"));
            }
            if current.version >= decision.version {
                return Ok(());
            }
        }
        let sum = decision.contractual.plus(decision.patient);
        let sum = sum.and_then(|sum| sum.plus(decision.payer));
        if sum.map_err(money)? != total(&invoice.standing())? {
            return Err(rules::refused(
                "adjudication-unbalanced",
                "The parts are not what was billed: contractual + patient + payer must be the total of the invoice.",
            ));
        }
        let parts = (decision.contractual, decision.patient, decision.payer);
        let (standing, entry) = self.divide(parts, on)?;
        self.push(InvoiceAdjudicated {
            adjudication: decision,
            standing,
            entry,
        });
        Ok(())
    }

    fn withdraw_adjudication(&mut self, claim: ClaimId, version: u32, on: Date) -> Result<()> {
        let invoice = &self.invoice;
        if invoice.withdrawn.get(&claim) >= Some(&version) {
            return Ok(());
        }
        let all = total(&invoice.standing())?;
        let nothing = Money::zero(all.currency());
        let adjudication = AdjudicationStanding {
            claim,
            version,
            withdrawn: true,
            contractual: nothing,
            patient: nothing,
            payer: all,
        };
        let current = invoice.adjudication.as_ref();
        let stands =
            current.is_some_and(|it| !it.withdrawn && it.claim == claim && it.version <= version);
        let (standing, entry) = if stands {
            self.divide((nothing, nothing, all), on)?
        } else {
            (invoice.standing(), None)
        };
        self.push(InvoiceAdjudicationWithdrawn {
            adjudication,
            standing,
            entry,
        });
        Ok(())
    }

    /// Gives contractual adjustment, patient and payer these parts of the total, and releases what was paid beyond.
    fn divide(
        &mut self,
        (contractual, patient, payer): (Money, Money, Money),
        on: Date,
    ) -> Result<(Standing, Option<JournalEntry>)> {
        let shares = |standing: &Standing| -> Result<Standing> {
            Ok(Standing {
                contractual,
                patient: with_share(&standing.patient, patient)?,
                payer: with_share(&standing.payer, payer)?,
            })
        };
        let after = shares(&self.invoice.standing())?;
        self.release_beyond(&after)?;
        let after = shares(&self.invoice.standing())?;
        let entry = self.entry(&after, self.invoice.earned(), on)?;
        Ok((after, entry))
    }

    fn credit(&mut self, request: CreditRequest, on: Date) -> Result<()> {
        if let Some(known) = self.invoice.notes.get(&request.id) {
            if *known == request {
                return Ok(());
            }
            return Err(rules::content_differs("credit note"));
        }
        rules::positive("/amount", request.amount)?;
        rules::text("/reason", &request.reason)?;
        let mut after = self.invoice.standing();
        let side = side_mut(&mut after, request.side);
        side.credited = side.credited.plus(request.amount).map_err(money)?;
        if due(side)?.is_negative() {
            return Err(rules::refused(
                "exceeds-open",
                "That is more than that side of the invoice ever owed.",
            ));
        }
        self.release_beyond(&after)?;
        let mut after = self.invoice.standing();
        let side = side_mut(&mut after, request.side);
        side.credited = side.credited.plus(request.amount).map_err(money)?;
        let earned = self.invoice.earned().min(net(&after)?).map_err(money)?;
        let entry = self.entry(&after, earned, on)?;
        self.push(InvoiceCredited {
            note: request.id,
            side: request.side,
            amount: request.amount,
            reason: request.reason,
            standing: after,
            entry: entry.expect("an amount above zero is booked"),
        });
        Ok(())
    }

    /// Releases, the last first, what was paid beyond what is due by `after`.
    fn release_beyond(&mut self, after: &Standing) -> Result<()> {
        for side in [Side::Patient, Side::Payer] {
            let due = due(after.side(side))?;
            loop {
                let paid = self.invoice.standing().side(side).allocated;
                let beyond = paid.minus(due).map_err(money)?;
                if !beyond.is_positive() {
                    break;
                }
                let last = self.invoice.given.iter().rev().find(|it| it.side == side);
                let last = *last.expect("what is paid was given by somebody");
                let amount = beyond.min(last.amount).map_err(money)?;
                self.deallocate(last.allocation, amount)?;
            }
        }
        Ok(())
    }

    fn write_off(&mut self, id: WriteOffId, side: Side, amount: Money, on: Date) -> Result<()> {
        rules::positive("/amount", amount)?;
        if self.invoice.write_offs.contains(&id) {
            return Ok(());
        }
        let mut after = self.invoice.standing();
        let changed = side_mut(&mut after, side);
        changed.written_off = changed.written_off.plus(amount).map_err(money)?;
        let entry = self.entry(&after, self.invoice.earned(), on)?;
        self.push(InvoiceWrittenOff {
            write_off: id,
            side,
            amount,
            standing: after,
            entry: entry.expect("an amount above zero is booked"),
        });
        Ok(())
    }

    fn allocate(&mut self, given: Given) -> Result<()> {
        let Given {
            payment,
            allocation,
            side,
            amount,
        } = given;
        if self.invoice.given.len() >= MAX_ALLOCATIONS {
            return Err(rules::refused(
                "too-many",
                format!("At most {MAX_ALLOCATIONS} payments stand against an invoice."),
            ));
        }
        if amount.currency() != self.invoice.currency() {
            return Err(rules::refused(
                "currency-differs",
                "The payment is of another currency than the invoice.",
            ));
        }
        self.hold(&self.invoice.mirrored(side, amount)?)?;
        let mut standing = self.invoice.standing();
        let changed = side_mut(&mut standing, side);
        changed.allocated = changed.allocated.plus(amount).map_err(money)?;
        check_open(&standing)?;
        self.push(InvoiceAllocated {
            payment,
            allocation,
            side,
            amount,
            standing,
        });
        Ok(())
    }

    fn deallocate(&mut self, allocation: AllocationId, amount: Money) -> Result<()> {
        let known = self.invoice.given.iter();
        let known = known.copied().find(|it| it.allocation == allocation);
        let given = known.ok_or_else(|| Error::internal("the invoice knows no such allocation"))?;
        if amount.exceeds(given.amount).map_err(money)? {
            return Err(Error::internal("more is released than was given"));
        }
        let Given { payment, side, .. } = given;
        let mut standing = self.invoice.standing();
        let changed = side_mut(&mut standing, side);
        changed.allocated = changed.allocated.minus(amount).map_err(money)?;
        self.push(InvoiceDeallocated {
            payment,
            allocation,
            side,
            amount,
            standing,
        });
        Ok(())
    }

    fn earn(&mut self, through: Date, on: Date) -> Result<()> {
        let request = self.invoice.request();
        let (Some(from), Some(to)) = (request.covers_from, request.covers_to) else {
            return Err(rules::refused(
                "no-premium",
                "Only premiums are earned as time passes.",
            ));
        };
        let days = |until: Date| -> i128 {
            let span = until.since(from).map_or(0, |span| span.get_days());
            i128::from(span) + 1
        };
        let all = days(to);
        let passed = if through < from {
            0
        } else {
            days(through).min(all)
        };
        let net = net(&self.invoice.standing())?;
        // The whole is reached on the last day, whatever was rounded down before.
        let minor = i128::from(net.minor()) * passed / all;
        let minor = i64::try_from(minor).map_err(Error::internal)?;
        let earned = Money::new(minor, net.currency()).map_err(money)?;
        if !earned.exceeds(self.invoice.earned()).map_err(money)? {
            return Ok(());
        }
        let entry = self.entry(&self.invoice.standing(), earned, on)?;
        self.push(InvoicePremiumEarned {
            through,
            earned,
            entry,
        });
        Ok(())
    }
}

/// No side owes less than nothing, even where both owe on one account.
fn check_open(standing: &Standing) -> Result<()> {
    for side in [Side::Patient, Side::Payer] {
        if standing.open_on(side).map_err(money)?.is_negative() {
            return Err(exceeds_open());
        }
    }
    Ok(())
}

fn exceeds_open() -> Error {
    rules::refused(
        "exceeds-open",
        "That is more than is open on that side of the invoice.",
    )
}
