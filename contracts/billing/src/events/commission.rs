//! Agents `agent/<id>`, plans `commission-plan/<id>`, what is earned `commission/<key of agent, plan, currency, year>`, and
//! what is paid out `commission-settlement/<id>`.

use jiff::civil::Date;
use medcover_kernel::{BasisPoints, Currency, InvoiceId, Money, PaymentId, Rounding};
use medcover_ledger::{Account, AccountKind, JournalEntry};
use medcover_store::{EventExample, event};

use super::sample::{DAY, ID, INVOICE, PAYMENT, entry, usd};
use crate::{AgentId, AllocationId, CommissionPlanId, CommissionTerms, SettlementId, Tier};

const AGENT: AgentId = AgentId::from_uuid(ID);
const PLAN: CommissionPlanId = CommissionPlanId::from_uuid(ID);
const EXPENSE: Account = Account::of(AccountKind::CommissionExpense);
const PAYABLE: Account = Account::commission_payable(ID);

fn terms() -> CommissionTerms {
    CommissionTerms {
        tiers: vec![Tier {
            from_minor: 0,
            to_minor: None,
            rate: BasisPoints::new(500).expect("5 %"),
        }],
        rounding: Rounding::HalfEven,
        hold_back_days: 30,
    }
}

event! {
    /// A plan was made.
    pub CommissionPlanMade = "commission-plan.made", 1 {
        /// What people call it.
        name: String = "Five of a hundred".to_owned(),
        /// What is earned.
        terms: CommissionTerms = terms(),
    }
}
event! {
    /// An agent was registered.
    pub AgentRegistered = "agent.registered", 1 {
        /// The name.
        name: String = "Rossi & Daughters".to_owned(),
        /// What they earn.
        plan: CommissionPlanId = PLAN,
    }
}
event! {
    /// An agent has another plan, for what is collected from now on.
    pub AgentPlanAssigned = "agent.plan-assigned", 1 {
        /// What they earn.
        plan: CommissionPlanId = PLAN,
    }
}
event! {
    /// An agent earned for the first time under a plan, in a currency and year.
    pub AgentAccountOpened = "agent.account-opened", 1 {
        /// The plan.
        plan: CommissionPlanId = PLAN,
        /// The currency.
        currency: Currency = Currency::USD,
        /// The year.
        year: i16 = 2026,
    }
}
event! {
    /// What an agent earns under a plan, in a currency and year, has a place.
    pub CommissionOpened = "commission.opened", 1 {
        /// Who.
        agent: AgentId = AGENT,
        /// The plan.
        plan: CommissionPlanId = PLAN,
        /// The currency.
        currency: Currency = Currency::USD,
        /// The year.
        year: i16 = 2026,
        /// What is earned.
        terms: CommissionTerms = terms(),
    }
}
event! {
    /// More was collected, and a commission earned.
    pub CommissionAccrued = "commission.accrued", 1 {
        /// Whose money.
        payment: PaymentId = PAYMENT,
        /// Its allocation.
        allocation: AllocationId = AllocationId::from_uuid(ID),
        /// Against which invoice.
        invoice: InvoiceId = INVOICE,
        /// What stands of the allocation now.
        collected: Money = usd(10_000),
        /// What is earned more, by the difference of all that was collected.
        amount: Money = usd(10_000),
        /// From which day on it is payable.
        payable_on: Date = DAY,
        /// What is booked, unless it rounds to nothing.
        entry: Option<JournalEntry> = Some(entry(EXPENSE, PAYABLE)),
    }
}
event! {
    /// Less was collected than before, and a commission taken back in proportion.
    pub CommissionClawedBack = "commission.clawed-back", 1 {
        /// Whose money.
        payment: PaymentId = PAYMENT,
        /// Its allocation.
        allocation: AllocationId = AllocationId::from_uuid(ID),
        /// Against which invoice.
        invoice: InvoiceId = INVOICE,
        /// What stands of the allocation now.
        collected: Money = usd(0),
        /// What is earned less, by the difference of all that was collected.
        amount: Money = usd(10_000),
        /// What is booked, unless it rounds to nothing.
        entry: Option<JournalEntry> = Some(entry(PAYABLE, EXPENSE)),
    }
}
event! {
    /// What was payable was paid out.
    pub CommissionSettled = "commission.settled", 1 {
        /// With what else.
        settlement: SettlementId = SettlementId::from_uuid(ID),
        /// How much; below zero where more was clawed back than earned since.
        amount: Money = usd(10_000),
        /// What is booked.
        entry: JournalEntry = entry(PAYABLE, Account::CASH),
    }
}
event! {
    /// An agent was paid.
    pub CommissionSettlementMade = "commission-settlement.made", 1 {
        /// Who.
        agent: AgentId = AGENT,
        /// How much.
        amount: Money = usd(10_000),
    }
}

pub(super) fn examples() -> Vec<EventExample> {
    vec![
        CommissionPlanMade::described(),
        AgentRegistered::described(),
        AgentPlanAssigned::described(),
        AgentAccountOpened::described(),
        CommissionOpened::described(),
        CommissionAccrued::described(),
        CommissionClawedBack::described(),
        CommissionSettled::described(),
        CommissionSettlementMade::described(),
    ]
}
