//! What was measured, and what of it is not as it should be.

use std::fmt;
use std::time::Duration;

use super::load::Sample;

/// What happened while one instance was harmed, and until it was used again.
#[derive(Clone, Debug)]
pub struct PhaseFigures {
    /// The harm.
    pub harm: &'static str,
    /// Requests that were due.
    pub requests: usize,
    /// Of these, questions that failed.
    pub failed_questions: usize,
    /// Of these, POST without a key that failed.
    pub failed_posts: usize,
    /// The share of calls that the harmed instance got, in hundredths of a percent.
    pub share: u64,
    /// Whether its health check tells when it is back.
    pub tells: bool,
    /// From the end of the harm until the instance was used again, if it was waited for so long.
    pub back_after: Option<Duration>,
    /// Half of the requests took no longer.
    pub p50: Duration,
    /// Of a hundred requests 99 took no longer.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl PhaseFigures {
    pub(super) fn of(
        (harm, tells): (&'static str, bool),
        samples: &[Sample],
        (from, to): (Duration, Duration),
        (share, back_after): (u64, Option<Duration>),
    ) -> Self {
        let here = samples.iter().filter(|it| it.due >= from && it.due < to);
        let here: Vec<_> = here.collect();
        let failed = here.iter().filter(|it| it.failed());
        let (questions, posts): (Vec<&&Sample>, Vec<_>) = failed.partition(|it| it.is_question);
        let mut took: Vec<_> = here.iter().map(|it| it.took).collect();
        took.sort_unstable();
        let quantile = |percent: usize| {
            let place = (took.len() * percent / 100).min(took.len().saturating_sub(1));
            took.get(place).copied().unwrap_or_default()
        };
        Self {
            harm,
            requests: here.len(),
            failed_questions: questions.len(),
            failed_posts: posts.len(),
            share,
            tells,
            back_after,
            p50: quantile(50),
            p99: quantile(99),
            max: quantile(100),
        }
    }
}

/// A whole drill.
#[derive(Clone, Debug)]
pub struct UpstreamFigures {
    /// Requests a second that clients get answered which wait for their answers.
    pub capacity: u32,
    /// Requests a second that were sent.
    pub rate: u32,
    /// One harm after the other; the first is none.
    pub phases: Vec<PhaseFigures>,
    /// Tries beyond the first.
    pub retries: u64,
}

impl UpstreamFigures {
    /// Requests of all phases, and how many failed.
    pub fn totals(&self) -> (usize, usize) {
        let phases = self.phases.iter();
        phases.fold((0, 0), |(requests, failed), it| {
            let failing = it.failed_questions + it.failed_posts;
            (requests + it.requests, failed + failing)
        })
    }

    /// What is not as it should be: a question that failed, more than a thousandth of all requests that failed, a harmed
    /// instance that got more than its share, one that is not used again.
    pub(super) fn findings(&self, patience: Duration) -> Vec<String> {
        let mut findings = Vec::new();
        let (requests, failed) = self.totals();
        if failed * 1_000 > requests {
            findings.push(format!("{failed} of {requests} requests failed"));
        }
        for it in &self.phases {
            if it.failed_questions > 0 {
                let count = it.failed_questions;
                findings.push(format!("{}: {count} questions failed", it.harm));
            }
            if it.harm != self.phases[0].harm && it.share > 2_500 {
                findings.push(format!("{}: it got {} of 10,000 calls", it.harm, it.share));
            }
            if it.back_after.is_none() && (it.tells || !patience.is_zero()) {
                findings.push(format!("{}: it is not used again", it.harm));
            }
        }
        findings
    }
}

impl fmt::Display for UpstreamFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (requests, failed) = self.totals();
        let (capacity, rate) = (self.capacity, self.rate);
        writeln!(
            f,
            "capacity {capacity} requests/s, load {rate} requests/s, {} retries",
            self.retries
        )?;
        writeln!(f, "{requests} requests, {failed} failed")?;
        writeln!(f)?;
        writeln!(
            f,
            "| harm to one of four | requests | failed GET | failed POST | its share % | used again after s | p50 ms | p99 ms | max ms |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|")?;
        for it in &self.phases {
            let millis = |it: Duration| it.as_secs_f64() * 1e3;
            writeln!(
                f,
                "| {} | {} | {} | {} | {:.2} | {} | {:.2} | {:.2} | {:.0} |",
                it.harm,
                it.requests,
                it.failed_questions,
                it.failed_posts,
                it.share as f64 / 100.0,
                it.back_after
                    .map_or_else(|| "–".to_owned(), |it| format!("{:.1}", it.as_secs_f64())),
                millis(it.p50),
                millis(it.p99),
                millis(it.max)
            )?;
        }
        Ok(())
    }
}
