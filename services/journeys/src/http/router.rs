//! Every address of the service.

use std::sync::Arc;

use medcover_contract_journeys::JourneysApi as _;
use medcover_contract_journeys::endpoints as at;
use medcover_http::{Json, Path, Routes};
use medcover_kernel::{Call, SagaId};

use crate::app::JourneysService;

type App = Arc<JourneysService>;

/// The addresses with what answers them.
pub(crate) fn router(service: App) -> Routes<App> {
    Routes::new(service)
        .answer(
            &at::START_PATIENT_REGISTRATION,
            async |app: App, call: Call, Json(request)| app.register_patient(&call, request).await,
        )
        .answer(
            &at::START_VISIT_TO_CASH,
            async |app: App, call: Call, Json(request)| app.visit_to_cash(&call, request).await,
        )
        .answer(
            &at::VISIT_CODED,
            async |app: App, call: Call, (Path(at), Json(request))| {
                let saga = SagaId::from_uuid(at.saga);
                app.visit_coded(&call, saga, request).await
            },
        )
        .answer(
            &at::START_CANCELLATION,
            async |app: App, call: Call, Json(request)| app.end_appointment(&call, request).await,
        )
        .answer(
            &at::START_REMITTANCE_POSTING,
            async |app: App, call: Call, Json(request)| app.post_remittance(&call, request).await,
        )
        .answer(
            &at::START_CLAIM_REVERSAL,
            async |app: App, call: Call, Json(request)| app.reverse_claim(&call, request).await,
        )
        .answer(
            &at::START_PREMIUM,
            async |app: App, call: Call, Json(request)| app.collect_premium(&call, request).await,
        )
}
