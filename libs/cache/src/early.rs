//! When a value expires, and when it is loaded anew before that.

use std::time::Duration;

use medcover_kernel::Rng;

use crate::Policy;

/// The most that `-ln` of a number with 53 random bits comes to; whatever lies farther ahead is not due by any chance.
const LONGEST: u32 = 37;

/// How long a value that is loaded now is good: up to the policy's jitter shorter than its time.
pub(crate) fn shortened(ttl: Duration, policy: &Policy, rng: &dyn Rng) -> Duration {
    let jitter = f64::from(policy.jitter_percent.min(100)) / 100.0;
    ttl.mul_f64(1.0 - jitter * rng.unit())
}

/// Whether who meets a value now, `left` before it expires, is to load it anew: `XFetch` (Vattani, Chierichetti, Lowenstein
/// 2015). The closer the end and the longer its load takes, the likelier; so that one among many does it, before all must.
pub(crate) fn is_due(left: Duration, cost: Duration, policy: &Policy, rng: &dyn Rng) -> bool {
    let ahead = cost.saturating_mul(u32::from(policy.early_percent)) / 100;
    // Most are far from their end: no chance is needed to see that.
    if left > ahead.saturating_mul(LONGEST) || ahead.is_zero() {
        return false;
    }
    left.as_secs_f64() <= ahead.as_secs_f64() * -(1.0 - rng.unit()).ln()
}
