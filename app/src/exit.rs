//! How the process ends, and what it says when it ends badly.

use std::io::Write as _;
use std::process::ExitCode;

use medcover_config::Faults;

/// The command could not do what it was asked.
const FAILED: u8 = 1;
/// The configuration cannot work. (2, wrong usage, is clap's.)
const REFUSED: u8 = 3;

/// A configuration that is readable, but cannot work on this machine or in this combination.
#[derive(Debug)]
pub(crate) struct Refused {
    /// What cannot work.
    what: String,
    /// What to do about it.
    advice: String,
}

impl Refused {
    pub(crate) fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            advice: advice.into(),
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the configuration is refused: {}\n{}",
            self.what, self.advice
        )
    }
}

impl std::error::Error for Refused {}

/// Tells the person at the terminal what went wrong, and gives the exit code that says which kind of failure it was.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        // The reader (`head`, a pager) has seen enough.
        return ExitCode::SUCCESS;
    }
    // Where even standard error is closed, the exit code has to say it alone.
    let _ = writeln!(std::io::stderr(), "medcover: {}", told(error));
    ExitCode::from(code(error))
}

fn code(error: &anyhow::Error) -> u8 {
    let is_refused = error
        .chain()
        .any(|cause| cause.is::<Faults>() || cause.is::<Refused>());
    if is_refused { REFUSED } else { FAILED }
}

/// The error with its causes, but for a cause that the error above it quotes.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str("\n  because: ");
            text.push_str(&cause);
        }
    }
    text
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn a_refused_configuration_is_told_apart_through_its_context() {
        let refused = Err::<(), _>(Refused::new("no role", "name one"));
        let error = refused.context("cannot start").expect_err("it is one");
        assert_eq!(code(&error), REFUSED);
        assert_eq!(code(&anyhow::anyhow!("disk full")), FAILED);
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("no such file").context("cannot open x: no such file");
        assert_eq!(told(&error), "cannot open x: no such file");
        let error = anyhow::anyhow!("no such file").context("cannot open x");
        assert_eq!(told(&error), "cannot open x\n  because: no such file");
    }
}
