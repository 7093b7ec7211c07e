#![doc = include_str!("../README.md")]

mod answer;
mod assets;
#[cfg(test)]
mod contrast;
mod figures;
mod linking;
mod marking;
mod pages;
mod routes;
mod tree;
mod wording;

use std::fmt;
use std::sync::Arc;

use medcover_contract_terminology::TerminologyApi;

/// The console over the services it shows.
#[derive(Clone)]
pub struct Console {
    terminology: Arc<dyn TerminologyApi>,
    notice: Option<&'static str>,
}

impl Console {
    /// A console that shows what `terminology` answers.
    pub fn new(terminology: Arc<dyn TerminologyApi>) -> Self {
        Self {
            terminology,
            notice: None,
        }
    }

    /// The same with a notice at the head of every page, such as that nothing shown is real.
    #[must_use]
    pub fn with_notice(self, notice: Option<&'static str>) -> Self {
        Self { notice, ..self }
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}
