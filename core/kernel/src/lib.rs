#![doc = include_str!("../README.md")]

mod call;
mod caller;
mod clock;
mod error;
mod id;
mod idempotency;
mod page;
mod permission;
mod purpose;
mod random;
mod scopes;

pub use call::{Call, Credential, Deadline, Replay};
pub use caller::{Caller, NameError, ServiceName};
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use error::{Error, ErrorKind, FieldFault, Result};
pub use id::{
    ClientId, CorrelationId, EventId, MessageId, RequestId, SagaId, TenantId, TraceId, UserId,
};
pub use idempotency::{IdempotencyKey, KeyError};
pub use page::{Limit, LimitError};
pub use permission::{Allowed, Permission, PermissionInfo};
pub use purpose::Purpose;
pub use random::{Rng, SeededRng, SystemRng};
pub use scopes::Scopes;

#[doc(hidden)]
pub use id::macros;
