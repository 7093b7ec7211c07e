//! What callers are told of their limits: `RateLimit` and `RateLimit-Policy`, as structured fields, in the form of the
//! IETF's draft on them (`draft-ietf-httpapi-ratelimit-headers`).

use std::io::Write as _;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use medcover_resilience::{Bound, RateDecision, Standing};

use super::settings::TierConfig;

pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Where a caller stands, to be told with the answer.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    policy: HeaderValue,
    standing: Option<HeaderValue>,
}

impl Told {
    pub(super) fn new(policy: &HeaderValue, decision: &RateDecision) -> Self {
        Self {
            policy: policy.clone(),
            standing: shown(decision).map(|(bound, standing)| standing_of(bound, &standing)),
        }
    }

    pub(crate) fn write(self, headers: &mut HeaderMap) {
        headers.insert(RATE_LIMIT_POLICY, self.policy);
        if let Some(standing) = self.standing {
            headers.insert(RATE_LIMIT, standing);
        }
    }
}

/// The one limit that is told: that which refused, or will first.
fn shown(decision: &RateDecision) -> Option<(Bound, Standing)> {
    let Some(refusal) = decision.refused else {
        return decision.tightest();
    };
    let standing = match refusal.by {
        Bound::Bucket => decision.bucket,
        Bound::Window(place) => decision.windows[place],
    };
    standing.map(|standing| (refusal.by, standing))
}

/// The name of a limit, in headers and figures.
pub(super) const fn name(bound: Bound) -> &'static str {
    match bound {
        Bound::Bucket => "burst",
        Bound::Window(0) => "minute",
        Bound::Window(_) => "hour",
    }
}

/// All limits of a tier: `q` requests within `w` seconds.
pub(super) fn policy(tier: TierConfig) -> HeaderValue {
    let TierConfig {
        requests_per_minute: minute,
        requests_per_hour: hour,
        burst_capacity: burst,
        token_refill_rate: refill,
    } = tier;
    let fills = burst.div_ceil(refill);
    let text =
        format!(r#""burst";q={burst};w={fills}, "minute";q={minute};w=60, "hour";q={hour};w=3600"#);
    HeaderValue::try_from(text).expect("names and numbers")
}

/// `r` requests are left, and all of them in `t` seconds.
fn standing_of(bound: Bound, standing: &Standing) -> HeaderValue {
    let mut text = [0_u8; 64];
    let mut rest = &mut text[..];
    let (name, left) = (name(bound), standing.remaining);
    write!(rest, r#""{name}";r={left};t={}"#, seconds(standing.reset)).expect("it fits");
    let unused = rest.len();
    HeaderValue::from_bytes(&text[..64 - unused]).expect("a name and numbers")
}

pub(super) fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
