//! The steps of loading: bars on a terminal, lines of the log elsewhere.

use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};
use medcover_terminology::load::Progress;

/// How often a bar moves that has nothing to count.
const TICK: Duration = Duration::from_millis(120);

/// One bar after the other on standard error; where that is no terminal, one line of the log for each step, so that a
/// collector of logs finds nothing else there.
#[derive(Debug, Default)]
pub(crate) struct Bars {
    bar: Option<ProgressBar>,
}

impl Progress for Bars {
    fn begin(&mut self, label: &str, total: Option<u64>) {
        self.finish();
        if !Term::stderr().is_term() {
            tracing::info!(target: "medcover.load", "{label}");
            return;
        }
        let bar = match total {
            Some(total) => ProgressBar::new(total).with_style(counted()),
            None => ProgressBar::new_spinner().with_style(uncounted()),
        };
        bar.set_message(label.to_owned());
        bar.enable_steady_tick(TICK);
        self.bar = Some(bar);
    }

    fn advance(&mut self, units: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(units);
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
    }
}

fn counted() -> ProgressStyle {
    ProgressStyle::with_template("{msg:<36} {bar:30.cyan} {percent:>3} %  {elapsed}")
        .expect("the template is well-formed")
}

fn uncounted() -> ProgressStyle {
    ProgressStyle::with_template("{msg:<36} {spinner} {elapsed}")
        .expect("the template is well-formed")
}
