//! What every engine in the comparison does.

use anyhow::Result;

use super::class::Class;

/// Hits that are looked at.
pub const TOP: usize = 10;

/// An engine with the whole release in it.
pub trait Engine {
    fn name(&self) -> &'static str;

    /// What it was built from and how it is asked, in a sentence.
    fn description(&self) -> String;

    /// How many queries of a class it is asked in a full run, and how many times each; slow ones are asked a sample.
    fn share(&self, class: Class) -> Share;

    /// Answers one query; this is what is timed. The answer is ready to be shown: codes, best first.
    fn ask(&mut self, class: Class, text: &str) -> Result<()>;

    /// The concepts of the last answer, as places in the source; not timed.
    fn answer(&self) -> Vec<u32>;
}

/// A part of a pool.
#[derive(Clone, Copy)]
pub struct Share {
    pub queries: usize,
    pub rounds: usize,
}

impl Share {
    /// The whole pool, several times.
    pub const WHOLE: Self = Self {
        queries: usize::MAX,
        rounds: 5,
    };
}

/// A code as indexed by the peers: capitals without a dot.
pub fn plain_code(code: &str) -> String {
    code.chars()
        .filter(|&c| c != '.')
        .map(|c| c.to_ascii_uppercase())
        .collect()
}
