//! Who commits, for whom, why, and in the course of what.

use medcover_kernel::{Call, Caller, CorrelationId, EventId, Purpose, TenantId};

use crate::{Delivery, Recorded};

/// What every event, message and audit record of a commit carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Whose data. A commit touches one tenant's.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: Caller,
    /// Why.
    pub purpose: Purpose,
    /// The undertaking it belongs to.
    pub correlation: CorrelationId,
    /// The event that led to this, where one did.
    pub causation: Option<EventId>,
    /// The W3C header `traceparent` of the span in which it happens.
    pub traceparent: Option<String>,
}

impl Context {
    /// The context of a call. The request's own id stands in as the span.
    pub fn of(call: &Call) -> Self {
        let span = (call.request.as_uuid().as_u128() as u64).max(1);
        Self {
            tenant: call.tenant,
            actor: call.caller.clone(),
            purpose: call.purpose,
            correlation: call.correlation,
            causation: None,
            traceparent: Some(format!("00-{}-{span:016x}-01", call.trace)),
        }
    }

    /// The context in which `actor` reacts to an event: of the same undertaking, caused by it.
    pub fn after(recorded: &Recorded, actor: Caller) -> Self {
        let event = &recorded.event;
        Self {
            tenant: event.tenant,
            actor,
            purpose: event.purpose,
            correlation: event.correlation,
            causation: Some(event.id),
            traceparent: event.traceparent.clone(),
        }
    }

    /// The context in which `actor` works on a message: that in which it was sent.
    pub fn handling(delivery: &Delivery, actor: Caller) -> Self {
        Self {
            actor,
            ..delivery.context.clone()
        }
    }
}
