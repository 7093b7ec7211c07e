//! What a term can score at most, told without reading its words.

use super::groups::{Group, MAX_GROUPS};
use super::lookup::Lookup;
use super::model::flag;
use super::rank::{ENTIRELY, Judging, covered};
use super::scratch::Part;
use crate::compile::WORD;
use crate::format::{NONE, TermContent};

/// Sums in another order differ in their last digits, and scores are cut to a grain of 2⁻¹⁰.
const SLACK: f32 = 3.0 / 1024.0;

/// The most that each word of the query adds.
pub(super) struct Bound<'r> {
    judging: &'r Judging<'r>,
    groups: [Worth; MAX_GROUPS],
    /// Words that are no group: any term may meet them.
    others: Worth,
    other_parts: u32,
    /// What the code for which a header stands is worth more than the header.
    default: f32,
    /// For terms that met these groups, the last that were asked about: most that follow each other met the same.
    alike: (u16, Alike),
}

/// What meeting a word of the query is worth at most.
#[derive(Clone, Copy, Default)]
struct Worth {
    of_query: f32,
    of_term: f32,
}

/// What is alike in terms that met the same groups.
#[derive(Clone, Copy, Default)]
struct Alike {
    score: f32,
    of_term: f32,
    parts: u32,
    /// What it adds that query and term meet each other entirely; nothing where the query is not met entirely.
    exact: f32,
}

impl<'r> Bound<'r> {
    pub(super) fn of(
        judging: &'r Judging<'r>,
        lookup: &Lookup,
        parts: &[Part],
        groups: &[Group],
    ) -> Self {
        let mut of_groups = [Worth::default(); MAX_GROUPS];
        let (mut others, mut other_parts) = (Worth::default(), 0);
        for (number, part) in parts.iter().enumerate() {
            let worth = Worth {
                of_query: part.weight * lookup.strongest[number],
                of_term: lookup.heaviest[number],
            };
            let group = groups
                .iter()
                .position(|group| group.alternatives == part.alternatives);
            if let Some(group) = group {
                of_groups[group] = worth;
            } else {
                others.add(worth);
                other_parts += 1;
            }
        }
        let mut bound = Self {
            judging,
            groups: of_groups,
            others,
            other_parts,
            default: judging.worth_of_default().max(0.0),
            alike: (0, Alike::default()),
        };
        bound.alike.1 = bound.alike(0);
        bound
    }

    /// The most that a term can score which has met at most the groups `met`.
    pub(super) fn most(
        &mut self,
        lookup: &Lookup,
        term: &TermContent,
        weight: f32,
        met: u16,
    ) -> f32 {
        if self.alike.0 != met {
            self.alike = (met, self.alike(met));
        }
        let alike = &self.alike.1;
        let weights = self.judging.weights;
        let term_covered = covered(alike.of_term, weight, 1.0);
        let mut score = alike.score
            + weights.term_covered * term_covered
            + self.judging.of_length(term, alike.parts)
            + self.judging.of_traits(term);
        if term_covered > ENTIRELY {
            score += alike.exact;
        }
        if lookup.starts(term.first() & WORD) {
            score += weights.starts;
        }
        if term.default != NONE {
            score += self.default;
        }
        score + SLACK
    }

    fn alike(&self, met: u16) -> Alike {
        let mut worth = self.others;
        let mut left = met;
        while left != 0 {
            worth.add(self.groups[left.trailing_zeros() as usize]);
            left &= left - 1;
        }
        let parts = met.count_ones() + self.other_parts;
        let judging = self.judging;
        let query_covered = covered(worth.of_query, judging.wanted.total, 1.0);
        let in_order = judging.wanted.in_order(parts.saturating_sub(1));
        Alike {
            score: judging.of_meeting(query_covered, in_order, 0),
            of_term: worth.of_term,
            parts,
            exact: judging.weights.exact * flag(judging.is_met_entirely(query_covered)),
        }
    }
}

impl Worth {
    fn add(&mut self, other: Self) {
        self.of_query += other.of_query;
        self.of_term += other.of_term;
    }
}
