#![doc = include_str!("../README.md")]

mod adaptive;
mod balance;
mod breaker;
mod bulkhead;
mod deadline;
mod fault;
#[cfg(test)]
mod interleavings;
mod limit;
mod priority;
mod retry;
mod sync;

pub use adaptive::{AdaptiveConfig, AdaptiveLimit, Sample};
pub use balance::{
    CallEnd, InstanceStatus, OutlierConfig, PeakEwma, Pick, Pool, PoolConfig, Strategy,
};
pub use breaker::{
    BreakerConfig, BreakerStatus, CallResult, CallWindow, CircuitBreaker, CircuitState, Machine,
    Mode, Permit, Rejection, Ticket, Transition,
};
pub use bulkhead::{Bulkhead, BulkheadConfig, BulkheadStats, Changes, Entry, PlaceId};
pub use deadline::{AttemptTime, NotWorthStarting};
pub use limit::{
    Bound, BucketTerms, Cost, FullAt, KeyedFigures, KeyedLimits, KeyedLimitsConfig, RateDecision,
    RateLimits, RateRefusal, RateState, ShareTerms, SharedCount, SharedLimits, SlidingWindow,
    Standing, TierLimits, TokenBucket, Wait, WindowCount, WindowLog, WindowTerms,
};
pub use medcover_kernel::Tier as RateLimitTier;
pub use priority::{Priority, Shares};
pub use retry::{
    BudgetConfig, FailedAttempt, NoRetry, Repeat, RetryBudget, RetryPolicy, SharedBudget,
};
