//! Kinds of queries, and how fast each must be answered.

use serde::Serialize;

/// A kind of query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    Code,
    Autocomplete,
    Title,
    Words,
    Shuffled,
    OneTypo,
    TwoTypos,
}

impl Class {
    pub const ALL: [Self; 7] = [
        Self::Code,
        Self::Autocomplete,
        Self::Title,
        Self::Words,
        Self::Shuffled,
        Self::OneTypo,
        Self::TwoTypos,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code lookup",
            Self::Autocomplete => "autocomplete",
            Self::Title => "whole title",
            Self::Words => "one or two words",
            Self::Shuffled => "words of a title, shuffled",
            Self::OneTypo => "one typo",
            Self::TwoTypos => "two typos",
        }
    }

    /// What our 99th percentile must stay under, in microseconds.
    pub fn target_us(self) -> f64 {
        match self {
            Self::Code => 2.0,
            Self::Autocomplete => 50.0,
            _ => 200.0,
        }
    }

    pub fn misspelt(self) -> bool {
        matches!(self, Self::OneTypo | Self::TwoTypos)
    }
}
