#![doc = include_str!("../README.md")]

mod accumulators;
mod adjudicate;
mod authorisation;
mod case;
mod claim;
mod coverage;
mod edits;
mod fees;
mod outcome;
pub mod plan;
mod prior;
mod reason;
mod steps;

pub use accumulators::{Account, Accumulators, Counter, Draw, DuplicateAccount, Quantity, Scope};
pub use adjudicate::adjudicate;
pub use authorisation::{Authorisation, AuthorisationDraw, AuthorisationState, AuthorisedItem};
pub use case::{Case, CaseError};
pub use claim::{Claim, ClaimLine, MAX_LINES, Network, Urgency};
pub use coverage::{Coverage, Period, Sex};
pub use edits::{Action, CodeFact, Edit, Finding};
pub use fees::{Fee, FeeSchedule, Unlisted};
pub use outcome::{Adjudication, Adjustment, Explained, LineAdjudication, Totals, Verdict, Wanted};
pub use plan::{Plan, PlanError, Terms};
pub use prior::{PaidByOther, Prior, PriorLine};
pub use reason::{Group, Reason};
pub use steps::{ORDER, Step};
