//! What is told of an overload.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::load::Asked;
use crate::machine::Machine;
use crate::output::figure;
use crate::sample::Timing;

#[derive(Serialize)]
pub struct Report {
    pub command: &'static str,
    pub machine: Machine,
    /// Of a request that is little work, and of one that is more.
    pub loads: [Load; 2],
}

/// The loads of one request.
#[derive(Serialize)]
pub struct Load {
    /// What is asked.
    pub name: &'static str,
    /// One request when there is no other.
    pub alone_us: f64,
    /// Good answers a second, as fast as they come: before the loads and after them.
    pub peak_per_s: [f64; 2],
    /// At half the peak.
    pub half: Phase,
    /// At three times the peak.
    pub over: Phase,
    /// At half the peak again.
    pub after: Phase,
}

/// A load at one rate.
#[derive(Serialize)]
pub struct Phase {
    pub seconds: f64,
    pub asked_per_s: f64,
    pub good_per_s: f64,
    pub refused_per_s: f64,
    pub failed: usize,
    pub admitted: Timing,
    pub refused: Timing,
    pub health: Timing,
    pub health_failed: usize,
    pub resident_mb: [f64; 2],
}

impl Phase {
    pub fn of(asked_per_s: f64, length: Duration, asked: Asked, resident_mb: [f64; 2]) -> Self {
        let seconds = length.as_secs_f64();
        Self {
            seconds,
            asked_per_s,
            good_per_s: asked.admitted.len() as f64 / seconds,
            refused_per_s: asked.refused.len() as f64 / seconds,
            failed: asked.failed,
            admitted: asked.admitted.timing(),
            refused: asked.refused.timing(),
            health: asked.health.timing(),
            health_failed: asked.health_failed,
            resident_mb,
        }
    }

    fn row(&self, name: &str) -> String {
        let ms = |us: f64| figure(us / 1e3);
        let [before, after] = self.resident_mb;
        format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} → {} |\n",
            figure(self.asked_per_s),
            figure(self.good_per_s),
            figure(self.refused_per_s),
            self.failed,
            ms(self.admitted.p50_us),
            ms(self.admitted.p99_us),
            ms(self.health.p99_us),
            figure(before),
            figure(after),
        )
    }
}

impl Report {
    pub fn markdown(&self) -> String {
        let mut text = String::from("# Overload\n\n");
        let _ = writeln!(text, "`{}`: {}\n", self.command, self.machine.describe());
        text += "The server has one core, the load the other. A request is a clinical analysis; the peak is the best of one to eight \
                 connections that ask again as soon as they are answered, before the loads and after them. The load is open: requests \
                 come at their rate whatever the server does, at random as from independent callers, and a latency begins when its \
                 request was due. `slots.adaptive = true`, all else as shipped but the numbers of the rate limits.\n";
        for load in &self.loads {
            text += &load.markdown();
        }
        text
    }

    /// What is asked of the figures, and they do not show.
    pub fn missed(&self, least_goodput: f64, most_slower: f64) -> Vec<String> {
        let loads = self.loads.iter();
        let missed = loads.flat_map(|load| {
            let missed = load.missed(least_goodput, most_slower).into_iter();
            missed.map(move |what| format!("{}: {what}", load.name))
        });
        missed.collect()
    }
}

impl Load {
    fn markdown(&self) -> String {
        let [before, after] = self.peak_per_s.map(figure);
        let mut text = format!(
            "\n## A request: {}\n\nAlone {} µs; the peak {before} and {after} good answers a second.\n\n\
             | load | asked/s | good/s | refused/s | failed | p50 ms | p99 ms | health p99 ms | MB |\n\
             |---|---|---|---|---|---|---|---|---|\n",
            self.name,
            figure(self.alone_us),
        );
        text += &self.half.row("half the peak");
        text += &self.over.row("three times the peak");
        text += &self.after.row("half the peak again");
        let _ = writeln!(
            text,
            "\nGoodput at three times the first peak: {} of the mean of both. p99 of what was admitted: {} × that at half load.",
            figure(self.goodput()),
            figure(self.slower()),
        );
        text
    }

    fn goodput(&self) -> f64 {
        self.over.good_per_s * 2.0 / self.peak_per_s.iter().sum::<f64>()
    }

    fn slower(&self) -> f64 {
        self.over.admitted.p99_us / self.half.admitted.p99_us
    }

    fn missed(&self, least_goodput: f64, most_slower: f64) -> Vec<String> {
        let mut missed = Vec::new();
        let mut that = |holds: bool, told: String| {
            if !holds {
                missed.push(told);
            }
        };
        that(
            self.alone_us >= 500.0,
            format!(
                "one request takes {} µs, less than 500",
                figure(self.alone_us)
            ),
        );
        that(
            self.goodput() >= least_goodput,
            format!(
                "goodput {} of the peak, under {least_goodput}",
                figure(self.goodput())
            ),
        );
        that(
            self.slower() <= most_slower,
            format!(
                "p99 {} × that at half load, over {most_slower}",
                figure(self.slower())
            ),
        );
        that(
            self.over.health_failed == 0,
            format!("health failed {} times", self.over.health_failed),
        );
        that(
            self.over.failed == 0,
            format!("{} requests failed", self.over.failed),
        );
        let [before, after] = self.over.resident_mb;
        that(
            after <= before * 1.25 + 8.0,
            format!(
                "memory went from {} to {} MB",
                figure(before),
                figure(after)
            ),
        );
        missed
    }
}
