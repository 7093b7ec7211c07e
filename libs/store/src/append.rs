//! One commit, as data.

use medcover_kernel::{EventId, Timestamp};

use crate::{
    Answer, AnswerScope, AuditEntry, Context, DeadLetterChange, Event, Name, NewEvent, NewMessage,
    Position, Projection, RowChange, Settlement, Snapshot, StreamId, Version,
};

/// Everything that one decision changes: all of it is kept, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// Who, for whom and why.
    pub context: Context,
    /// Streams that the decision relied on without writing to them; their versions must still hold.
    pub reads: Vec<StreamVersion>,
    /// Events, by stream. A stream stands here once.
    pub writes: Vec<StreamWrite>,
    /// Changes to read models.
    pub rows: Vec<RowChange>,
    /// Work to be done later.
    pub outbox: Vec<NewMessage>,
    /// Messages that this commit finishes, returns or sets aside. A delivery that is no longer the last one refuses the
    /// commit with [`StaleDelivery`](crate::CommitError::StaleDelivery).
    pub settle: Vec<Settlement>,
    /// What is done with messages that had been set aside.
    pub dead_letters: Vec<DeadLetterChange>,
    /// Events that a consumer has now handled. One handled before refuses the commit with
    /// [`AlreadyHandled`](crate::CommitError::AlreadyHandled).
    pub inbox: Vec<InboxMark>,
    /// How far a consumer of the log has come.
    pub checkpoint: Option<CheckpointMove>,
    /// The answer to keep under the caller's key. A key that is taken refuses the commit with
    /// [`AnswerTaken`](crate::CommitError::AnswerTaken).
    pub answer: Option<(AnswerScope, Answer)>,
    /// What the audit trail says about it.
    pub audit: Vec<AuditEntry>,
    /// When that was kept, where it was kept elsewhere before; `None`: with this commit.
    pub audited_at: Option<Timestamp>,
    /// States of streams, to load them from later.
    pub snapshots: Vec<Snapshot>,
}

/// A stream at a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamVersion {
    /// Which.
    pub stream: StreamId,
    /// Its version when the decision was made.
    pub version: Version,
}

/// New events of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamWrite {
    /// Which.
    pub stream: StreamId,
    /// The version on which the decision was made.
    pub expected: Version,
    /// What follows, in order; at least one.
    pub events: Vec<NewEvent>,
}

/// A consumer's note that an event has had its effect there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxMark {
    /// Who.
    pub consumer: Name,
    /// What.
    pub event: EventId,
}

/// A consumer's step along the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointMove {
    /// Who.
    pub consumer: Name,
    /// Where it stood; if it no longer stands there, someone else has taken the step.
    pub from: Position,
    /// The last event that it has applied.
    pub to: Position,
}

/// What a commit was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The position of its last event, or that of the log if it had none. Reading up to here sees the commit.
    pub position: Position,
    /// The versions that the written streams have now, in the order of [`Append::writes`].
    pub versions: Vec<Version>,
    /// When it was kept, by the store's clock.
    pub recorded_at: Timestamp,
}

impl Append {
    /// A commit of nothing yet.
    pub const fn new(context: Context) -> Self {
        Self {
            context,
            reads: Vec::new(),
            writes: Vec::new(),
            rows: Vec::new(),
            outbox: Vec::new(),
            settle: Vec::new(),
            dead_letters: Vec::new(),
            inbox: Vec::new(),
            checkpoint: None,
            answer: None,
            audit: Vec::new(),
            audited_at: None,
            snapshots: Vec::new(),
        }
    }

    /// Relies on `stream` being at `version`.
    #[must_use]
    pub fn read(mut self, stream: StreamId, version: Version) -> Self {
        self.reads.push(StreamVersion { stream, version });
        self
    }

    /// Adds `events` to `stream`, which must be at `expected`.
    #[must_use]
    pub fn write(
        mut self,
        stream: StreamId,
        expected: Version,
        events: impl IntoIterator<Item = NewEvent>,
    ) -> Self {
        let events = events.into_iter().collect();
        self.writes.push(StreamWrite {
            stream,
            expected,
            events,
        });
        self
    }

    /// Adds what `projection` makes of the events so far.
    #[must_use]
    pub fn project(mut self, projection: &dyn Projection) -> Self {
        let changes: Vec<_> = self
            .events()
            .flat_map(|event| projection.apply(&event))
            .collect();
        self.rows.extend(changes);
        self
    }

    /// Adds a change to a read model.
    #[must_use]
    pub fn row(mut self, change: RowChange) -> Self {
        self.rows.push(change);
        self
    }

    /// Adds work to be done later.
    #[must_use]
    pub fn send(mut self, message: NewMessage) -> Self {
        self.outbox.push(message);
        self
    }

    /// Settles a message that was claimed.
    #[must_use]
    pub fn settle(mut self, settlement: Settlement) -> Self {
        self.settle.push(settlement);
        self
    }

    /// Marks `event` as handled by `consumer`.
    #[must_use]
    pub fn handled(mut self, consumer: impl Into<Name>, event: EventId) -> Self {
        let consumer = consumer.into();
        self.inbox.push(InboxMark { consumer, event });
        self
    }

    /// Keeps `answer` under `scope`.
    #[must_use]
    pub fn answer(mut self, scope: AnswerScope, answer: Answer) -> Self {
        self.answer = Some((scope, answer));
        self
    }

    /// Adds a record to the audit trail.
    #[must_use]
    pub fn audit(mut self, entry: AuditEntry) -> Self {
        self.audit.push(entry);
        self
    }

    /// Whether it says something in the audit trail and changes nothing else.
    pub(crate) fn only_audits(&self) -> bool {
        let Self {
            context: _,
            audited_at: _,
            reads,
            writes,
            rows,
            outbox,
            settle,
            dead_letters,
            inbox,
            checkpoint,
            answer,
            audit,
            snapshots,
        } = self;
        !audit.is_empty()
            && reads.is_empty()
            && writes.is_empty()
            && rows.is_empty()
            && outbox.is_empty()
            && settle.is_empty()
            && dead_letters.is_empty()
            && inbox.is_empty()
            && checkpoint.is_none()
            && answer.is_none()
            && snapshots.is_empty()
    }

    /// The events of this commit, as they will stand in their streams.
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        self.writes.iter().flat_map(move |write| {
            write
                .events
                .iter()
                .enumerate()
                .map(move |(at, event)| Event {
                    tenant: self.context.tenant,
                    stream: write.stream.clone(),
                    version: write.expected.plus(at as u64 + 1),
                    id: event.id,
                    kind: event.kind.clone(),
                    schema: event.schema,
                    occurred_at: event.occurred_at,
                    actor: self.context.actor.clone(),
                    purpose: self.context.purpose,
                    correlation: self.context.correlation,
                    causation: self.context.causation,
                    traceparent: self.context.traceparent.clone(),
                    payload: event.payload.clone(),
                })
        })
    }
}
