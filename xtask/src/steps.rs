//! Named steps that are timed, run to the end even when one fails, and summed up in one table.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// The steps of one xtask command.
pub(crate) struct Steps {
    command: &'static str,
    done: Vec<Done>,
}

struct Done {
    name: &'static str,
    took: Duration,
    passed: bool,
}

impl Steps {
    pub(crate) fn new(command: &'static str) -> Self {
        Self {
            command,
            done: Vec::new(),
        }
    }

    /// Runs one step and prints its error at once, where its output ended.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        println!("── {name}");
        let start = now();
        let outcome = work();
        if let Err(error) = &outcome {
            eprintln!("{error:#}");
        }
        self.done.push(Done {
            name,
            took: start.elapsed(),
            passed: outcome.is_ok(),
        });
    }

    /// Prints the table of steps; fails when one of them failed.
    pub(crate) fn finish(self) -> Result<()> {
        println!("── {} summary", self.command);
        for Done { name, took, passed } in &self.done {
            let verdict = if *passed { "ok" } else { "FAILED" };
            println!("{verdict:>6}  {:>7.1} s  {name}", took.as_secs_f64());
        }
        let total: Duration = self.done.iter().map(|done| done.took).sum();
        let failed: Vec<_> = self
            .done
            .iter()
            .filter(|done| !done.passed)
            .map(|done| done.name)
            .collect();
        ensure!(
            failed.is_empty(),
            "{}: failed: {}",
            self.command,
            failed.join(", ")
        );
        println!(
            "{}: all {} steps passed in {:.1} s",
            self.command,
            self.done.len(),
            total.as_secs_f64()
        );
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "timing a step for a person needs no repeatable clock"
)]
fn now() -> Instant {
    Instant::now()
}

/// Runs a program with our terminal as its own; anything but success is an error that names the command line.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = command_line(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    ensure!(status.success(), "`{line}`: {status}");
    Ok(())
}

/// What a program prints on its standard output; its standard error stays on our terminal.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = command_line(command);
    let output = command.stderr(std::process::Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot start `{line}`"))?;
    ensure!(output.status.success(), "`{line}`: {}", output.status);
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{line}` printed something that is not UTF-8"))
}

/// Whether a program starts, ends well and prints whatever it likes unseen.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Turns findings into one error, a line for each.
pub(crate) fn none_of(findings: &[String]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    bail!("{}\n{} found", findings.join("\n"), findings.len())
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_does_not_stop_the_next_and_fails_the_whole() {
        let mut steps = Steps::new("sample");
        let mut second_ran = false;
        steps.step("first", || bail!("broken"));
        steps.step("second", || {
            second_ran = true;
            Ok(())
        });
        assert!(second_ran);
        assert_eq!(
            steps.finish().unwrap_err().to_string(),
            "sample: failed: first"
        );
    }

    #[test]
    fn a_failing_program_is_named_with_its_arguments() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("`sh -c exit 3`: exit status: 3"),
            "{error}"
        );
    }
}
