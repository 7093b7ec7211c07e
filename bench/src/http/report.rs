//! What the run found, as a table for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::machine::Machine;
use crate::output::figure;

/// Requests a second that medcover states as its capacity.
const CAPACITY: f64 = 100_000.0;

/// Everything a run found. All figures are medians of the rounds.
#[derive(Serialize)]
pub struct Report {
    pub command: &'static str,
    pub machine: Machine,
    pub connections: usize,
    pub rounds: usize,
    pub seconds: u64,
    pub start: Start,
    pub subjects: Vec<Subject>,
    pub steady: Steady,
}

/// How the program starts with a release loaded.
#[derive(Serialize)]
pub struct Start {
    pub starts: usize,
    /// From the start of the process to the answer of the first search.
    pub median_ms: f64,
    pub max_ms: f64,
    /// After the first search.
    pub resident_mb: f64,
    /// After all load.
    pub resident_after_load_mb: f64,
}

/// One kind of request at full load.
#[derive(Serialize)]
pub struct Subject {
    pub name: &'static str,
    /// Mean size of an answer's body; the bare server's answers have just as many.
    pub bytes: usize,
    pub bare: Load,
    pub shipped: Load,
    pub all_logged: Load,
    pub least_ratio: f64,
    pub least_ratio_all_logged: f64,
}

/// One server at full load.
#[derive(Clone, Copy, Default, Serialize)]
pub struct Load {
    pub requests_per_s: f64,
    pub cpu_us_per_request: f64,
    pub p50_us: f64,
    pub p99_us: f64,
}

/// Search at half of its saturation, and the bare server at the same rate.
#[derive(Serialize)]
pub struct Steady {
    pub requests_per_s: f64,
    pub bare: Load,
    pub search: Load,
}

impl Report {
    pub fn table(&self) -> String {
        let mut table = String::from(
            "| requests | server | requests/s | ÷ bare | at least | CPU µs a request | p50 µs | p99 µs |\n\
             |---|---|--:|--:|--:|--:|--:|--:|\n",
        );
        for subject in &self.subjects {
            let bare = format!("bare axum, {} bytes", subject.bytes);
            let name = subject.name;
            row(&mut table, name, &bare, &subject.bare, None);
            let ratio = |load: &Load, least| {
                Some((load.requests_per_s / subject.bare.requests_per_s, least))
            };
            let shipped = ratio(&subject.shipped, subject.least_ratio);
            row(&mut table, name, "medcover", &subject.shipped, shipped);
            let all = ratio(&subject.all_logged, subject.least_ratio_all_logged);
            row(
                &mut table,
                name,
                "medcover, every request logged",
                &subject.all_logged,
                all,
            );
        }
        let name = format!("search, open loop, {:.0}/s", self.steady.requests_per_s);
        row(&mut table, &name, "bare axum", &self.steady.bare, None);
        row(&mut table, &name, "medcover", &self.steady.search, None);
        let start = &self.start;
        writeln!(
            table,
            "\nStart with a release loaded, to the answer of the first search: median {:.0} ms, slowest {:.0} ms of {}. \
             Resident memory: {:.0} MB after the first search, {:.0} MB after all load.",
            start.median_ms, start.max_ms, start.starts, start.resident_mb, start.resident_after_load_mb
        )
        .expect("writing to a string succeeds");
        table
    }

    /// What the stated capacity takes.
    fn capacity(&self) -> String {
        let mut table = format!(
            "| requests | ÷ bare | machines like this one for {CAPACITY:.0}/s | cores of theirs that the servers keep busy |\n\
             |---|--:|--:|--:|\n"
        );
        for subject in &self.subjects {
            for (how, load) in [
                ("", &subject.shipped),
                (", every request logged", &subject.all_logged),
            ] {
                writeln!(
                    table,
                    "| {}{how} | {:.2} | {:.0} | {:.1} |",
                    subject.name,
                    load.requests_per_s / subject.bare.requests_per_s,
                    (CAPACITY / load.requests_per_s).ceil(),
                    CAPACITY * load.cpu_us_per_request / 1e6,
                )
                .expect("writing to a string succeeds");
            }
        }
        table
    }

    /// What was to be shown and was not.
    pub fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        let mut most = |what: String, value: f64, most: f64| {
            if value > most {
                missed.push(format!("{what}: {}, more than {most}", figure(value)));
            }
        };
        most("start, ms".into(), self.start.max_ms, 300.0);
        most("resident memory, MB".into(), self.start.resident_mb, 150.0);
        most(
            "resident memory after load, MB".into(),
            self.start.resident_after_load_mb,
            150.0,
        );
        most(
            "p99 of search in open loop, µs".into(),
            self.steady.search.p99_us,
            2_000.0,
        );
        let tail = self.steady.search.p99_us / self.steady.bare.p99_us;
        most("p99 of search ÷ bare's at the same rate".into(), tail, 1.5);
        for subject in &self.subjects {
            for (how, load, least) in [
                ("", &subject.shipped, subject.least_ratio),
                (
                    ", every request logged",
                    &subject.all_logged,
                    subject.least_ratio_all_logged,
                ),
            ] {
                let ratio = load.requests_per_s / subject.bare.requests_per_s;
                if ratio < least {
                    missed.push(format!(
                        "{}{how}: {ratio:.2} × bare, not {least}",
                        subject.name
                    ));
                }
            }
        }
        missed
    }

    pub fn markdown(&self) -> String {
        let mut text = format!(
            "# HTTP, beside a bare axum server\n\n\
             `{}` writes this page and `http.json`. {}\n\n{}\n## How\n\n\
             The servers are processes of their own on the cores that the load shares, {} kept connections, {} rounds of \
             {} s a server after a warm-up, the servers in turn; every figure is the median of the rounds. {HOW}\n\
             ## Targets\n\n\
             The ratios above; p99 of search in open loop at half of its saturation under 2 ms and at most 1.5 × the bare \
             server's at the same rate; start under 300 ms; resident memory under 150 MB.\n\n",
            self.command,
            self.machine.describe(),
            self.table(),
            self.connections,
            self.rounds,
            self.seconds
        );
        let missed = self.missed();
        if missed.is_empty() {
            text.push_str("All reached.\n");
        }
        for one in missed {
            writeln!(text, "- Not reached: {one}.").expect("writing to a string succeeds");
        }
        text + "\n## 100,000 requests a second\n\nOn each of these machines the load is made too.\n\n"
            + &self.capacity()
    }
}

fn row(table: &mut String, name: &str, server: &str, load: &Load, ratio: Option<(f64, f64)>) {
    let (ratio, least) = ratio.map_or_else(Default::default, |(ratio, least)| {
        (format!("{ratio:.2}"), least.to_string())
    });
    writeln!(
        table,
        "| {name} | {server} | {:.0} | {ratio} | {least} | {:.1} | {:.0} | {:.0} |",
        load.requests_per_s, load.cpu_us_per_request, load.p50_us, load.p99_us
    )
    .expect("writing to a string succeeds");
}

/// For the page.
const HOW: &str = "The same generator loads all of them.
Codes rotate over 2,500 in every notation; searches over 2,500 whole titles, single words, shuffled words, queries with
one typo and with two. The bare server is one axum route that returns as many bytes as our answers have on average.
At full load every connection asks again as soon as it is answered, so a server's p99 there follows from its rate; tails
are compared in open loop, where requests come at a fixed rate whatever the server does and a latency begins when the
request was due.
";
