//! The planner alone, over commits made by chance.

use std::collections::BTreeMap;

use medcover_kernel::{Call, Caller, EventId, MessageId, TenantId, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::{Heads, needs, plan};
use crate::cell::RowKey;
use crate::core_tables::{AUDIT, MESSAGE};
use crate::{
    Answer, AnswerScope, Append, AuditEntry, AuditOutcome, CanonicalJson, Change, CheckpointMove,
    Column, ColumnKind, Context, DeadLetterChange, NewEvent, NewMessage, Outcome, Position,
    Recorded, RowChange, Settlement, StreamId, Table, Value, Version,
};

static COUNTS: Table = Table {
    name: "count",
    version: 1,
    key: &[Column::of("id", ColumnKind::Integer)],
    columns: &[
        Column::of("sum", ColumnKind::Integer),
        Column::maybe("note", ColumnKind::Text),
    ],
};

/// A store as simple as can be: what the planner says is done.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    rows: BTreeMap<RowKey, Vec<Value>>,
    log: Vec<Recorded>,
}

impl Model {
    /// Puts `batch` through, and says of each commit whether and how it went.
    fn commit(&mut self, batch: &[Append]) -> Vec<Result<String, String>> {
        let batch: Vec<_> = batch.iter().collect();
        let mut heads = Heads::default();
        for key in needs(&batch) {
            if let Some(row) = self.rows.get(&key) {
                heads.insert(key, row.clone());
            }
        }
        let plan = plan(&batch, &mut heads, Timestamp::from_micros(100));
        for (key, row) in plan.rows {
            match row {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
        self.log.extend(plan.events);
        let said = plan.outcomes.into_iter().map(|outcome| match outcome {
            Ok(receipt) => Ok(format!("{receipt:?}")),
            Err(error) => Err(error.to_string()),
        });
        said.collect()
    }
}

fn id(number: u8) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

fn stream() -> impl Strategy<Value = StreamId> {
    (0_u8..3).prop_map(|number| StreamId::new("account", id(number)))
}

fn version() -> impl Strategy<Value = Version> {
    (0_u64..3).prop_map(Version::new)
}

fn event() -> impl Strategy<Value = NewEvent> {
    any::<u8>().prop_map(|number| NewEvent {
        id: EventId::from_uuid(id(number)),
        kind: "account.moved".into(),
        schema: 1,
        occurred_at: Timestamp::from_micros(1),
        payload: CanonicalJson::empty(),
    })
}

fn row() -> impl Strategy<Value = RowChange> {
    let put = (0_i64..9).prop_map(|sum| Change::Put(vec![Value::Integer(sum), Value::Null]));
    let patch = (-3_i64..9).prop_map(|amount| Change::Patch {
        set: vec![("note", "seen".into())],
        add: vec![("sum", amount)],
    });
    let change = prop_oneof![put, patch, Just(Change::Delete)];
    (0_i64..3, change).prop_map(|(key, change)| RowChange {
        tenant: TenantId::DEFAULT,
        table: &COUNTS,
        key: vec![Value::Integer(key)],
        change,
    })
}

fn message() -> impl Strategy<Value = NewMessage> {
    (0_u8..3).prop_map(|number| NewMessage {
        id: MessageId::from_uuid(id(number)),
        queue: "mail".into(),
        key: None,
        payload: CanonicalJson::empty(),
        not_before: None,
    })
}

fn settlement() -> impl Strategy<Value = Settlement> {
    let at = Timestamp::from_micros(200);
    let reason = || "why".to_owned();
    let outcomes = [
        Outcome::Done,
        Outcome::Extended { until: at },
        Outcome::Retry {
            at,
            reason: reason(),
        },
        Outcome::Dead { reason: reason() },
    ];
    (0_u8..3, 0_u64..3, select(outcomes.to_vec())).prop_map(|(number, token, outcome)| Settlement {
        message: MessageId::from_uuid(id(number)),
        token,
        outcome,
    })
}

fn dead_letter() -> impl Strategy<Value = DeadLetterChange> {
    (0_u8..3, any::<bool>()).prop_map(|(number, replay)| {
        let id = MessageId::from_uuid(id(number));
        if replay {
            DeadLetterChange::Replay(id)
        } else {
            DeadLetterChange::Discard(id)
        }
    })
}

fn checkpoint() -> impl Strategy<Value = CheckpointMove> {
    (0_u64..3).prop_map(|from| CheckpointMove {
        consumer: "view".into(),
        from: Position::new(from),
        to: Position::new(from + 1),
    })
}

fn answer() -> impl Strategy<Value = (AnswerScope, Answer)> {
    (0_u8..2).prop_map(|number| {
        let scope = AnswerScope {
            tenant: TenantId::DEFAULT,
            caller: Caller::Operator,
            route: "POST /".into(),
            key: number.to_string().parse().expect("a key"),
        };
        let answer = Answer {
            fingerprint: [number; 32],
            status: 201,
            body: CanonicalJson::empty(),
        };
        (scope, answer)
    })
}

fn audit() -> impl Strategy<Value = AuditEntry> {
    (0_u8..5).prop_map(|number| AuditEntry {
        action: "account.read".into(),
        subject: format!("account/{number}"),
        data_subject: (number > 2).then(|| id(number)),
        outcome: AuditOutcome::Done,
        details: CanonicalJson::empty(),
    })
}

fn append() -> impl Strategy<Value = Append> {
    let writes = prop::collection::btree_map(
        stream(),
        (version(), prop::collection::vec(event(), 1..3)),
        0..2,
    );
    let few = 0..2_usize;
    (
        writes,
        prop::collection::vec((stream(), version()), few.clone()),
        prop::collection::vec(row(), 0..3),
        prop::collection::vec(message(), few.clone()),
        prop::collection::vec(settlement(), 0..1),
        prop::collection::vec(dead_letter(), 0..1),
        prop::option::weighted(0.1, 0_u8..3),
        prop::option::weighted(0.1, checkpoint()),
        prop::option::weighted(0.2, answer()),
        prop::collection::vec(audit(), few),
    )
        .prop_map(
            |(writes, reads, rows, outbox, settle, dead, mark, checkpoint, answer, audit)| {
                let mut append = Append::new(Context::of(&Call::for_tests()));
                for (stream, (expected, events)) in writes {
                    append = append.write(stream, expected, events);
                }
                for (stream, version) in reads {
                    append = append.read(stream, version);
                }
                if let Some(event) = mark {
                    append = append.handled("view", EventId::from_uuid(id(event)));
                }
                Append {
                    rows,
                    outbox,
                    settle,
                    dead_letters: dead,
                    checkpoint,
                    answer,
                    audit,
                    ..append
                }
            },
        )
}

/// A queue in which the three messages have been delivered, so that some settlements meet their token.
fn begun() -> Model {
    let mut model = Model::default();
    let mut send = Append::new(Context::of(&Call::for_tests()));
    send.outbox = (0..3)
        .map(|number| NewMessage {
            id: MessageId::from_uuid(id(number)),
            queue: "mail".into(),
            key: None,
            payload: CanonicalJson::empty(),
            not_before: None,
        })
        .collect();
    model.commit(&[send]);
    let token = MESSAGE.position("token").expect("a column");
    let messages = model.rows.iter_mut();
    for ((_, row), number) in messages.filter(|(key, _)| key.table == &MESSAGE).zip(0..) {
        row[token] = Value::Integer(number);
    }
    model
}

proptest! {
    #[test]
    fn a_batch_does_what_its_commits_do_one_after_the_other(batch in prop::collection::vec(append(), 1..12)) {
        let (mut together, mut singly) = (begun(), begun());
        let said = together.commit(&batch);
        let said_singly: Vec<_> = batch
            .iter()
            .flat_map(|append| singly.commit(std::slice::from_ref(append)))
            .collect();
        prop_assert_eq!(said, said_singly);
        prop_assert_eq!(together, singly);
    }

    #[test]
    fn what_is_refused_leaves_no_trace(batch in prop::collection::vec(append(), 1..12)) {
        let (mut all, mut accepted) = (begun(), begun());
        let said = all.commit(&batch);
        let kept = batch.iter().zip(&said).filter(|(_, said)| said.is_ok());
        let kept: Vec<_> = kept.map(|(append, _)| append.clone()).collect();
        let said_again = accepted.commit(&kept);
        prop_assert!(said_again.iter().all(Result::is_ok));
        prop_assert_eq!(all, accepted);
    }

    #[test]
    fn numbers_have_no_gaps(batch in prop::collection::vec(append(), 1..12)) {
        let mut model = begun();
        model.commit(&batch);
        let mut versions = BTreeMap::new();
        for (recorded, position) in model.log.iter().zip(1..) {
            prop_assert_eq!(recorded.position, Position::new(position));
            let version = versions.entry(recorded.event.stream.clone()).or_insert(0);
            *version += 1;
            prop_assert_eq!(recorded.event.version, Version::new(*version));
        }
        let mut chains = BTreeMap::new();
        for (key, row) in model.rows.iter().filter(|(key, _)| key.table == &AUDIT) {
            let sequence = chains.entry(key.key[0].clone()).or_insert(0);
            *sequence += 1;
            prop_assert_eq!(&row[1], &Value::Integer(*sequence));
        }
    }
}
