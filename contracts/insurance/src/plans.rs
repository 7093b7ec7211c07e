//! Products, and the plans they are sold in.

use jiff::civil::Date;
use medcover_kernel::{Currency, uuid_id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{PayerId, PlanTerms};

uuid_id! {
    /// What a payer sells, under one name.
    ProductId
}
uuid_id! {
    /// A plan of a product, through all its versions.
    PlanId
}

/// Something to sell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProductRequest {
    /// The id, where the caller makes it; the same again is then the same product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ProductId>,
    /// Whose it is.
    pub payer: PayerId,
    /// The name.
    #[schema(example = "Family care")]
    pub name: String,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Product {
    /// The id.
    pub id: ProductId,
    /// Whose it is.
    pub payer: PayerId,
    /// The name.
    pub name: String,
    /// How often it was changed.
    pub version: u64,
}

/// A page of products, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductList {
    /// The products.
    pub products: Vec<Product>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A plan to come; it covers nothing before a version is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlanRequest {
    /// The id, where the caller makes it; the same again is then the same plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PlanId>,
    /// Of which product.
    pub product: ProductId,
    /// The name.
    #[schema(example = "Family care silver")]
    pub name: String,
    /// The one currency of all its amounts.
    pub currency: Currency,
}

/// The next version of a plan. Once published it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishVersionRequest {
    /// Its number: one more than the last.
    #[schema(minimum = 1)]
    pub number: u32,
    /// The first day on which policies are made with it; later than that of the version before, which ends the day before.
    #[schema(value_type = String, format = Date)]
    pub effective_from: Date,
    /// What it covers, on which terms, and what services may cost.
    pub terms: PlanTerms,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    /// The id.
    pub id: PlanId,
    /// Of which product.
    pub product: ProductId,
    /// Whose it is.
    pub payer: PayerId,
    /// The name.
    pub name: String,
    /// The currency of its amounts.
    pub currency: Currency,
    /// Its versions, by number.
    pub versions: Vec<VersionRange>,
    /// How often it was changed.
    pub version: u64,
}

/// When a version of a plan is the one that policies are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VersionRange {
    /// Its number.
    pub number: u32,
    /// The first day.
    #[schema(value_type = String, format = Date)]
    pub effective_from: Date,
    /// The last day; absent while no later version is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_to: Option<Date>,
}

/// A version of a plan, with its terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanVersion {
    /// The plan.
    pub plan: PlanId,
    /// The number.
    pub number: u32,
    /// The first day on which policies are made with it.
    #[schema(value_type = String, format = Date)]
    pub effective_from: Date,
    /// What it covers, on which terms, and what services may cost.
    pub terms: PlanTerms,
}

/// A page of plans, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanList {
    /// The plans, each without its versions.
    pub plans: Vec<PlanSummary>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A plan in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanSummary {
    /// The id.
    pub id: PlanId,
    /// Of which product.
    pub product: ProductId,
    /// The name.
    pub name: String,
    /// The currency of its amounts.
    pub currency: Currency,
    /// The number of its latest version; 0 where none is published.
    pub latest: u32,
}
