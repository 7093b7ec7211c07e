//! Why Redis did not do what it was asked.

use redis::{ErrorKind, RedisError as Cause, ServerErrorKind};

/// Why a request had no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RedisError {
    /// Nobody was asked, because it failed too often of late.
    #[error("Redis is not asked at present: it failed too often")]
    Open,
    /// It could not be reached, or did not answer in time. The request may have had its effect all the same.
    #[error("Redis cannot be reached: {0}")]
    Unavailable(String),
    /// It answered that it will not do that.
    #[error("Redis refused: {0}")]
    Refused(String),
}

/// How an attempt failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It had no effect: there was no connection, or the server is not one to do it now.
    NotDone(String),
    /// It may have had its effect.
    Unknown(String),
    /// The server does not know the script.
    NoScript,
    /// An answer, and a refusal.
    Refused(String),
}

impl Fault {
    /// What `cause` says about a request that was sent.
    pub(crate) fn of(cause: &Cause) -> Self {
        let said = || cause.to_string();
        match cause.kind() {
            ErrorKind::Server(ServerErrorKind::NoScript) => Self::NoScript,
            ErrorKind::Server(
                ServerErrorKind::ReadOnly
                | ServerErrorKind::BusyLoading
                | ServerErrorKind::MasterDown
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown,
            ) => Self::NotDone(said()),
            ErrorKind::Io | ErrorKind::Parse => Self::Unknown(said()),
            // A primary that has too few replicas, by its own settings, has done nothing.
            _ if cause.code() == Some("NOREPLICAS") => Self::NotDone(said()),
            _ => Self::Refused(said()),
        }
    }
}

impl From<Fault> for RedisError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotDone(why) | Fault::Unknown(why) => Self::Unavailable(why),
            Fault::NoScript => Self::Refused("it does not keep the scripts it is given".into()),
            Fault::Refused(why) => Self::Refused(why),
        }
    }
}
