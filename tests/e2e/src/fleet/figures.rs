//! What a drill of the fleet tells.

use std::fmt;
use std::time::Duration;

use super::harm::Harm;
use super::probes::{Probes, Sample};
use crate::WorkFigures;

/// What hides a fault must not take longer.
const HARDLY_SEEN: Duration = Duration::from_secs(1);
/// Of how many refusals is told, for each harm.
const MOST_REFUSALS: usize = 5;

/// What the probes have seen of one harm, from its beginning until it was calm again.
#[derive(Clone, Debug)]
pub struct HarmFigures {
    harm: Harm,
    /// Reads of terminology.
    pub reads: Asked,
    /// Looks at a patient, which are written down before they are answered.
    pub patients: Asked,
    /// Patients registered.
    pub writes: Asked,
    /// When the first write was acknowledged after all was well again.
    pub back_after: Option<Duration>,
    /// What those were told that had to be sent again, the first of them.
    pub refusals: Vec<String>,
}

/// Requests of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// How many were answered well.
    pub answered: usize,
    /// How many of those had to be sent more than once.
    pub again: usize,
    /// How many were not answered at all.
    pub unanswered: usize,
    /// The longest time until one was answered well.
    pub longest: Duration,
}

/// What was done, and found to be right.
#[derive(Clone, Debug)]
pub struct FleetFigures {
    /// Of each harm.
    pub harms: Vec<HarmFigures>,
    /// Of the clients.
    pub work: WorkFigures,
}

impl HarmFigures {
    pub(super) fn of(
        harm: &Harm,
        began: Duration,
        back_after: Option<Duration>,
        probes: &Probes,
    ) -> Self {
        let reads = probes.reads.lock().expect("no code panics under it");
        let writes = probes.writes.lock().expect("no code panics under it");
        let patients = probes.patients.lock().expect("no code panics under it");
        let refusals = probes.refusals.lock().expect("no code panics under it");
        let refusals = refusals.iter().filter(|(at, _)| *at >= began);
        Self {
            harm: harm.clone(),
            reads: Asked::of(&reads, began),
            patients: Asked::of(&patients, began),
            writes: Asked::of(&writes, began),
            back_after,
            refusals: refusals
                .take(MOST_REFUSALS)
                .map(|(_, told)| told.clone())
                .collect(),
        }
    }

    fn findings(&self, back_within: Duration) -> Vec<String> {
        let (harm, reads, writes) = (&self.harm, self.reads, self.writes);
        let faults = [
            (reads.answered == 0, "nothing was read"),
            (reads.unanswered > 0, "reads were not answered"),
            (
                harm.is_hidden() && reads.again > 0,
                "reads had to be sent again",
            ),
            (
                // A process that starts takes the machine from the others for a while.
                harm.is_hidden()
                    && !matches!(harm, Harm::Restart(..))
                    && reads.longest > HARDLY_SEEN,
                "reads took long",
            ),
            (
                harm.leaves_patients() && self.patients.unanswered > 0,
                "looks at a patient were not answered",
            ),
            (
                harm.leaves_writes() && writes.again > 0,
                "writes had to be sent again",
            ),
            (
                self.back_after.is_none_or(|after| after > back_within),
                "writes were not back in time",
            ),
        ];
        let found = faults.into_iter().filter(|(is, _)| *is);
        found
            .map(|(_, fault)| format!("{harm}: {fault}: {self}"))
            .collect()
    }
}

impl Asked {
    /// Of those of `samples` that ended after `began`.
    fn of(samples: &[Sample], began: Duration) -> Self {
        let mut asked = Self::default();
        for sample in samples.iter().filter(|it| it.at + it.took >= began) {
            if sample.answered {
                asked.answered += 1;
                asked.again += usize::from(sample.refused > 0);
                asked.longest = asked.longest.max(sample.took);
            } else {
                asked.unanswered += 1;
            }
        }
        asked
    }
}

impl FleetFigures {
    pub(super) fn findings(&self, back_within: Duration) -> Vec<String> {
        let harms = self.harms.iter();
        harms.flat_map(|it| it.findings(back_within)).collect()
    }

    /// Reads and writes, and how many of them had to be sent more than once or were not answered.
    pub fn in_vain(&self) -> (usize, usize) {
        let asked = self.harms.iter().flat_map(|it| [it.reads, it.writes]);
        asked.fold((0, 0), |(all, in_vain), it| {
            (
                all + it.answered + it.unanswered,
                in_vain + it.again + it.unanswered,
            )
        })
    }

    /// A row for each harm, as Markdown.
    pub fn table(&self) -> String {
        let head = "| harm | reads | sent again | unanswered | longest ms | patients | sent again | unanswered | longest ms \
                    | writes | sent again | longest ms | back after ms |\n\
                    |---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
        let rows = self.harms.iter().map(|it| {
            let read = |it: Asked| {
                let longest = it.longest.as_millis();
                format!(
                    "{} | {} | {} | {longest}",
                    it.answered, it.again, it.unanswered
                )
            };
            let back_after = it.back_after.map(|after| after.as_millis().to_string());
            format!(
                "| {} | {} | {} | {} | {} | {} | {} |\n",
                it.harm,
                read(it.reads),
                read(it.patients),
                it.writes.answered,
                it.writes.again,
                it.writes.longest.as_millis(),
                back_after.unwrap_or_else(|| "never".to_owned()),
            )
        });
        rows.fold(head.to_owned(), |table, row| table + &row)
    }
}

impl fmt::Display for HarmFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (reads, patients, writes) = (self.reads, self.patients, self.writes);
        write!(
            f,
            "{}: {} reads, {} sent again, {} unanswered, {:?} at most; {} looks at a patient, {} sent again, {} \
             unanswered, {:?} at most; {} writes, {} sent again, {:?} at most; back after {:?}",
            self.harm,
            reads.answered,
            reads.again,
            reads.unanswered,
            reads.longest,
            patients.answered,
            patients.again,
            patients.unanswered,
            patients.longest,
            writes.answered,
            writes.again,
            writes.longest,
            self.back_after
        )?;
        let mut refusals = self.refusals.iter();
        refusals.try_for_each(|told| write!(f, "\n  refused: {told}"))
    }
}

impl fmt::Display for FleetFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, in_vain) = self.in_vain();
        let share = 100.0 * in_vain as f64 / all.max(1) as f64;
        writeln!(f, "{}", self.table())?;
        writeln!(
            f,
            "{in_vain} of {all} reads and writes were not answered well at once: {share:.3} %"
        )?;
        self.work.fmt(f)
    }
}
