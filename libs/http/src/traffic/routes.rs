//! The addresses at which traffic is seen: by callers their own, by operators all of it.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use medcover_kernel::{
    Allowed, Call, Error, ErrorKind, PermissionInfo, Result, TenantId, Tier, permission,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Traffic;
use super::asker::{Asker, Counted};
use super::figures::{CallerUsage, TrafficFigures};
use crate::endpoint::Endpoint;
use crate::extract::{Json, Query};
use crate::routes::Routes;

const TAG: &str = "Traffic";

permission! {
    /// Looks at the traffic of the process, and at what callers have used of their limits. Of the default tenant only.
    pub ReadTraffic = "traffic.read";
}

/// Every permission of traffic.
pub const TRAFFIC_PERMISSIONS: &[PermissionInfo] =
    &[<ReadTraffic as medcover_kernel::Permission>::INFO];

static USAGE: Endpoint<(), Json<CallerUsage>> = Endpoint::get(
    "limits_usage",
    "/api/v1/limits/usage",
)
.summary(
    "What whoever asks has used of their limits: in this process, or in all that count together.",
)
.tag(TAG)
.public()
.weight_percent(10);

static TRAFFIC: Endpoint<(), Json<TrafficFigures>> = Endpoint::get("traffic", "/api/v1/traffic")
    .summary("How many requests are worked on, how many callers are counted, and what was refused.")
    .tag(TAG)
    .needs::<ReadTraffic>();

static CALLER_USAGE: Endpoint<Query<WhichCaller>, Json<CallerUsages>> = Endpoint::get(
    "caller_usage",
    "/api/v1/traffic/usage",
)
.summary("What a caller has used of their limits: in this process, or in all that count together.")
.tag(TAG)
.needs::<ReadTraffic>();

/// Who is asked about.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WhichCaller {
    /// `user:` or `client:` with an id, or `address:` with an address.
    #[serde(default)]
    #[param(required = true, example = "address:192.0.2.7")]
    caller: String,
}

/// What a caller has used.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct CallerUsages {
    /// Of each tier in which they have used anything.
    usages: Vec<CallerUsage>,
}

/// What callers see.
pub(super) fn of_callers(traffic: Traffic) -> Routes<Traffic> {
    Routes::new(traffic).add(&USAGE, usage)
}

/// What operators see.
pub(super) fn of_operators(traffic: Traffic) -> Routes<Traffic> {
    Routes::new(traffic)
        .answer(&TRAFFIC, figures)
        .answer(&CALLER_USAGE, caller_usage)
}

async fn usage(State(traffic): State<Traffic>, request: Request) -> Response {
    let now = traffic.clock.elapsed();
    let known = request.extensions().get::<Counted>().copied();
    let limits = traffic.limits.as_deref();
    let counted = limits.and_then(|limits| {
        let address = || limits.origin(&request).map(Asker::at);
        let at = || {
            Some(Counted {
                tier: Tier::Anonymous,
                asker: address()?,
            })
        };
        Some((limits, known.or_else(at)?))
    });
    // Its body is not for several threads.
    drop(request);
    let usage = match counted {
        Some((limits, counted)) => limits.usage(counted, now).await,
        None => CallerUsage {
            caller: "anonymous".to_owned(),
            tier: Tier::Anonymous,
            limits: Vec::new(),
        },
    };
    Json(usage).into_response()
}

async fn figures(traffic: Traffic, call: Call, (): ()) -> Result<TrafficFigures> {
    let _: Allowed<'_, ReadTraffic> = of_the_installation(&call)?;
    Ok(traffic.figures())
}

async fn caller_usage(
    traffic: Traffic,
    call: Call,
    Query(of): Query<WhichCaller>,
) -> Result<CallerUsages> {
    let _: Allowed<'_, ReadTraffic> = of_the_installation(&call)?;
    let usages = traffic.usage_of(&of.caller).await.ok_or_else(|| {
        let detail = "must be user: or client: with an id, or address: with an address";
        Error::invalid("/caller", detail)
    })?;
    Ok(CallerUsages { usages })
}

/// Addresses and callers are of all tenants.
fn of_the_installation(call: &Call) -> Result<Allowed<'_, ReadTraffic>> {
    if call.tenant == TenantId::DEFAULT {
        return Allowed::by(call);
    }
    Err(Error::new(
        ErrorKind::Forbidden,
        "forbidden",
        "This spans all tenants, and is for callers of the default tenant.",
    ))
}
