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
}

impl Console {
    /// A console that shows what `terminology` answers.
    pub fn new(terminology: Arc<dyn TerminologyApi>) -> Self {
        Self { terminology }
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}
