//! What a drill tells.

use std::collections::BTreeMap;
use std::fmt;

use super::books::Books;
use super::journal::Journal;
use super::kills::Kills;

/// What was done under kills, and found to be right.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// How often the program was killed.
    pub kills: u32,
    /// Of that, while it started.
    pub kills_in_start: u32,
    /// The middle one of the times from start to listening, and the longest, in milliseconds.
    pub start_ms: (u64, u64),
    /// What clients did meanwhile.
    pub work: WorkFigures,
}

/// What clients did, and was found to be right.
#[derive(Clone, Debug, Default)]
pub struct WorkFigures {
    /// Patients whose journey came to its end.
    pub journeys: u64,
    /// Of those, patients who cancelled.
    pub cancelled: u64,
    /// Requests that change something, answered for good.
    pub acknowledged: usize,
    /// Requests that had to be sent more than once.
    pub sent_again: u64,
    /// Of those, requests that had been done before: the harm came between the commit and the answer.
    pub done_before: u64,
    /// Sendings that found nobody, or whose answer did not come.
    pub lost: u64,
    /// Sendings answered with "ask again".
    pub put_off: u64,
    /// Acknowledged requests that were sent once more at the end, and answered as before.
    pub repeated: u64,
    /// Runs of sagas, by state.
    pub sagas: BTreeMap<String, u64>,
    /// Runs that a person had to let go on.
    pub resumed: u64,
    /// Things that are there, each acknowledged.
    pub things: usize,
    /// Entries of the ledger.
    pub entries: usize,
    /// Records of the audit trails.
    pub audit_records: u64,
    /// What it took.
    pub seconds: u64,
}

impl Figures {
    pub(super) fn of(kills: &Kills, work: WorkFigures) -> Self {
        Self {
            kills: kills.count,
            kills_in_start: kills.in_start,
            start_ms: kills.start_ms(),
            work,
        }
    }
}

impl WorkFigures {
    /// Those of what clients remember and of what is there.
    pub(super) fn of(journal: &Journal, books: &Books) -> Self {
        let mut sagas = BTreeMap::new();
        for run in &books.runs {
            let state = run["state"].as_str().unwrap_or_default();
            *sagas.entry(state.to_owned()).or_default() += 1;
        }
        Self {
            journeys: journal.finished,
            cancelled: journal.cancelled,
            acknowledged: journal.answers.len(),
            sent_again: journal.sent_again,
            done_before: journal.done_before,
            lost: journal.lost,
            put_off: journal.put_off,
            resumed: journal.resumed,
            sagas,
            things: books.things.values().map(Vec::len).sum(),
            entries: books.entries.len(),
            ..Self::default()
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (middle, longest) = self.start_ms;
        writeln!(
            f,
            "{} kills, {} of them while the program started; a start takes {middle} ms, {longest} at most",
            self.kills, self.kills_in_start
        )?;
        self.work.fmt(f)
    }
}

impl fmt::Display for WorkFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} journeys, {} of them cancelled; {} things, each acknowledged once; {} entries that balance",
            self.journeys, self.cancelled, self.things, self.entries
        )?;
        writeln!(
            f,
            "{} requests acknowledged, {} of them after more than one sending ({} lost, {} put off), of which {} had been \
             done unheard; {} asked again at the end and answered the same",
            self.acknowledged,
            self.sent_again,
            self.lost,
            self.put_off,
            self.done_before,
            self.repeated
        )?;
        let sagas: Vec<_> = self
            .sagas
            .iter()
            .map(|(state, count)| format!("{count} {state}"))
            .collect();
        writeln!(
            f,
            "sagas: {}; {} let go on by a person",
            sagas.join(", "),
            self.resumed
        )?;
        write!(
            f,
            "{} audit records verified; {} s. Nothing is lost, nothing doubled, the books balance.",
            self.audit_records, self.seconds
        )
    }
}
