//! Payers: made, looked at, told how to look at codes.

use medcover_contract_insurance::events::{PayerCodeTaken, PayerRegistered, PayerScrubbingSet};
use medcover_contract_insurance::permissions::{ManagePlans, ReadPlans};
use medcover_contract_insurance::{NewPayerRequest, Payer, PayerId, PayerList, ScrubbingRequest};
use medcover_kernel::{Allowed, Limit, Result};
use medcover_store::{Append, Loaded, check_version};

use super::service::{InsuranceService, done, existing};
use crate::domain::taken::PayerCode;
use crate::domain::{check, payer, refusal};
use crate::store::PAYERS_BY_CODE;

/// Makes a payer to deal with.
pub(super) async fn register_payer(
    service: &InsuranceService,
    allowed: Allowed<'_, ManagePlans>,
    request: NewPayerRequest,
) -> Result<Payer> {
    check::name(&request.code, "/code")?;
    check::name(&request.name, "/name")?;
    let (call, kept) = (allowed.call(), &service.repository);
    let id = request
        .id
        .unwrap_or_else(|| PayerId::from_uuid(kept.new_id()));
    let request = &request;
    let register = service.decisions.once(
        call,
        ("register_payer", 201),
        request,
        |append: Append| async move {
            let mut payer: Loaded<payer::Payer> = kept.by_id(call.tenant, id.as_uuid()).await?;
            if payer.exists() {
                let again = payer.state.is_of(request);
                return if again {
                    Ok((append, view(&payer)))
                } else {
                    Err(refusal::id_taken("payer"))
                };
            }
            let mut code: Loaded<PayerCode> = kept.by_key(call.tenant, &[&request.code]).await?;
            if code.state.0.is_some() {
                return Err(refusal::name_taken("There is a payer of that code."));
            }
            let registered = PayerRegistered {
                code: request.code.clone(),
                name: request.name.clone(),
                scrubbing: request.scrubbing,
            };
            let append = kept.write(append, &mut code, [PayerCodeTaken { payer: id }.into()])?;
            let append = kept.write(append, &mut payer, [registered.into()])?;
            let append = append.audit(done("payer.registered", &payer.stream, None));
            Ok((append, view(&payer)))
        },
    );
    register.await
}

/// Sets which findings keep claims from being sent.
pub(super) async fn set_scrubbing(
    service: &InsuranceService,
    allowed: Allowed<'_, ManagePlans>,
    id: PayerId,
    request: ScrubbingRequest,
) -> Result<Payer> {
    let (call, kept) = (allowed.call(), &service.repository);
    let set = service.decisions.decide(call, |append: Append| async move {
        let mut payer = service.payer(call.tenant, id).await?;
        check_version(request.version, payer.version.get())?;
        if payer.state.scrubbing == request.scrubbing {
            return Ok((append, view(&payer)));
        }
        let scrubbing = request.scrubbing;
        let append = kept.write(append, &mut payer, [PayerScrubbingSet { scrubbing }.into()])?;
        let append = append.audit(done("payer.scrubbing-set", &payer.stream, None));
        Ok((append, view(&payer)))
    });
    set.await
}

/// A page of payers, by code.
pub(super) async fn payers(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadPlans>,
    after: Option<String>,
    limit: Limit,
) -> Result<PayerList> {
    let page = service.listed(allowed.tenant, &PAYERS_BY_CODE, Vec::new(), (after, limit));
    let (payers, next) = page.await?;
    let payers = payers.iter().map(view).collect();
    Ok(PayerList { payers, next })
}

/// One payer.
pub(super) async fn payer(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadPlans>,
    id: PayerId,
) -> Result<Payer> {
    let payer = service
        .repository
        .by_id(allowed.tenant, id.as_uuid())
        .await?;
    Ok(view(&existing(payer, "payer")?))
}

fn view(payer: &Loaded<payer::Payer>) -> Payer {
    let payer::Payer {
        code,
        name,
        scrubbing,
        ..
    } = payer.state.clone();
    Payer {
        id: PayerId::from_uuid(payer.stream.id),
        code,
        name,
        scrubbing,
        version: payer.version.get(),
    }
}
