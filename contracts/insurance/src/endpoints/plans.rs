//! Payers, products and plans.

use medcover_http::{Created, Endpoint, IfMatch, Json, Path, Query, Tagged};

use super::{IdPath, NumberedPath, PageQuery, TAG};
use crate::permissions::{ManagePlans, ReadPlans};
use crate::{
    NewPayerRequest, NewPlanRequest, NewProductRequest, Payer, PayerList, Plan, PlanList,
    PlanVersion, Product, ProductList, PublishVersionRequest, ScrubbingRequest,
};

/// [`InsuranceApi::register_payer`](crate::InsuranceApi::register_payer)
pub static REGISTER_PAYER: Endpoint<Json<NewPayerRequest>, Created<Payer>> =
    Endpoint::post("register_payer", "/api/v1/payers")
        .summary("Makes a payer to deal with.")
        .tag(TAG)
        .needs::<ManagePlans>()
        .once();

/// [`InsuranceApi::payers`](crate::InsuranceApi::payers)
pub static PAYERS: Endpoint<Query<PageQuery>, Json<PayerList>> =
    Endpoint::get("payers", "/api/v1/payers")
        .summary("The payers, by code.")
        .tag(TAG)
        .needs::<ReadPlans>();

/// [`InsuranceApi::payer`](crate::InsuranceApi::payer)
pub static PAYER: Endpoint<Path<IdPath>, Tagged<Payer>> =
    Endpoint::get("payer", "/api/v1/payers/{id}")
        .summary("One payer.")
        .tag(TAG)
        .needs::<ReadPlans>();

/// [`InsuranceApi::set_scrubbing`](crate::InsuranceApi::set_scrubbing)
pub static SET_SCRUBBING: Endpoint<(Path<IdPath>, IfMatch<ScrubbingRequest>), Tagged<Payer>> =
    Endpoint::put("set_scrubbing", "/api/v1/payers/{id}/scrubbing")
        .summary("Sets which findings keep claims to a payer from being sent.")
        .tag(TAG)
        .needs::<ManagePlans>();

/// [`InsuranceApi::create_product`](crate::InsuranceApi::create_product)
pub static CREATE_PRODUCT: Endpoint<Json<NewProductRequest>, Created<Product>> =
    Endpoint::post("create_product", "/api/v1/products")
        .summary("Makes a product of a payer.")
        .tag(TAG)
        .needs::<ManagePlans>()
        .once();

/// [`InsuranceApi::products`](crate::InsuranceApi::products)
pub static PRODUCTS: Endpoint<Query<PageQuery>, Json<ProductList>> =
    Endpoint::get("products", "/api/v1/products")
        .summary("The products, by name.")
        .tag(TAG)
        .needs::<ReadPlans>();

/// [`InsuranceApi::product`](crate::InsuranceApi::product)
pub static PRODUCT: Endpoint<Path<IdPath>, Tagged<Product>> =
    Endpoint::get("product", "/api/v1/products/{id}")
        .summary("One product.")
        .tag(TAG)
        .needs::<ReadPlans>();

/// [`InsuranceApi::create_plan`](crate::InsuranceApi::create_plan)
pub static CREATE_PLAN: Endpoint<Json<NewPlanRequest>, Created<Plan>> =
    Endpoint::post("create_plan", "/api/v1/plans")
        .summary("Makes a plan of a product, without a version so far.")
        .tag(TAG)
        .needs::<ManagePlans>()
        .once();

/// [`InsuranceApi::plans`](crate::InsuranceApi::plans)
pub static PLANS: Endpoint<Query<PageQuery>, Json<PlanList>> =
    Endpoint::get("plans", "/api/v1/plans")
        .summary("The plans, by name.")
        .tag(TAG)
        .needs::<ReadPlans>();

/// [`InsuranceApi::plan`](crate::InsuranceApi::plan)
pub static PLAN: Endpoint<Path<IdPath>, Tagged<Plan>> = Endpoint::get("plan", "/api/v1/plans/{id}")
    .summary("One plan, with the days of its versions.")
    .tag(TAG)
    .needs::<ReadPlans>();

/// [`InsuranceApi::publish_version`](crate::InsuranceApi::publish_version)
pub static PUBLISH_VERSION: Endpoint<
    (Path<IdPath>, Json<PublishVersionRequest>),
    Created<PlanVersion>,
> = Endpoint::post("publish_version", "/api/v1/plans/{id}/versions")
    .summary("Publishes the next version of a plan, which never changes.")
    .tag(TAG)
    .needs::<ManagePlans>()
    .once();

/// [`InsuranceApi::plan_version`](crate::InsuranceApi::plan_version)
pub static PLAN_VERSION: Endpoint<Path<NumberedPath>, Json<PlanVersion>> =
    Endpoint::get("plan_version", "/api/v1/plans/{id}/versions/{number}")
        .summary("A version of a plan, with its terms.")
        .tag(TAG)
        .needs::<ReadPlans>();
