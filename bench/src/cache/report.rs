//! What the run found, as a table for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::hits::Hits;
use super::invalidation::{BATCH, Invalidation, TAGGED};
use super::keys::KEYS;
use super::uses::Uses;
use crate::machine::Machine;
use crate::sample::Timing;

/// Everything a run found.
#[derive(Serialize)]
pub struct Report {
    pub command: &'static str,
    pub machine: Machine,
    pub slices: usize,
    pub hits: Vec<Hits>,
    pub invalidation: Invalidation,
    pub uses: Uses,
}

/// What ours is built on.
const ENGINE: &str = "quick_cache alone";
const PEER: &str = "moka alone";
const LEAST_HITS: f64 = 1_000_000.0;
const LEAST_RATIO: f64 = 0.6;
const MOST_US: f64 = 1_000.0;

impl Report {
    pub fn table(&self) -> String {
        let mut table = String::from(
            "| hits | threads | hits/s a thread | ns a hit | ÷ quick_cache | ÷ moka |\n|---|--:|--:|--:|--:|--:|\n",
        );
        for it in &self.hits {
            let rate = it.hits_per_s_a_thread;
            writeln!(
                table,
                "| {} | {} | {rate:.0} | {:.0} | {:.2} | {:.2} |",
                it.name,
                it.threads,
                1e9 / rate,
                self.ratio(it, ENGINE),
                self.ratio(it, PEER)
            )
            .expect("writing to a string succeeds");
        }
        let (it, uses) = (&self.invalidation, &self.uses);
        write!(
            table,
            "\n| with {TAGGED} tagged keys | p50 µs | p99 µs | slowest µs |\n|---|--:|--:|--:|\n{}{}{}\n\
             A flush of all by pattern found {} entries and took {:.0} ms; by then it had long taken effect.\n\n\
             | an answer of 5,600 bytes | p50 µs | p99 µs | slowest µs |\n|---|--:|--:|--:|\n{}{}\n\
             When 1,000 callers missed it at once, the other process was asked {} time(s), and all had it after {:.1} ms.\n",
            row("a tag of 100 keys is invalidated", &it.tag),
            row(&format!("{BATCH} tags at once"), &it.batch),
            row("a key is loaded and kept with two tags", &it.load),
            it.flushed,
            it.flush_ms,
            row("another process is asked, over a kept connection", &uses.asked),
            row("it is kept", &uses.kept),
            uses.asked_of_at_once,
            uses.at_once_ms
        )
        .expect("writing to a string succeeds");
        table
    }

    fn ratio(&self, it: &Hits, to: &str) -> f64 {
        let mut peers = self.hits.iter();
        let peer = peers.find(|peer| peer.name == to && peer.threads == it.threads);
        it.hits_per_s_a_thread / peer.map_or(f64::NAN, |peer| peer.hits_per_s_a_thread)
    }

    /// What was to be shown and was not.
    pub fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        let ours = self
            .hits
            .iter()
            .filter(|it| it.name == "Space::get" && it.threads == 1);
        for it in ours {
            if it.hits_per_s_a_thread < LEAST_HITS {
                missed.push(format!(
                    "{:.0} hits/s, not {LEAST_HITS}",
                    it.hits_per_s_a_thread
                ));
            }
            let ratio = self.ratio(it, ENGINE);
            if ratio < LEAST_RATIO {
                missed.push(format!("{ratio:.2} × quick_cache, not {LEAST_RATIO}"));
            }
        }
        for (name, timing) in [
            ("a tag", &self.invalidation.tag),
            ("a batch", &self.invalidation.batch),
        ] {
            if timing.p99_us > MOST_US {
                missed.push(format!(
                    "p99 of {name}: {:.0} µs, more than {MOST_US}",
                    timing.p99_us
                ));
            }
        }
        missed
    }

    pub fn markdown(&self) -> String {
        let mut text = format!(
            "# The cache in process, beside quick_cache and moka alone\n\n\
             `{}` writes this page and `cache.json`. {}\n\n{}\n## How\n\n\
             {KEYS} keys, drawn evenly and known before the clock runs; the ways take turns in slices of 1,000 hits, {} slices a \
             thread and way; the rate is that of the median slice. {HOW}\n\
             ## Targets\n\n\
             A thread at least 1,000,000 hits a second and 0.6 × the engine that it is built on, quick_cache, alone; p99 of an invalidation by tag, and of a \
             batch of {BATCH} tags, under 1 ms with {TAGGED} tagged keys.\n\n",
            self.command,
            self.machine.describe(),
            self.table(),
            self.slices,
        );
        let missed = self.missed();
        if missed.is_empty() {
            text.push_str("All reached.\n");
        }
        for one in missed {
            writeln!(text, "- Not reached: {one}.").expect("writing to a string succeeds");
        }
        text.push_str(USES);
        text
    }
}

fn row(name: &str, timing: &Timing) -> String {
    format!(
        "| {name} | {:.2} | {:.2} | {:.0} |\n",
        timing.p50_us, timing.p99_us, timing.max_us
    )
}

/// For the page.
const HOW: &str = "quick_cache and moka alone are asked by a
text that they are given, have their usual hashers, weigh their entries and know no time to live. Ours makes the text from a typed key, looks
at clock and stamps, counts the hit and gives the value in its own type; `get_or_load` also decides about early refresh.
After each invalidation of a tag one of its keys is asked for and must not be shown.
";

/// Where it is used and where it is not.
const USES: &str = include_str!("uses.md");
