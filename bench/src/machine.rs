//! What the figures were measured on.

use std::fs;
use std::process::Command;

use serde::Serialize;

/// Facts without which a figure says little.
#[derive(Serialize)]
pub struct Machine {
    pub date: String,
    pub commit: String,
    pub cpu: String,
    pub cores: usize,
    pub memory_gb: u64,
    pub kernel: String,
    /// Of the minute before the run: on an idle machine near 0.
    pub load_before: String,
}

impl Machine {
    pub fn facts() -> Self {
        Self {
            date: jiff::Timestamp::now().to_string()[..10].to_owned(),
            commit: commit().unwrap_or_else(|| "unknown".to_owned()),
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            memory_gb: field("/proc/meminfo", "MemTotal")
                .and_then(|value| value.split(' ').next()?.parse::<u64>().ok())
                .map_or(0, |kb| kb.div_ceil(1 << 20)),
            kernel: first_word("/proc/sys/kernel/osrelease"),
            load_before: first_word("/proc/loadavg"),
        }
    }

    /// The facts as one paragraph.
    pub fn describe(&self) -> String {
        format!(
            "Measured {} at commit `{}` on {} cores of {}, {} GB, Linux {}; load average before the run {}.",
            self.date,
            self.commit,
            self.cores,
            self.cpu,
            self.memory_gb,
            self.kernel,
            self.load_before
        )
    }
}

fn commit() -> Option<String> {
    let output = Command::new("git")
        .args(["describe", "--always", "--dirty", "--exclude=*"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn first_word(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace()
        .next()
        .unwrap_or("unknown")
        .to_owned()
}
