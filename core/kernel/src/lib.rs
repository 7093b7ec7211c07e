#![doc = include_str!("../README.md")]

mod call;
mod caller;
mod clock;
mod error;
mod id;
mod idempotency;
mod money;
mod page;
mod permission;
mod purpose;
mod random;
#[cfg(feature = "schema")]
mod schema;
mod scopes;
mod tier;
mod trace;

pub use call::{Call, Credential, Deadline, Replay};
pub use caller::{Caller, NameError, ServiceName};
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use error::{Error, ErrorKind, FieldFault, Result};
pub use id::{
    AppointmentId, AuthorisationId, ClaimId, ClientId, CorrelationId, EncounterId, EventId,
    InvoiceId, MemberId, MessageId, PatientId, PaymentId, PolicyId, PractitionerId, RemittanceId,
    RequestId, SagaId, TenantId, UserId,
};
pub use idempotency::{IdempotencyKey, KeyError};
pub use money::{
    BasisPoints, BasisPointsError, Currency, CurrencyError, Money, MoneyError, Rounding,
};
pub use page::{Limit, LimitError};
pub use permission::{Allowed, Permission, PermissionInfo};
pub use purpose::Purpose;
pub use random::{Rng, SeededRng, SystemRng};
pub use scopes::Scopes;
pub use tier::Tier;
pub use trace::{SpanId, TraceId, TraceParent};

#[doc(hidden)]
pub use id::macros;
