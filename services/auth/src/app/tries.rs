//! Deciding again when somebody else was faster.

use medcover_kernel::Error;
use medcover_store::{CommitError, limits};

/// How often a use case has decided.
#[derive(Debug, Default)]
pub(super) struct Tries(usize);

impl Tries {
    /// After a commit that failed with `error`: whether to load and decide again. 503 after the last try.
    pub(super) fn again(&mut self, error: CommitError) -> Result<(), Error> {
        self.0 += 1;
        if error.is_conflict() && self.0 < limits::DECISIONS {
            Ok(())
        } else {
            Err(error.into())
        }
    }
}
