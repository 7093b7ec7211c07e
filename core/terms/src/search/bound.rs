//! What a term can score at most, told without reading its words.

use super::groups::{Group, MAX_GROUPS};
use super::lookup::Lookup;
use super::rank::{self, Judged, Judging, covered};
use super::scratch::Part;
use crate::compile::WORD;
use crate::format::{NONE, TermHead};

/// What a term can score at most is told from this.
#[derive(Clone, Copy, Default)]
pub(super) struct Opening {
    head: TermHead,
    first: Option<u32>,
}

impl Opening {
    /// How the term opens whose content begins at `start`; nothing where there is none.
    pub(super) fn at(contents: &[u32], start: u32) -> Self {
        let opening = rank::term(contents, start).map(|(head, words)| Self {
            head: *head,
            first: words.first().copied(),
        });
        opening.unwrap_or_default()
    }
}

/// The most that each word of the query adds.
pub(super) struct Bound {
    groups: [Worth; MAX_GROUPS],
    /// Words that are no group: any term may meet them.
    others: Worth,
    other_parts: u32,
}

/// What meeting a word of the query is worth at most.
#[derive(Clone, Copy, Default)]
struct Worth {
    of_query: f32,
    of_term: f32,
}

impl Bound {
    pub(super) fn of(lookup: &Lookup, parts: &[Part], groups: &[Group]) -> Self {
        let mut bound = Self {
            groups: [Worth::default(); MAX_GROUPS],
            others: Worth::default(),
            other_parts: 0,
        };
        for (number, part) in parts.iter().enumerate() {
            let worth = Worth {
                of_query: part.weight * lookup.strongest[number],
                of_term: lookup.heaviest[number],
            };
            let group = groups
                .iter()
                .position(|group| group.alternatives == part.alternatives);
            if let Some(group) = group {
                bound.groups[group] = worth;
            } else {
                bound.others.add(worth);
                bound.other_parts += 1;
            }
        }
        bound
    }

    /// The most that a term can score which has met at most the groups `met`.
    pub(super) fn most(
        &self,
        judging: &Judging<'_>,
        lookup: &Lookup,
        &Opening { ref head, first }: &Opening,
        met: u16,
    ) -> f32 {
        let mut worth = self.others;
        let mut left = met;
        while left != 0 {
            worth.add(self.groups[left.trailing_zeros() as usize]);
            left &= left - 1;
        }
        let parts = met.count_ones() + self.other_parts;
        let query_covered = covered(worth.of_query, judging.wanted.total, 1.0);
        let term_covered = covered(worth.of_term, head.weight, 1.0);
        let score = judging.score(
            head,
            &Judged {
                query_covered,
                term_covered,
                in_order: judging.wanted.in_order(parts.saturating_sub(1)),
                starts: first.is_some_and(|word| lookup.starts(word & WORD)),
                edits: 0,
                parts,
            },
        );
        let with_default = if head.default == NONE {
            score
        } else {
            judging.of_default(score)
        };
        // A sum in another order differs in its last digits.
        with_default + 2.0 / 1024.0
    }
}

impl Worth {
    fn add(&mut self, other: Self) {
        self.of_query += other.of_query;
        self.of_term += other.of_term;
    }
}
