//! What the run found, as a table for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::class::Class;
use crate::machine::Machine;
use crate::output;
use crate::sample::Timing;

/// How much less recall than a peer's is a tie: one query in a hundred, about what chance moves it.
const RECALL_TIE: f64 = 0.01;

/// Everything a run found.
#[derive(Serialize)]
pub struct Report {
    command: &'static str,
    machine: Machine,
    /// Different queries in each class.
    pool: usize,
    seed: u64,
    engines: Vec<Described>,
    figures: Vec<Figures>,
}

#[derive(Serialize)]
struct Described {
    engine: &'static str,
    description: String,
}

/// One engine on one class.
#[derive(Serialize)]
pub struct Figures {
    pub class: Class,
    pub engine: &'static str,
    pub queries: usize,
    pub rounds: usize,
    /// Share of queries with a right answer in the first place.
    pub recall_at_1: f64,
    /// And among the first ten.
    pub recall_at_10: f64,
    pub timing: Timing,
}

impl Report {
    pub fn new(machine: Machine, pool: usize, seed: u64) -> Self {
        Self {
            command: "cargo xtask bench search",
            machine,
            pool,
            seed,
            engines: Vec::new(),
            figures: Vec::new(),
        }
    }

    pub fn engine(&mut self, engine: &'static str, description: String) {
        self.engines.push(Described {
            engine,
            description,
        });
    }

    pub fn add(&mut self, figures: Figures) {
        self.figures.push(figures);
    }

    /// Class by class, ours first.
    pub fn table(&self) -> String {
        let mut table = String::from(
            "| queries | engine | n × rounds | mean µs | p50 µs | p95 µs | p99 µs | max µs | p50 ÷ ours | p99 ÷ ours | recall@1 | recall@10 |\n\
             |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        for class in Class::ALL {
            for figures in self.figures.iter().filter(|it| it.class == class) {
                self.row(figures, &mut table);
            }
        }
        table
    }

    fn row(&self, figures: &Figures, table: &mut String) {
        let timing = &figures.timing;
        let ours = self.ours(figures.class).map(|ours| ours.timing);
        let ratio = |own: f64, ours: Option<f64>| {
            ours.map_or_else(String::new, |ours| output::figure(own / ours))
        };
        writeln!(
            table,
            "| {} | {} | {} × {} | {} | {} | {} | {} | {} | {} | {} | {:.3} | {:.3} |",
            figures.class.name(),
            figures.engine,
            figures.queries,
            figures.rounds,
            output::figure(timing.mean_us),
            output::figure(timing.p50_us),
            output::figure(timing.p95_us),
            output::figure(timing.p99_us),
            output::figure(timing.max_us),
            ratio(timing.p50_us, ours.map(|it| it.p50_us)),
            ratio(timing.p99_us, ours.map(|it| it.p99_us)),
            figures.recall_at_1,
            figures.recall_at_10,
        )
        .expect("writing to a string succeeds");
    }

    fn ours(&self, class: Class) -> Option<&Figures> {
        self.figures.iter().find(|it| {
            it.class == class && Some(it.engine) == self.engines.first().map(|it| it.engine)
        })
    }

    /// What was to be shown and was not.
    pub fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        for class in Class::ALL {
            let Some(ours) = self.ours(class) else {
                continue;
            };
            let (p99, target) = (ours.timing.p99_us, class.target_us());
            if p99 >= target {
                missed.push(format!(
                    "{}: p99 {p99:.1} µs, not under {target} µs",
                    class.name()
                ));
            }
            let peers = self.figures.iter().filter(|it| it.class == class);
            for peer in peers.filter(|it| it.engine != ours.engine) {
                missed.extend(behind(ours, peer));
            }
        }
        missed
    }

    pub fn markdown(&self) -> String {
        let mut text = format!(
            "# Search, in process, beside its peers\n\n\
             `{}` writes this page and `search.json`. {}\n\n{}\n",
            self.command,
            self.machine.describe(),
            self.table()
        );
        text.push_str("\n## What was asked\n\n");
        write!(
            text,
            "{} different queries a class, made from the release with seed {}. ",
            self.pool, self.seed
        )
        .expect("writing to a string succeeds");
        text.push_str(ASKED);
        text.push_str("\n## Engines\n\n");
        for engine in &self.engines {
            writeln!(text, "- **{}**: {}.", engine.engine, engine.description)
                .expect("writing to a string succeeds");
        }
        let missed = self.missed();
        text.push_str("\n## Targets\n\n");
        text.push_str(
            "p99 of medcover: code lookup under 2 µs, autocomplete under 50 µs, everything else under 200 µs; faster \
             than every peer at p50 and p99 in every class, with no less recall (a hundredth is a tie).\n\n",
        );
        if missed.is_empty() {
            text.push_str("All reached.\n");
        }
        for one in missed {
            writeln!(text, "- Not reached: {one}.").expect("writing to a string succeeds");
        }
        text
    }
}

fn behind(ours: &Figures, peer: &Figures) -> Option<String> {
    let slower =
        ours.timing.p50_us >= peer.timing.p50_us || ours.timing.p99_us >= peer.timing.p99_us;
    let worse = ours.recall_at_10 + RECALL_TIE < peer.recall_at_10;
    let how = match (slower, worse) {
        (false, false) => return None,
        (true, false) => "slower",
        (false, true) => "finds less",
        (true, true) => "slower, and finds less",
    };
    Some(format!("{}: {how} than {}", ours.class.name(), peer.engine))
}

/// The classes and what counts as a right answer, for the page.
const ASKED: &str = "\
Codes are asked with and without their dot, in capitals and small letters. Autocomplete: a third are the first one to
five letters of a word, a third common words, a third titles typed up to somewhere within their second to sixth word.
Shuffled: three to six of a title's longer words in any order. Typos: titles and inclusion terms, cut to five words in a
row where they are longer; a letter is put in, left out or replaced, or two are exchanged, the first letter included;
two typos fall into one word or into two.

A timed question ends with ten codes and titles (of the peers: their keys) in hand. One warm-up round, then every round
counts, slowest ones included. Slow engines are asked the first part of each pool, as the table says.

An answer is right if it is the concept the query was made from, one below it, one above it within the category, or if
one of its own terms holds every word that was meant (of autocomplete: the last one as a beginning). For codes only the
concept itself is right. All engines hold the same titles and other terms of the tabular list.
";
