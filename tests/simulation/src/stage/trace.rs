//! What happened in a run, as one number: equal seeds give equal numbers.

use std::fmt::Display;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard};

use medcover_kernel::Clock;

/// Takes down what happens, and the first thing that must not.
pub struct Trace {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

struct Inner {
    // Made without keys, it gives the same number in every process.
    digest: DefaultHasher,
    lines: Option<Vec<String>>,
    finding: Option<String>,
}

impl Trace {
    /// Nothing so far; `keep_lines` says whether to keep it in words too.
    pub fn new(clock: Arc<dyn Clock>, keep_lines: bool) -> Self {
        Self {
            clock,
            inner: Mutex::new(Inner {
                digest: DefaultHasher::new(),
                lines: keep_lines.then(Vec::new),
                finding: None,
            }),
        }
    }

    /// Notes that something happened now.
    pub fn note(&self, what: impl Display) {
        let line = format!("{:>12} {what}", self.clock.elapsed().as_micros());
        let mut inner = self.inner();
        inner.digest.write(line.as_bytes());
        if let Some(lines) = &mut inner.lines {
            lines.push(line);
        }
    }

    /// Notes that something is wrong; the first finding counts.
    pub fn wrong(&self, what: impl Into<String>) {
        let what = what.into();
        self.note(format_args!("WRONG: {what}"));
        self.inner().finding.get_or_insert(what);
    }

    /// Whether something was found.
    pub fn is_wrong(&self) -> bool {
        self.inner().finding.is_some()
    }

    /// The digest, the first finding, and the lines if they were kept.
    pub fn take(&self) -> (u64, Option<String>, Vec<String>) {
        let mut inner = self.inner();
        let lines = inner.lines.take().unwrap_or_default();
        (inner.digest.finish(), inner.finding.clone(), lines)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no code panics under it")
    }
}
