//! Reads that are asked for at the same time travel together.
//!
//! The first few go each by itself, so that who is alone waits for nobody. Beyond those, reads stand in a row; a carrier takes all
//! that stand there as one `MGET`, and again until nobody does. So the more is asked at once the less each read costs: one
//! request, one look at the numbers. A read joins before its carrier asks, so it sees what was invalidated before it began.

use std::mem;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::Inner;
use crate::{CacheError, CacheResult, Entry};

/// Reads that go each by itself.
const ALONE: usize = 4;
/// Carriers at most: while one waits for its answer, another takes who came meanwhile.
const CARRIERS: usize = 4;
/// Reads that one carrier takes at once, so that no small answer waits for very many large ones.
const AT_ONCE: usize = 32;

/// What a read finds.
type Found = CacheResult<Option<Arc<Entry>>>;

/// Who reads at present.
#[derive(Default)]
pub(super) struct Together {
    alone: AtomicUsize,
    row: Mutex<Row>,
}

#[derive(Default)]
struct Row {
    wanted: Vec<Wanted>,
    carriers: usize,
}

struct Wanted {
    key: Box<str>,
    told: oneshot::Sender<Found>,
}

/// The place of a read that goes by itself.
struct Alone<'t>(&'t AtomicUsize);

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Carries until nobody waits.
struct Carrier {
    inner: Arc<Inner>,
    /// It has given its place back.
    left: bool,
}

impl Together {
    fn alone(&self) -> Option<Alone<'_>> {
        let place = Alone(&self.alone);
        (self.alone.fetch_add(1, Relaxed) < ALONE).then_some(place)
    }

    fn row(&self) -> MutexGuard<'_, Row> {
        self.row.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    pub(super) async fn get(self: &Arc<Self>, key: &str) -> Found {
        if let Some(_place) = self.together.alone() {
            return Ok(self.mget(&[key]).await?.pop().flatten());
        }
        let (told, answer) = oneshot::channel();
        let key = key.into();
        let carrier = {
            let mut row = self.together.row();
            row.wanted.push(Wanted { key, told });
            (row.carriers < CARRIERS).then(|| {
                row.carriers += 1;
                Carrier {
                    inner: Arc::clone(self),
                    left: false,
                }
            })
        };
        if let Some(carrier) = carrier {
            tokio::spawn(carrier.carry());
        }
        let lost = |_| CacheError::Unavailable("the read was given up".into());
        answer.await.map_err(lost)?
    }
}

impl Carrier {
    async fn carry(mut self) {
        while let Some(mut taken) = self.take() {
            // Who has given up is not asked for.
            taken.retain(|it| !it.told.is_closed());
            let keys: Vec<_> = taken.iter().map(|it| &*it.key).collect();
            match self.inner.mget(&keys).await {
                Ok(found) => {
                    for (wanted, found) in taken.into_iter().zip(found) {
                        // Who does not listen any more has given up.
                        let _ = wanted.told.send(Ok(found));
                    }
                }
                Err(error) => {
                    for wanted in taken {
                        let _ = wanted.told.send(Err(error.clone()));
                    }
                }
            }
        }
    }

    /// Those who have waited longest. When there is nobody, its place is given back in the same step, so that the next one to
    /// wait finds a carrier or becomes the reason for one.
    fn take(&mut self) -> Option<Vec<Wanted>> {
        let mut row = self.inner.together.row();
        if row.wanted.is_empty() {
            row.carriers -= 1;
            self.left = true;
            return None;
        }
        let taken = row.wanted.len().min(AT_ONCE);
        let later = row.wanted.split_off(taken);
        Some(mem::replace(&mut row.wanted, later))
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        if self.left {
            return;
        }
        let mut row = self.inner.together.row();
        row.carriers -= 1;
        // It was dropped on the way. With nobody left to carry them, those who wait are told so rather than never.
        if row.carriers == 0 {
            row.wanted.clear();
        }
    }
}
