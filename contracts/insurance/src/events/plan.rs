//! Products, plans and their versions: `product/<id>`, `plan/<id>`, and a stream for each version.

use jiff::civil::Date;
use medcover_kernel::Currency;
use medcover_store::event;

use super::sample::{DAY, PAYER, PLAN, PRODUCT, terms};
use crate::{PayerId, PlanId, PlanTerms, ProductId};

event! {
    /// There is something to sell.
    pub ProductCreated = "product.created", 1 {
        /// Whose it is.
        payer: PayerId = PAYER,
        /// The name.
        name: String = "Family care".to_owned(),
    }
}
event! {
    /// There is a plan, without a version so far.
    pub PlanCreated = "plan.created", 1 {
        /// Of which product.
        product: ProductId = PRODUCT,
        /// Whose it is.
        payer: PayerId = PAYER,
        /// The name.
        name: String = "Family care silver".to_owned(),
        /// The currency of all its amounts.
        currency: Currency = Currency::USD,
    }
}
event! {
    /// The plan has a further version.
    pub PlanVersionAdded = "plan.version-added", 1 {
        /// Its number.
        number: u32 = 1,
        /// The first day on which policies are made with it; the version before ends the day before.
        effective_from: Date = DAY,
    }
}
event! {
    /// A version of a plan was published, which never changes; the stream is its own.
    pub PlanVersionPublished = "plan-version.published", 1 {
        /// Of which plan.
        plan: PlanId = PLAN,
        /// Its number.
        number: u32 = 1,
        /// The first day on which policies are made with it.
        effective_from: Date = DAY,
        /// What it covers and how.
        terms: PlanTerms = terms(),
    }
}
