//! When a value expires, and when it is loaded anew before that.

use std::time::Duration;

use medcover_kernel::Rng;

use crate::Policy;

/// The most that `-ln` of a number with 53 random bits comes to; whatever lies farther ahead is not due by any chance.
const LONGEST: u64 = 37;

/// How long a value that is loaded now is good: up to the policy's jitter shorter than its time.
pub(crate) fn shortened(ttl: Duration, policy: &Policy, rng: &dyn Rng) -> Duration {
    let jitter = f64::from(policy.jitter_percent.min(100)) / 100.0;
    ttl.mul_f64(1.0 - jitter * rng.unit())
}

/// Whether who meets a value now, `left` before it expires, is to load it anew: `XFetch` (Vattani, Chierichetti, Lowenstein
/// 2015). The closer the end and the longer its load takes, the likelier; so that one among many does it, before all must.
/// Both times are in nanoseconds, and as whole numbers: every hit asks.
pub(crate) fn is_due(left: u64, cost: u64, policy: &Policy, rng: &dyn Rng) -> bool {
    let ahead = cost.saturating_mul(policy.early_percent.into()) / 100;
    // Most are far from their end: no chance is needed to see that.
    if left > ahead.saturating_mul(LONGEST) || ahead == 0 {
        return false;
    }
    left as f64 <= ahead as f64 * -(1.0 - rng.unit()).ln()
}
