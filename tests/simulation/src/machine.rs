//! What the figures were measured on.

use std::fs;
use std::process::Command;

use medcover_kernel::{Clock as _, SystemClock};
use serde::Serialize;

/// Facts without which a figure says little.
#[derive(Debug, Serialize)]
pub struct Machine {
    date: String,
    commit: String,
    cpu: String,
    cores: usize,
    kernel: String,
    /// Of the minute before the run: on an idle machine near 0.
    load_before: String,
}

impl Machine {
    /// Those of this machine, now.
    pub fn facts() -> Self {
        Self {
            date: SystemClock::new().now().to_string()[..10].to_owned(),
            commit: commit().unwrap_or_else(|| "unknown".to_owned()),
            cpu: cpu().unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            kernel: first_word("/proc/sys/kernel/osrelease"),
            load_before: first_word("/proc/loadavg"),
        }
    }

    /// The facts as one sentence.
    pub fn describe(&self) -> String {
        format!(
            "Measured {} at commit `{}` on {} cores of {}, Linux {}; load average before the run {}.",
            self.date, self.commit, self.cores, self.cpu, self.kernel, self.load_before
        )
    }
}

fn commit() -> Option<String> {
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--dirty", "--exclude=*"]);
    let output = git.current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn first_word(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace()
        .next()
        .unwrap_or("unknown")
        .to_owned()
}
