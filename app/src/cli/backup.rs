//! What can be said of back-ups.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use medcover_kernel::Timestamp;

use crate::backups::Target;

/// Makes a back-up when nothing else is said.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Backup {
    /// The folder in which it is to lie, in one of its own [default: `backup.folder`]
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) then: Option<BackupThen>,
}

/// What can be done with those that were made.
#[derive(Debug, Subcommand)]
pub(crate) enum BackupThen {
    /// List them, the newest first
    List,
    /// Read every file of one and say whether it is as it was written; fails when it is not
    Verify {
        /// Its name, or a path [default: the newest]
        #[arg(value_name = "NAME|PATH")]
        backup: Option<PathBuf>,
    },
    /// Restore one beside the others, check that it is what it was, say how long that took, and remove it again
    Drill {
        /// Its name, or a path [default: the newest that will do]
        #[arg(value_name = "NAME|PATH")]
        backup: Option<PathBuf>,
        /// The moment to restore: RFC 3339, or `latest` for all that PostgreSQL has archived
        #[arg(long, value_name = "TIME", value_parser = target)]
        at: Option<Target>,
    },
    /// Say where the state stands, to compare it with what was restored; no server may run on the data folder
    Totals,
}

/// What is to be restored, and where to.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The name of the back-up, or its path [default: the newest that will do]
    #[arg(value_name = "NAME|PATH")]
    pub(crate) backup: Option<PathBuf>,
    /// The folder that becomes a data folder; it must be empty or not be there
    #[arg(long, value_name = "DIR")]
    pub(crate) into: PathBuf,
    /// The moment to restore: RFC 3339, or `latest` for all that PostgreSQL has archived
    #[arg(long, value_name = "TIME", value_parser = target)]
    pub(crate) at: Option<Target>,
    /// Put aside what is in the folder, under another name beside it
    #[arg(long)]
    pub(crate) replace: bool,
}

fn target(text: &str) -> Result<Target, String> {
    if text == "latest" {
        return Ok(Target::Latest);
    }
    let at: Result<jiff::Timestamp, _> = text.parse();
    at.map(|at| Target::Moment(Timestamp::from_micros(at.as_microsecond())))
        .map_err(|_| "must be a moment such as 2026-04-01T12:30:00Z, or latest".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_names_its_zone() {
        let noon = Target::Moment(Timestamp::from_micros(1_775_044_800_000_000));
        assert_eq!(target("2026-04-01T12:00:00Z"), Ok(noon));
        assert_eq!(target("2026-04-01T14:00:00+02:00"), Ok(noon));
        assert_eq!(target("latest"), Ok(Target::Latest));
        for wrong in ["2026-04-01", "2026-04-01T12:00:00", "noon", ""] {
            assert!(target(wrong).is_err(), "{wrong}");
        }
    }
}
