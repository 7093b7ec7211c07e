//! The rule of stamps under thousands of schedules of threads (shuttle), each of which can be replayed.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use shuttle::sync::Mutex;
use shuttle::sync::atomic::AtomicU64;
use shuttle::{check_pct, check_random, thread};

use crate::stamps::{Checked, Stamps, Subject};
use crate::{Mark, Name, Pattern};

const SCHEDULES: usize = 2_000;
const KEY: &str = "thing:7";

/// A value that is kept.
#[derive(Clone)]
struct Kept {
    value: u64,
    as_of: Mark,
    own: Mark,
    checked: Arc<Checked>,
}

/// A source with one value, and a place where it is kept.
struct World {
    stamps: Stamps,
    source: AtomicU64,
    kept: Mutex<Option<Kept>>,
    /// The value before which nothing may be shown: that of the last invalidation which has returned.
    floor: AtomicU64,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            stamps: Stamps::new(4),
            source: AtomicU64::new(0),
            kept: Mutex::new(None),
            floor: AtomicU64::new(0),
        })
    }

    fn load(&self) {
        let as_of = self.stamps.mark();
        let value = self.source.load(SeqCst);
        self.keep(value, as_of, as_of);
    }

    fn keep(&self, value: u64, as_of: Mark, own: Mark) {
        let kept = Kept {
            value,
            as_of,
            own,
            checked: Arc::default(),
        };
        *self.kept.lock().expect("no thread panics") = Some(kept);
    }

    fn change(&self, invalidate: impl Fn(&Stamps)) {
        let value = self.source.fetch_add(1, SeqCst) + 1;
        invalidate(&self.stamps);
        self.floor.fetch_max(value, SeqCst);
    }

    /// Looks twice: the first look leaves a note of what it compared with.
    fn look(&self) {
        for _ in 0..2 {
            let floor = self.floor.load(SeqCst);
            let kept = self.kept.lock().expect("no thread panics").clone();
            let Some(Kept {
                value,
                as_of,
                own,
                checked,
            }) = kept
            else {
                continue;
            };
            let subject = Subject {
                key: KEY,
                names: &[Name::of_key(KEY)],
                as_of,
                own,
                checked: &checked,
            };
            if self.stamps.hold(subject) {
                assert!(value >= floor, "{value} was shown after {floor} was known");
            }
        }
    }
}

fn together(load: fn(&World), change: fn(&World)) {
    let world = World::new();
    let parts: [fn(&World); 4] = [load, change, World::look, change];
    let threads: Vec<_> = parts
        .into_iter()
        .map(|part| {
            let world = Arc::clone(&world);
            thread::spawn(move || part(&world))
        })
        .collect();
    for thread in threads {
        thread.join().expect("no thread panics");
    }
    world.look();
}

fn by_name(world: &World) {
    world.change(|stamps| {
        stamps.stamp([Name::of_key(KEY)]);
    });
}

fn by_pattern(world: &World) {
    world.change(|stamps| {
        stamps.flush(&["thing:*".parse::<Pattern>().expect("a pattern")]);
    });
}

/// Random schedules, and those that change threads at few but awkward places.
fn under_all_schedules(test: fn()) {
    check_random(test, SCHEDULES);
    check_pct(test, SCHEDULES, 3);
}

#[test]
fn nothing_is_shown_after_its_name_was_stamped() {
    under_all_schedules(|| together(World::load, by_name));
}

#[test]
fn nothing_is_shown_after_its_key_was_flushed() {
    under_all_schedules(|| together(World::load, by_pattern));
}

/// So that the tests above can fail: with the mark taken after the source was read, they do.
#[test]
#[should_panic(expected = "was shown after")]
fn a_mark_that_is_taken_too_late_is_found_out() {
    under_all_schedules(|| {
        let load = |world: &World| {
            let value = world.source.load(SeqCst);
            let mark = world.stamps.mark();
            world.keep(value, mark, mark);
        };
        together(load, by_name);
    });
}

/// Changes the source and keeps what it wrote.
fn write(world: &World) {
    let name = Name::of_key(KEY);
    let before = world.stamps.stamp([name]);
    let value = world.source.fetch_add(1, SeqCst) + 1;
    if let Some(own) = world.stamps.stamp_since(name, before) {
        world.keep(value, before, own);
    }
    world.floor.fetch_max(value, SeqCst);
}

#[test]
fn of_two_that_write_one_key_none_is_kept_wrongly() {
    under_all_schedules(|| together(write, write));
}

#[test]
fn what_was_written_goes_when_somebody_else_changes_it() {
    under_all_schedules(|| together(write, by_name));
    under_all_schedules(|| together(write, by_pattern));
}
