//! What is asked, of whom, and how persistently.

use std::time::Duration;

use redis::{Cmd, Pipeline, Script};

/// What is sent.
#[derive(Debug)]
pub enum Request {
    /// One command.
    One(Cmd),
    /// Several at once. The first that fails is the failure of all.
    Many(Pipeline),
}

impl std::convert::From<Cmd> for Request {
    fn from(command: Cmd) -> Self {
        Self::One(command)
    }
}

impl std::convert::From<Pipeline> for Request {
    fn from(commands: Pipeline) -> Self {
        Self::Many(commands)
    }
}

/// Who may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The primary alone.
    Primary,
    /// Any replica, which may be a little behind; the primary where there is none.
    Replica,
}

/// How something is asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Who may answer.
    pub from: From,
    /// Whether doing it twice does no harm. What is known to have had no effect is tried again in any case.
    pub repeatable: bool,
    /// How long all tries may take; the configured time-out where it is `None`.
    pub within: Option<Duration>,
    /// The scripts that it calls, which a server that does not know them is given.
    pub scripts: &'a [&'a Script],
}

impl Ask<'_> {
    /// Of the primary, what may be done twice.
    pub const PRIMARY: Self = Self {
        from: From::Primary,
        repeatable: true,
        within: None,
        scripts: &[],
    };

    /// Of the primary, what must not be done twice.
    pub const ONCE: Self = Self {
        repeatable: false,
        ..Self::PRIMARY
    };

    /// Of any that has a copy.
    pub const REPLICA: Self = Self {
        from: From::Replica,
        ..Self::PRIMARY
    };
}
