//! What an error says about the server.

use std::error::Error;
use std::io;
use std::time::Duration;

/// What an error says about the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There was no connection, or it broke, or it does not take writes any more: another one may be better.
    Lost,
    /// It did not answer in time, or gave up by itself.
    Late,
    /// No connection became free in time: because the server gives none, or because others use them all.
    Waited,
    /// It was not asked at all, because the breaker is open.
    Refused,
    /// None of these: the server has answered, and it does not like what it was asked.
    Answered,
}

/// Why the server is not asked.
#[derive(Debug, thiserror::Error)]
#[error("the circuit breaker \"database\" is open; it probes within {} ms", .0.as_millis())]
struct CircuitOpen(Duration);

impl Fault {
    /// What `error` says.
    pub(super) fn of(error: &sqlx::Error) -> Self {
        use sqlx::Error::{
            BeginFailed, Database, Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed,
        };
        match error {
            Io(error) => Self::of_io(error),
            Tls(_) | Protocol(_) | PoolClosed | WorkerCrashed | BeginFailed => Self::Lost,
            PoolTimedOut => Self::Waited,
            Database(told) => Self::of_code(told.code().as_deref().unwrap_or_default()),
            _ => Self::Answered,
        }
    }

    fn of_io(error: &io::Error) -> Self {
        let refused = error
            .get_ref()
            .is_some_and(<dyn Error + Send + Sync>::is::<CircuitOpen>);
        match error.kind() {
            _ if refused => Self::Refused,
            io::ErrorKind::TimedOut => Self::Late,
            _ => Self::Lost,
        }
    }

    /// Source: PostgreSQL's documentation, Appendix A, *Error Codes*.
    fn of_code(code: &str) -> Self {
        match code {
            // query_canceled: by the time-out of a statement.
            "57014" => Self::Late,
            // read_only_sql_transaction, idle_in_transaction_session_timeout, too_many_connections, admin_shutdown,
            // crash_shutdown, cannot_connect_now, idle_session_timeout.
            "25006" | "25P03" | "53300" | "57P01" | "57P02" | "57P03" | "57P05" => Self::Lost,
            _ if code.starts_with("08") => Self::Lost,
            _ => Self::Answered,
        }
    }
}

/// There is no connection: `detail` says why.
pub(super) fn lost(detail: impl Into<Box<dyn Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::NotConnected, detail))
}

/// The server was waited for in vain.
pub(super) fn late() -> sqlx::Error {
    let detail = "the server does not answer";
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, detail))
}

/// The breaker is open, and probes after this time at the latest.
pub(super) fn refused(after: Duration) -> sqlx::Error {
    sqlx::Error::Io(io::Error::other(CircuitOpen(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_of_the_connection_is_held_against_the_server() {
        assert_eq!(Fault::of(&lost("gone")), Fault::Lost);
        assert_eq!(Fault::of(&late()), Fault::Late);
        assert_eq!(Fault::of(&refused(Duration::ZERO)), Fault::Refused);
        let broken = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(Fault::of(&sqlx::Error::Io(broken)), Fault::Lost);
        assert_eq!(Fault::of(&sqlx::Error::PoolTimedOut), Fault::Waited);
        assert_eq!(Fault::of(&sqlx::Error::RowNotFound), Fault::Answered);
        for (code, fault) in [
            ("08006", Fault::Lost),
            ("57P01", Fault::Lost),
            ("25006", Fault::Lost),
            ("57014", Fault::Late),
            // unique_violation, serialization_failure, insufficient_privilege
            ("23505", Fault::Answered),
            ("40001", Fault::Answered),
            ("42501", Fault::Answered),
        ] {
            assert_eq!(Fault::of_code(code), fault, "{code}");
        }
    }
}
