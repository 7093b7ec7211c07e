//! What a later version of the program has written is not read as if it were known.

use medcover_kernel::{ErrorKind, EventId, TenantId, Timestamp};
use medcover_store::{
    Aggregate, CanonicalJson, MemoryStore, NewEvent, Store as _, StreamId, Version, load,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::postgres::append;

medcover_store::event! {
    /// An item was counted.
    pub ItemCounted = "item.counted", 1 {
        /// How much was added.
        by: i64 = 3,
    }
}

medcover_store::events! {
    /// What can happen to an item.
    pub ItemEvent { Counted(ItemCounted), }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Item {
    count: i64,
}

impl Aggregate for Item {
    const KIND: &'static str = "item";
    type Event = ItemEvent;

    fn evolve(&mut self, ItemEvent::Counted(counted): &ItemEvent, _: Timestamp) {
        self.count += counted.by;
    }
}

/// An item of which one event was written, of this kind and schema.
async fn item(kind: &'static str, schema: u16) -> medcover_kernel::Result<i64> {
    let store = MemoryStore::for_tests();
    let stream = StreamId::new(Item::KIND, Uuid::from_u128(1));
    let event = NewEvent {
        id: EventId::from_uuid(Uuid::from_u128(2)),
        kind: kind.into(),
        schema,
        occurred_at: Timestamp::from_micros(0),
        payload: CanonicalJson::of(&json!({"by": 3})).expect("whole"),
    };
    let append = append().write(stream.clone(), Version::NONE, [event]);
    store.commit(append).await.expect("it is kept");
    let item = load::<Item>(&store, TenantId::DEFAULT, stream).await?;
    Ok(item.state.count)
}

#[tokio::test]
async fn a_thing_that_a_later_version_has_changed_is_not_guessed_at() {
    assert_eq!(item("item.counted", 1).await.expect("it is known"), 3);
    for (kind, schema) in [("item.counted", 2), ("item.melted", 1)] {
        let error = item(kind, schema).await.expect_err("it is not known");
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{kind} {schema}");
        assert_eq!(error.slug(), "later-version");
        assert!(error.retry_after().is_some(), "another process may know it");
    }
}
