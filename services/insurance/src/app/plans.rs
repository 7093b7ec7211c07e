//! Products, plans, and the versions of plans.

use medcover_contract_insurance::events::{PlanCreated, PlanVersionPublished, ProductCreated};
use medcover_contract_insurance::permissions::{ManagePlans, ReadPlans};
use medcover_contract_insurance::{
    NewPlanRequest, NewProductRequest, Plan, PlanId, PlanList, PlanSummary, PlanVersion, Product,
    ProductId, ProductList, PublishVersionRequest,
};
use medcover_kernel::{Allowed, Error, Limit, Result};
use medcover_store::{Append, Loaded};

use super::service::{InsuranceService, done, existing};
use crate::domain::{check, payer, plan, refusal};
use crate::store::{PLANS_BY_NAME, PRODUCTS_BY_NAME};

/// Makes a product of a payer.
pub(super) async fn create_product(
    service: &InsuranceService,
    allowed: Allowed<'_, ManagePlans>,
    request: NewProductRequest,
) -> Result<Product> {
    check::name(&request.name, "/name")?;
    let (call, kept) = (allowed.call(), &service.repository);
    let id = request
        .id
        .unwrap_or_else(|| ProductId::from_uuid(kept.new_id()));
    let created = &ProductCreated {
        payer: request.payer,
        name: request.name.clone(),
    };
    let request = &request;
    let create = service.decisions.once(
        call,
        ("create_product", 201),
        request,
        |append: Append| async move {
            let mut product: Loaded<payer::Product> = kept.by_id(call.tenant, id.as_uuid()).await?;
            match &product.state.0 {
                Some(before) if before == created => return Ok((append, product_view(&product)?)),
                Some(_) => return Err(refusal::id_taken("product")),
                None => {}
            }
            service.payer(call.tenant, request.payer).await?;
            let append = kept.write(append, &mut product, [created.clone().into()])?;
            let append = append.audit(done("product.created", &product.stream, None));
            Ok((append, product_view(&product)?))
        },
    );
    create.await
}

/// A page of products, by name.
pub(super) async fn products(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadPlans>,
    after: Option<String>,
    limit: Limit,
) -> Result<ProductList> {
    let page = service.listed(
        allowed.tenant,
        &PRODUCTS_BY_NAME,
        Vec::new(),
        (after, limit),
    );
    let (products, next) = page.await?;
    let products = products.iter().map(product_view).collect::<Result<_>>()?;
    Ok(ProductList { products, next })
}

/// One product.
pub(super) async fn product(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadPlans>,
    id: ProductId,
) -> Result<Product> {
    product_view(
        &service
            .repository
            .by_id(allowed.tenant, id.as_uuid())
            .await?,
    )
}

/// Makes a plan of a product, without a version so far.
pub(super) async fn create_plan(
    service: &InsuranceService,
    allowed: Allowed<'_, ManagePlans>,
    request: NewPlanRequest,
) -> Result<Plan> {
    check::name(&request.name, "/name")?;
    let (call, kept) = (allowed.call(), &service.repository);
    let id = request
        .id
        .unwrap_or_else(|| PlanId::from_uuid(kept.new_id()));
    let request = &request;
    let create = service.decisions.once(
        call,
        ("create_plan", 201),
        request,
        |append: Append| async move {
            let product = kept.by_id(call.tenant, request.product.as_uuid()).await?;
            let product: Loaded<payer::Product> = existing(product, "product")?;
            let created = PlanCreated {
                product: request.product,
                payer: product
                    .state
                    .payer()
                    .ok_or_else(|| Error::internal("a product has a payer"))?,
                name: request.name.clone(),
                currency: request.currency,
            };
            let mut plan: Loaded<plan::Plan> = kept.by_id(call.tenant, id.as_uuid()).await?;
            match &plan.state.created {
                Some(before) if *before == created => return Ok((append, plan_view(&plan)?)),
                Some(_) => return Err(refusal::id_taken("plan")),
                None => {}
            }
            let append = kept.write(append, &mut plan, [created.into()])?;
            let append = append.audit(done("plan.created", &plan.stream, None));
            Ok((append, plan_view(&plan)?))
        },
    );
    create.await
}

/// A page of plans, by name.
pub(super) async fn plans(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadPlans>,
    after: Option<String>,
    limit: Limit,
) -> Result<PlanList> {
    let page = service.listed(allowed.tenant, &PLANS_BY_NAME, Vec::new(), (after, limit));
    let (plans, next) = page.await?;
    let plans = plans.iter().map(|plan: &Loaded<plan::Plan>| {
        let created = created(plan)?;
        Ok(PlanSummary {
            id: PlanId::from_uuid(plan.stream.id),
            product: created.product,
            name: created.name.clone(),
            currency: created.currency,
            latest: plan.state.latest(),
        })
    });
    Ok(PlanList {
        plans: plans.collect::<Result<_>>()?,
        next,
    })
}

/// One plan, with the days of its versions.
pub(super) async fn plan(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadPlans>,
    id: PlanId,
) -> Result<Plan> {
    plan_view(
        &service
            .repository
            .by_id(allowed.tenant, id.as_uuid())
            .await?,
    )
}

/// Publishes the next version of a plan, in a stream of its own.
pub(super) async fn publish_version(
    service: &InsuranceService,
    allowed: Allowed<'_, ManagePlans>,
    id: PlanId,
    request: PublishVersionRequest,
) -> Result<PlanVersion> {
    let (call, kept) = (allowed.call(), &service.repository);
    let published = &PlanVersionPublished {
        plan: id,
        number: request.number,
        effective_from: request.effective_from,
        terms: request.terms.clone(),
    };
    let request = &request;
    let asked = (id, request);
    let publish = service.decisions.once(
        call,
        ("publish_version", 201),
        &asked,
        |append: Append| async move {
            let mut plan: Loaded<plan::Plan> = kept.by_id(call.tenant, id.as_uuid()).await?;
            plan::check_terms(created(&plan)?, request)?;
            let mut version = service
                .version_stream(call.tenant, id, request.number)
                .await?;
            match &version.state.0 {
                Some(before) if before == published => {
                    return Ok((append, version_view(before.clone())));
                }
                Some(_) => return Err(refusal::id_taken("version")),
                None => {}
            }
            let added = plan.state.publish(request)?;
            let append = kept.write(append, &mut plan, [added.into()])?;
            let append = kept.write(append, &mut version, [published.clone().into()])?;
            let append = append.audit(done("plan.version-published", &plan.stream, None));
            Ok((append, version_view(published.clone())))
        },
    );
    publish.await
}

/// A version of a plan, with its terms.
pub(super) async fn plan_version(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadPlans>,
    id: PlanId,
    number: u32,
) -> Result<PlanVersion> {
    let version = service.version(allowed.tenant, id, number).await?;
    Ok(version_view(version))
}

fn created(plan: &Loaded<plan::Plan>) -> Result<&PlanCreated> {
    let absent = || Error::not_found("There is no such plan.");
    plan.state.created.as_ref().ok_or_else(absent)
}

fn product_view(product: &Loaded<payer::Product>) -> Result<Product> {
    let absent = || Error::not_found("There is no such product.");
    let created = product.state.0.as_ref().ok_or_else(absent)?;
    Ok(Product {
        id: ProductId::from_uuid(product.stream.id),
        payer: created.payer,
        name: created.name.clone(),
        version: product.version.get(),
    })
}

fn plan_view(plan: &Loaded<plan::Plan>) -> Result<Plan> {
    let created = created(plan)?;
    Ok(Plan {
        id: PlanId::from_uuid(plan.stream.id),
        product: created.product,
        payer: created.payer,
        name: created.name.clone(),
        currency: created.currency,
        versions: plan.state.ranges(),
        version: plan.version.get(),
    })
}

fn version_view(version: PlanVersionPublished) -> PlanVersion {
    PlanVersion {
        plan: version.plan,
        number: version.number,
        effective_from: version.effective_from,
        terms: version.terms,
    }
}
