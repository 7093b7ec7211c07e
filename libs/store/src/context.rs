//! Who commits, for whom, why, and in the course of what.

use medcover_kernel::{Call, Caller, CorrelationId, EventId, Purpose, TenantId, TraceParent};
use medcover_telemetry::TracePlace;

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
    /// The context of a call, at the present place of its trace.
    pub fn of(call: &Call) -> Self {
        Self {
            tenant: call.tenant,
            actor: call.caller.clone(),
            purpose: call.purpose,
            correlation: call.correlation,
            causation: None,
            traceparent: Some(TracePlace::parent_of(call).to_string()),
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
            traceparent: here_or(event.traceparent.as_ref()),
        }
    }

    /// The context in which `actor` works on a message: that in which it was sent.
    pub fn handling(delivery: &Delivery, actor: Caller) -> Self {
        Self {
            actor,
            traceparent: here_or(delivery.context.traceparent.as_ref()),
            ..delivery.context.clone()
        }
    }

    /// The span in which it happens.
    pub fn parent(&self) -> Option<TraceParent> {
        TraceParent::parse(self.traceparent.as_deref()?)
    }
}

/// The span that the present thread works in, else the one that was kept.
fn here_or(kept: Option<&String>) -> Option<String> {
    let here = TracePlace::current().parent();
    here.map(|it| it.to_string()).or_else(|| kept.cloned())
}
