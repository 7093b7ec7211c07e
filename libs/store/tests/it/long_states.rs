//! Things of which so much happened that their state is longer than what is kept beside their events.

use medcover_kernel::{ManualClock, SeededRng, TenantId, Timestamp};
use medcover_store::{Aggregate, MemoryStore, Store as _, StreamId, limits, load};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::postgres::append;

medcover_store::event! {
    /// Something was written down.
    pub NoteTaken = "note.taken", 1 {
        /// What.
        text: String = "a word".to_owned(),
    }
}

medcover_store::events! {
    /// What can happen to a notebook.
    pub NotebookEvent { Taken(NoteTaken), }
}

/// Forgets nothing.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Notebook {
    notes: Vec<String>,
}

impl Aggregate for Notebook {
    const KIND: &'static str = "notebook";
    type Event = NotebookEvent;

    fn evolve(&mut self, NotebookEvent::Taken(note): &NotebookEvent, _: Timestamp) {
        self.notes.push(note.text.clone());
    }
}

#[tokio::test]
async fn a_thing_goes_on_when_its_state_is_too_long_to_be_kept() {
    let store = MemoryStore::for_tests();
    let (clock, rng) = (
        ManualClock::at(Timestamp::from_micros(0)),
        SeededRng::new(1),
    );
    let stream = StreamId::new(Notebook::KIND, Uuid::from_u128(1));
    let text = "a word ".repeat(2_000);
    let mut longest_kept = 0;
    for count in 1..=400 {
        let mut notebook = load::<Notebook>(&store, TenantId::DEFAULT, stream.clone())
            .await
            .expect("it loads");
        assert_eq!(notebook.state.notes.len() + 1, count);
        let note = NoteTaken { text: text.clone() };
        let append = notebook.write(append(), &[note.into()], &clock, &rng);
        let append = append.expect("it is written");
        store.commit(append).await.expect("it is kept");
        let snapshot = store.snapshot(TenantId::DEFAULT, &stream, Notebook::REDUCER);
        let snapshot = snapshot.await.expect("it answers");
        longest_kept = snapshot.map_or(0, |it| it.state.as_str().len());
    }
    let whole = 400 * text.len();
    assert!(whole > limits::SNAPSHOT_BYTES * 2);
    assert!(longest_kept > 0 && longest_kept <= limits::SNAPSHOT_BYTES);
}
