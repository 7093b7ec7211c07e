//! The chart of accounts.

use std::fmt;
use std::str::FromStr;

use medcover_kernel::{PatientId, PolicyId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// On which side an account grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What one has and what one spends.
    Debit,
    /// What one owes and what one earns.
    Credit,
}

/// For whom an account is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// For the house as a whole.
    House,
    /// For each patient.
    Patient,
    /// For each payer.
    Payer,
    /// For each patient and payer who has paid more than was due yet.
    Party,
    /// For each policy.
    Policy,
    /// For each agent.
    Agent,
    /// For each accumulator of a member, which is a book of its own.
    Accumulator,
}

macro_rules! chart {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal, $side:ident, $holder:ident;)+) => {
        /// What an account is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum AccountKind {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl AccountKind {
            /// The whole chart.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The name, as it stands in entries and answers.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// On which side it grows.
            pub const fn normal(self) -> Side {
                match self {
                    $(Self::$kind => Side::$side,)+
                }
            }

            /// For whom it is kept.
            pub const fn holder(self) -> Holder {
                match self {
                    $(Self::$kind => Holder::$holder,)+
                }
            }
        }
    };
}

chart! {
    /// Money in the house and at the bank.
    Cash = "cash", Debit, House;
    /// What a payer owes for care.
    PayerReceivable = "payer-receivable", Debit, Payer;
    /// What a patient owes for care.
    PatientReceivable = "patient-receivable", Debit, Patient;
    /// What a policyholder owes in premiums.
    PremiumReceivable = "premium-receivable", Debit, Policy;
    /// Earned by care.
    Revenue = "revenue", Credit, House;
    /// Earned by care and given up by contract with a payer.
    ContractualAdjustment = "contractual-adjustment", Debit, House;
    /// Owed and not expected any more.
    BadDebt = "bad-debt", Debit, House;
    /// Paid, and not yet put against an invoice.
    UnappliedCash = "unapplied-cash", Credit, Party;
    /// Refunds that are agreed and not paid out.
    RefundsPayable = "refunds-payable", Credit, House;
    /// Premiums for time that has not passed.
    UnearnedPremium = "unearned-premium", Credit, House;
    /// Premiums for time that has passed.
    PremiumRevenue = "premium-revenue", Credit, House;
    /// What claims cost the insurer.
    ClaimsExpense = "claims-expense", Debit, House;
    /// What the insurer owes for claims.
    ClaimsPayable = "claims-payable", Credit, Payer;
    /// What agents have earned.
    CommissionExpense = "commission-expense", Debit, House;
    /// What agents are owed.
    CommissionPayable = "commission-payable", Credit, Agent;
    /// What is not yet understood.
    Suspense = "suspense", Debit, House;
    /// What is left of a benefit: of a deductible, an out-of-pocket maximum, a limit.
    Benefit = "benefit", Credit, Accumulator;
}

impl fmt::Display for AccountKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AccountKind {
    type Err = AccountError;
    fn from_str(name: &str) -> Result<Self, AccountError> {
        let found = Self::ALL.iter().find(|kind| kind.name() == name);
        found.copied().ok_or(AccountError)
    }
}

/// An account: `cash`, or `patient-receivable:0198…` where it is kept for each holder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Account {
    kind: AccountKind,
    holder: Option<Uuid>,
}

/// Not an account of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an account of the chart, with the id of its holder where it has one")]
pub struct AccountError;

impl Account {
    /// Money in the house and at the bank.
    pub const CASH: Self = Self::of(AccountKind::Cash);

    /// An account of the house as a whole. Panics where the kind is kept for each holder.
    pub const fn of(kind: AccountKind) -> Self {
        assert!(
            matches!(kind.holder(), Holder::House),
            "the account is kept for each holder"
        );
        Self { kind, holder: None }
    }

    /// The account of `holder`. Panics where the kind is kept for the house as a whole.
    pub const fn held_by(kind: AccountKind, holder: Uuid) -> Self {
        assert!(
            !matches!(kind.holder(), Holder::House),
            "the account is kept for the house"
        );
        Self {
            kind,
            holder: Some(holder),
        }
    }

    /// What `patient` owes.
    pub const fn patient_receivable(patient: PatientId) -> Self {
        Self::held_by(AccountKind::PatientReceivable, patient.as_uuid())
    }

    /// What `payer` owes.
    pub const fn payer_receivable(payer: Uuid) -> Self {
        Self::held_by(AccountKind::PayerReceivable, payer)
    }

    /// What is owed in premiums for `policy`.
    pub const fn premium_receivable(policy: PolicyId) -> Self {
        Self::held_by(AccountKind::PremiumReceivable, policy.as_uuid())
    }

    /// What `party`, a patient or a payer, has paid beyond what it was put against.
    pub const fn unapplied_cash(party: Uuid) -> Self {
        Self::held_by(AccountKind::UnappliedCash, party)
    }

    /// What `agent` is owed.
    pub const fn commission_payable(agent: Uuid) -> Self {
        Self::held_by(AccountKind::CommissionPayable, agent)
    }

    /// What it is for.
    pub const fn kind(self) -> AccountKind {
        self.kind
    }

    /// Whose it is, where it is kept for each holder.
    pub const fn holder(self) -> Option<Uuid> {
        self.holder
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.holder {
            None => f.write_str(self.kind.name()),
            Some(holder) => write!(f, "{}:{}", self.kind, holder.hyphenated()),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Account {
    type Err = AccountError;
    fn from_str(text: &str) -> Result<Self, AccountError> {
        let (name, holder) = match text.split_once(':') {
            None => (text, None),
            Some((name, holder)) => (name, Some(holder)),
        };
        let kind: AccountKind = name.parse()?;
        let holder = holder.map(|id| Uuid::parse_str(id).map_err(|_| AccountError));
        let holder = holder.transpose()?;
        if holder.is_some() == (kind.holder() == Holder::House) {
            return Err(AccountError);
        }
        Ok(Self { kind, holder })
    }
}

impl TryFrom<String> for Account {
    type Error = AccountError;
    fn try_from(text: String) -> Result<Self, AccountError> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_its_text() {
        let patient = Account::patient_receivable(PatientId::from_uuid(Uuid::from_u128(7)));
        let text = "patient-receivable:00000000-0000-0000-0000-000000000007";
        assert_eq!(patient.to_string(), text);
        assert_eq!(text.parse(), Ok(patient));
        assert_eq!("cash".parse(), Ok(Account::CASH));
        for bad in [
            "",
            "gold",
            "cash:00000000-0000-0000-0000-000000000007",
            "patient-receivable",
            "patient-receivable:7",
        ] {
            assert_eq!(bad.parse::<Account>(), Err(AccountError), "{bad}");
        }
    }

    #[test]
    fn every_kind_reads_back_by_its_name() {
        for kind in AccountKind::ALL {
            assert_eq!(kind.name().parse(), Ok(*kind));
        }
    }
}
