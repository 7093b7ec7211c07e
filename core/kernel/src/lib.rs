#![doc = include_str!("../README.md")]

mod call;
mod clock;
mod error;
mod id;
mod page;
mod random;

pub use call::{Call, Caller, Deadline};
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use error::{Error, ErrorKind, FieldFault, Result};
pub use id::{CorrelationId, RequestId, TenantId, TraceId};
pub use page::{Limit, LimitError};
pub use random::{Rng, SeededRng, SystemRng};
