//! Asking, judging, and the figures of a set.

use std::fmt;

use medcover_contract_terminology::{Hit, SearchRequest, TerminologyApi};
use medcover_kernel::{Call, Result};
use medcover_terms::Release;
use serde::{Deserialize, Serialize};

use crate::queries::{Query, QuerySet};

/// How far down a hit still counts.
const DEPTH: usize = 10;

/// For each query its first ten hits.
pub(crate) type Answers = Vec<Vec<Hit>>;

/// What became of one query: for each hit its confidence and whether it was accepted.
pub(crate) type Judged = Vec<Vec<(f32, bool)>>;

/// Sends every query of the set.
pub(crate) async fn ask(api: &dyn TerminologyApi, call: &Call, set: &QuerySet) -> Result<Answers> {
    let mut answers = Vec::with_capacity(set.queries.len());
    for query in &set.queries {
        let request = SearchRequest {
            q: query.text.clone(),
            limit: DEPTH as u32,
            ..SearchRequest::default()
        };
        answers.push(api.search_icd10(call, request).await?.hits);
    }
    Ok(answers)
}

/// Judges every hit.
pub(crate) fn judge<B: AsRef<[u8]>>(
    release: &Release<B>,
    set: &QuerySet,
    answers: &Answers,
) -> Judged {
    let judge_one = |query: &Query, hits: &Vec<Hit>| {
        hits.iter()
            .map(|hit| (hit.confidence, accepts(release, query, &hit.code)))
            .collect()
    };
    set.queries
        .iter()
        .zip(answers)
        .map(|(query, hits)| judge_one(query, hits))
        .collect()
}

fn accepts<B: AsRef<[u8]>>(release: &Release<B>, query: &Query, code: &str) -> bool {
    let Some(concept) = release.find(code) else {
        return false;
    };
    std::iter::once(concept)
        .chain(concept.ancestors())
        .any(|concept| {
            query
                .accepted
                .iter()
                .any(|accepted| accepted == concept.code())
        })
}

/// The figures of one set, or the mean of several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) set: String,
    pub(crate) from_file: bool,
    pub(crate) queries: usize,
    /// Share of the queries whose first hit is accepted.
    pub(crate) hit_1: f64,
    /// Share with an accepted hit among the first five.
    pub(crate) hit_5: f64,
    /// Share with an accepted hit among the first ten.
    pub(crate) hit_10: f64,
    /// Mean of one by the rank of the first accepted hit, 0 beyond ten.
    pub(crate) mrr: f64,
    /// Share without any hit.
    pub(crate) empty: f64,
}

impl Figures {
    pub(crate) const HEADING: &str = "set         queries  hit@1  hit@5 hit@10    MRR  empty";

    pub(crate) fn of(set: &QuerySet, judged: &Judged) -> Self {
        let mut figures = Self {
            set: set.name.clone(),
            from_file: set.from_file,
            queries: judged.len(),
            ..Self::default()
        };
        let share = 1.0 / judged.len().max(1) as f64;
        for hits in judged {
            let rank = hits.iter().position(|(_, accepted)| *accepted);
            figures.add(rank, hits.is_empty(), share);
        }
        figures
    }

    fn add(&mut self, rank: Option<usize>, empty: bool, share: f64) {
        if let Some(rank) = rank {
            self.hit_1 += if rank == 0 { share } else { 0.0 };
            self.hit_5 += if rank < 5 { share } else { 0.0 };
            self.hit_10 += share;
            self.mrr += share / (rank + 1) as f64;
        }
        self.empty += if empty { share } else { 0.0 };
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            set,
            queries,
            hit_1,
            hit_5,
            hit_10,
            mrr,
            empty,
            ..
        } = self;
        write!(
            f,
            "{set:<12} {queries:>6} {hit_1:>6.3} {hit_5:>6.3} {hit_10:>6.3} {mrr:>6.3} {empty:>6.3}"
        )
    }
}

/// The mean over the sets of one origin, each set counting once.
pub(crate) fn mean(all: &[(Figures, Judged)], from_file: bool) -> Option<Figures> {
    let of_origin: Vec<&Figures> = all
        .iter()
        .map(|(figures, _)| figures)
        .filter(|it| it.from_file == from_file)
        .collect();
    let sets = of_origin.len();
    let mean = |value: fn(&Figures) -> f64| {
        of_origin.iter().map(|it| value(it)).sum::<f64>() / sets as f64
    };
    (sets > 0).then(|| Figures {
        set: "mean".to_owned(),
        from_file,
        queries: of_origin.iter().map(|it| it.queries).sum(),
        hit_1: mean(|it| it.hit_1),
        hit_5: mean(|it| it.hit_5),
        hit_10: mean(|it| it.hit_10),
        mrr: mean(|it| it.mrr),
        empty: mean(|it| it.empty),
    })
}

/// Prints the queries whose first hit is not accepted.
pub(crate) fn print_misses(set: &QuerySet, answers: &Answers, judged: &Judged) {
    for ((query, hits), judged) in set.queries.iter().zip(answers).zip(judged) {
        let rank = judged.iter().position(|(_, accepted)| *accepted);
        if rank == Some(0) {
            continue;
        }
        let first: Vec<String> = hits
            .iter()
            .take(4)
            .map(|hit| format!("{} {}", hit.code, hit.title))
            .collect();
        println!(
            "  {rank:?} {:?} wants {} got {}",
            query.text,
            query.accepted.join("|"),
            first.join("; ")
        );
    }
}
