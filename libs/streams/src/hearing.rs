//! Pointers to events, and what a subscription does with them.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::{EventId, TenantId};
use medcover_store::{Position, Recorded, StreamId, Version, limits};
use medcover_workflow::bus::{EventPointer, EventSource, Heard, Subscription};
use medcover_workflow::queue::Failure;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use crate::Delivery;
use crate::hand::Handler;
use crate::record::{Message, Record, RecordError, RecordPage};

/// What Redis is told of an event: which it is, and nothing of what it says.
#[derive(Serialize, Deserialize)]
struct Pointed {
    kind: String,
    tenant: TenantId,
    of: String,
    id: Uuid,
    version: Version,
}

/// All events of a log, as pointers: processes of several versions publish them, and what one means another may not.
pub(crate) struct Pointers(pub(crate) Arc<dyn EventSource>);

/// The group that a subscription is.
pub(crate) struct Hearing(pub(crate) Arc<Subscription>);

impl Pointers {
    fn message(recorded: &Recorded) -> Result<Message, RecordError> {
        let event = &recorded.event;
        let pointed = Pointed {
            kind: event.kind.to_string(),
            tenant: event.tenant,
            of: event.stream.kind.to_string(),
            id: event.stream.id,
            version: event.version,
        };
        let payload = serde_json::to_vec(&pointed);
        let message = payload.map(|payload| Message {
            position: recorded.position,
            event: event.id.as_uuid(),
            payload,
        });
        message.map_err(|cause| RecordError(cause.to_string()))
    }
}

#[async_trait]
impl Record for Pointers {
    async fn read(&self, after: Position, limit: usize) -> Result<RecordPage, RecordError> {
        let page = self.0.read(after, limit.min(limits::PAGE)).await?;
        let messages = page.iter().map(Self::message);
        Ok(RecordPage {
            messages: messages.collect::<Result<_, _>>()?,
            end: page.last().map_or(after, |it| it.position),
        })
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.0.head()
    }
}

impl Hearing {
    /// The pointer, unless the subscription does not mean its event.
    fn pointer(&self, delivery: &Delivery) -> Result<Option<EventPointer>, Failure> {
        let pointed: Pointed = serde_json::from_slice(&delivery.payload)
            .map_err(|cause| Failure::retry(cause.to_string()))?;
        let is_meant = self.0.direct().means(&pointed.kind);
        Ok(is_meant.then(|| EventPointer {
            tenant: pointed.tenant,
            stream: StreamId::new(pointed.of, pointed.id),
            version: pointed.version,
            position: delivery.position,
            event: EventId::from_uuid(delivery.event),
        }))
    }

    fn note(&self, delivery: &Delivery, heard: Heard) {
        if heard == Heard::Gone {
            let (consumer, position) = (self.0.consumer(), delivery.position.get());
            tracing::error!(%consumer, position, "the log has another event in this place; the message is dropped");
        }
    }
}

#[async_trait]
impl Handler for Hearing {
    async fn handle(&self, delivery: &Delivery) -> Result<(), Failure> {
        if let Some(pointer) = self.pointer(delivery)? {
            let heard = self.0.direct().hear(&pointer).await?;
            self.note(delivery, heard);
        }
        Ok(())
    }

    async fn give_up(&self, delivery: &Delivery, reason: &str) -> Result<bool, Failure> {
        if let Some(pointer) = self.pointer(delivery)? {
            let heard = self.0.direct().give_up(&pointer, reason).await?;
            self.note(delivery, heard);
        }
        Ok(true)
    }
}
