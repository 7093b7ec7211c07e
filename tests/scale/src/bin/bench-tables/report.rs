//! The page and the figures behind it.

use std::fmt::Write as _;
use std::path::Path;

use medcover_simulation::machine::Machine;
use serde::{Serialize, Serializer};

use crate::Outcome;
use crate::ask::Figure;
use crate::measure::{Budget, Timing, figure};
use crate::ratios::{Ratio, Way, times};
use crate::server::Loading;

/// Everything that was measured.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) command: String,
    pub(crate) machine: Machine,
    pub(crate) settings: Vec<&'static str>,
    pub(crate) small_rows: u64,
    #[serde(serialize_with = "budget")]
    pub(crate) budget: Budget,
    pub(crate) loading: Loading,
    pub(crate) queries: Vec<Figure>,
    pub(crate) ratios: Vec<Ratio>,
}

fn budget<S: Serializer>(budget: &Budget, serializer: S) -> Result<S::Ok, S::Error> {
    (budget.asked, budget.span.as_secs()).serialize(serializer)
}

impl Report {
    /// Puts page and figures where the others are.
    pub(crate) fn write(&self) -> Outcome<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bench");
        let json = serde_json::to_string_pretty(self)?;
        std::fs::write(folder.join("tables.json"), json + "\n")?;
        std::fs::write(folder.join("tables.md"), self.page())?;
        Ok(())
    }

    pub(crate) fn page(&self) -> String {
        let mut page = format!(
            "# Tables: {} rows in PostgreSQL, and the stated ratios\n\n`{}` writes this page and `tables.json`. {}\n\n",
            thousands(self.loading.codes),
            self.command,
            self.machine.describe()
        );
        self.add_loading(&mut page);
        self.add_queries(&mut page);
        self.add_ratios(&mut page);
        page
    }

    fn add_loading(&self, page: &mut String) {
        let Loading {
            codes,
            megabytes,
            generating_s,
            steps,
            peak_mb,
            database_mb,
        } = &self.loading;
        put(
            page,
            &format!(
                "## Loading\n\nA table of {} codes ({} MB, made up in {} s), loaded as `medcover load icd10cm-table` loads: one \
                 `COPY` in one transaction with the switch of the release, then the indexes, partition by partition. The process \
                 that made and sent the rows had {} MB of memory at most; the database takes {} MB.\n\n| step | s |\n|---|--:|\n",
                thousands(*codes),
                figure(*megabytes),
                figure(*generating_s),
                figure(*peak_mb),
                figure(*database_mb)
            ),
        );
        for (label, seconds) in steps {
            put(page, &format!("| {label} | {seconds:.1} |\n"));
        }
    }

    fn add_queries(&self, page: &mut String) {
        put(
            page,
            &format!(
                "\n## Queries\n\nEach asked up to {} times for codes drawn from all, for {} s at most, one after the other over one \
                 kept connection, after ten that do not count. *Partitions*: how many the plan looks at. The server has {}; \
                 otherwise it is as installed, and on the same machine.\n\n\
                 | asked for | index | used | partitions | rows | asked | p50 ms | p99 ms |\n|---|---|---|--:|--:|--:|--:|--:|\n",
                self.budget.asked,
                self.budget.span.as_secs(),
                self.settings.join(", ")
            ),
        );
        for query in &self.queries {
            let Figure {
                what,
                index,
                uses_index,
                partitions,
                rows,
                timing,
            } = query;
            let used = if *uses_index { "yes" } else { "no" };
            put(
                page,
                &format!(
                    "| {what} | `{index}` | {used} | {partitions} | {rows:.1} | {} | {} | {} |\n",
                    timing.count,
                    figure(timing.p50_ms),
                    figure(timing.p99_ms)
                ),
            );
        }
    }

    fn add_ratios(&self, page: &mut String) {
        put(
            page,
            &format!(
                "\n## Ratios\n\nEach way beside a plainer one, in turn in the same run, as found: nothing was tuned to what is stated. \
                 Cache, replicas and connections over {} codes, about as many as ICD-10-CM has; the others over all.\n\n\
                 | | stated | found | plain, mean ms | ours, mean ms |\n|---|--:|--:|--:|--:|\n",
                thousands(self.small_rows)
            ),
        );
        for ratio in &self.ratios {
            put(
                page,
                &format!(
                    "| {} | {} | {} | {} | {} |\n",
                    ratio.what,
                    ratio.stated,
                    ratio.found,
                    figure(ratio.plain.timing.mean_ms),
                    figure(ratio.ours.timing.mean_ms)
                ),
            );
        }
        for ratio in &self.ratios {
            put(page, &format!("\n**{}**: {}.\n\n", ratio.what, ratio.why));
            for way in [&ratio.plain, &ratio.ours] {
                put(page, &format!("- {}\n", told(way)));
            }
            if ratio.parts.is_empty() {
                continue;
            }
            put(
                page,
                "\n| | plain p50 ms | p99 | ours p50 ms | p99 | by the mean |\n|---|--:|--:|--:|--:|--:|\n",
            );
            for part in &ratio.parts {
                let both = |timing: &Timing| {
                    format!("{} | {}", figure(timing.p50_ms), figure(timing.p99_ms))
                };
                put(
                    page,
                    &format!(
                        "| {} | {} | {} | {} |\n",
                        part.what,
                        both(&part.plain),
                        both(&part.ours),
                        times(part.ratio())
                    ),
                );
            }
        }
    }
}

fn told(way: &Way) -> String {
    let rate = way.per_second.map(|rate| format!(", {rate:.0} a second"));
    format!(
        "{}: {} times, p50 {} ms, p99 {} ms{}",
        way.name,
        way.timing.count,
        figure(way.timing.p50_ms),
        figure(way.timing.p99_ms),
        rate.unwrap_or_default()
    )
}

fn put(page: &mut String, text: &str) {
    page.write_str(text).expect("writing to a string succeeds");
}

/// `10,000,000`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_told_in_groups() {
        let told = [1_u64, 999, 1_000, 10_000_000].map(thousands);
        assert_eq!(told, ["1", "999", "1,000", "10,000,000"]);
    }
}
