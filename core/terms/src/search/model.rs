//! The ranking model: a weighted sum of a few features, and what it means as a probability.

use std::sync::LazyLock;

use super::{Hit, MatchKind};
use crate::format::traits;
use crate::text::rows;

const RANKING: &str = include_str!("../../../../data/ranking.tsv");

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What the model looks at, for one term and one reading of the query.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub(crate) struct Features { $($(#[$doc])* pub(crate) $name: f32),* }

        impl Features {
            /// The sum of all features, each by its weight.
            pub(crate) fn score(&self, weights: &Features) -> f32 {
                0.0 $(+ self.$name * weights.$name)*
            }

            /// 1 or -1 for each weight, as its sign is.
            #[cfg(test)]
            fn signs(&self) -> Features {
                Features { $($name: self.$name.signum()),* }
            }

            fn named(&mut self, name: &str) -> Option<&mut f32> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }
    };
}

features! {
    /// Share of the query's weight that the term meets.
    query_covered,
    /// 1 when the term meets all of the query that tells anything.
    all_covered,
    /// Share of the term's weight that the query meets.
    term_covered,
    /// 1 when query and term meet each other entirely.
    exact,
    /// Share of the query's words that follow each other in the term as they do in the query.
    in_order,
    /// 1 when the term begins with the query's first word.
    starts,
    /// Edits, as a share of the query's words.
    edits,
    /// 1 when a phrase was replaced by its meaning.
    synonym,
    /// 1 when the conventions' reading of the bare query was used.
    convention,
    /// 1 when the term is not the title.
    other_wording,
    /// 1 when the term is an includes note.
    includes,
    /// 1 for a chapter or block.
    above_category,
    /// 1 for a billable concept.
    billable,
    /// 1 for a code made by a 7th character.
    extended,
    /// 1 when the term says `unspecified` and the query does not.
    unspecified,
    /// 1 when the term says `other` and the query does not.
    other,
    /// 1 for circumstances and administrative reasons (chapters 20 and 21).
    circumstance,
    /// Words of the term beyond the query's, as a share of twenty.
    length,
    /// 1 for the code for which the matching header stands.
    default,
}

/// The shipped model.
pub(crate) static MODEL: LazyLock<Model> = LazyLock::new(Model::shipped);

pub(crate) struct Model {
    pub(crate) weights: Features,
    /// What the traits of a term are worth together, by what the query says of them.
    of_traits: [OfTraits; 4],
    first: Calibration,
    further: Calibration,
}

/// What a term is worth whatever the query asks for, by its [`traits`].
pub(crate) type OfTraits = [f32; 256];

/// Score and probability, ascending: between two points the probability is interpolated.
#[derive(Default)]
struct Calibration(Vec<(f32, f32)>);

impl Model {
    fn shipped() -> Self {
        let mut model = Self {
            weights: Features::default(),
            of_traits: [[0.0; 256]; 4],
            first: Calibration::default(),
            further: Calibration::default(),
        };
        for row in rows(RANKING) {
            let number = |column: usize| {
                row[column]
                    .trim()
                    .parse::<f32>()
                    .expect("a number in ranking.tsv")
            };
            let point = || (number(1), number(2));
            match row[0] {
                "calibration_first" => model.first.0.push(point()),
                "calibration_further" => model.further.0.push(point()),
                name => {
                    *model
                        .weights
                        .named(name)
                        .expect("a feature's name in ranking.tsv") = number(1);
                }
            }
        }
        for calibration in [&mut model.first, &mut model.further] {
            calibration.0.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let weights = &model.weights;
        model.of_traits =
            std::array::from_fn(|says| worth_of_traits(weights, says & 1 != 0, says & 2 != 0));
        model
    }

    /// What each combination of [`traits`] is worth, for a query that says `unspecified` and `other` or not.
    pub(crate) const fn of_traits(&self, unspecified: bool, other: bool) -> &OfTraits {
        &self.of_traits[unspecified as usize | (other as usize) << 1]
    }

    /// Gives each hit the probability that a searcher would accept it. Never is a hit surer than the one before it.
    pub(crate) fn calibrate(&self, hits: &mut [Hit]) {
        let mut most = 1.0;
        for (place, hit) in hits.iter_mut().enumerate() {
            let calibration = if place == 0 {
                &self.first
            } else {
                &self.further
            };
            hit.confidence = if hit.kind == MatchKind::Code {
                1.0
            } else {
                calibration.probability(hit.score).min(most)
            };
            most = hit.confidence;
        }
    }
}

fn worth_of_traits(weights: &Features, unspecified: bool, other: bool) -> OfTraits {
    let each = [
        (traits::OTHER_WORDING, weights.other_wording),
        (traits::INCLUDES, weights.includes),
        (traits::ABOVE_CATEGORY, weights.above_category),
        (traits::BILLABLE, weights.billable),
        (traits::EXTENDED, weights.extended),
        (
            traits::UNSPECIFIED,
            weights.unspecified * flag(!unspecified),
        ),
        (traits::OTHER, weights.other * flag(!other)),
        (traits::CIRCUMSTANCE, weights.circumstance),
    ];
    std::array::from_fn(|combination| {
        let those = each
            .iter()
            .filter(|(it, _)| combination & usize::from(*it) != 0);
        those.map(|(_, weight)| weight).sum()
    })
}

pub(super) fn flag(is: bool) -> f32 {
    if is { 1.0 } else { 0.0 }
}

impl Calibration {
    /// The probability that a searcher would accept a hit of this score.
    fn probability(&self, score: f32) -> f32 {
        let points = &self.0;
        let above = points.partition_point(|point| point.0 < score);
        match (
            above.checked_sub(1).map(|below| points[below]),
            points.get(above),
        ) {
            (Some(low), Some(high)) => {
                low.1 + (high.1 - low.1) * (score - low.0) / (high.0 - low.0).max(f32::EPSILON)
            }
            (Some(end), None) => end.1,
            (None, Some(end)) => end.1,
            (None, None) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meeting_the_whole_query_outweighs_all_else() {
        let others = Features {
            all_covered: 0.0,
            ..MODEL.weights
        };
        let apart = Features {
            all_covered: 1.0,
            ..Features::default()
        };
        let absolute = |weights: &Features| {
            let ones = weights.signs();
            ones.score(weights)
        };
        assert!(apart.score(&MODEL.weights) > 1.5 * absolute(&others));
    }
}
