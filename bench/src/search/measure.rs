//! Asks an engine every query and looks at its answers.

use std::time::Instant;

use anyhow::Result;

use super::class::Class;
use super::engine::{Engine, TOP};
use super::pools::Asked;
use super::report::{Figures, Report};
use crate::corpus::Corpus;
use crate::sample::Sample;

/// Measures `engine` on `pools`, one class after the other.
pub fn all<'p>(
    engine: &mut dyn Engine,
    corpus: &Corpus,
    pools: impl IntoIterator<Item = &'p (Class, Vec<Asked>)>,
    report: &mut Report,
) -> Result<()> {
    report.engine(engine.name(), engine.description());
    for (class, pool) in pools {
        eprintln!("{}: {}", engine.name(), class.name());
        report.add(measure(engine, corpus, *class, pool)?);
    }
    Ok(())
}

fn measure(
    engine: &mut dyn Engine,
    corpus: &Corpus,
    class: Class,
    pool: &[Asked],
) -> Result<Figures> {
    let share = engine.share(class);
    let pool = &pool[..pool.len().min(share.queries)];
    // The warm-up round is the one whose answers are judged, so that judging does not cool the caches of the others.
    let mut first = 0;
    let mut among = 0;
    for asked in pool {
        engine.ask(class, &asked.text)?;
        let rank = engine
            .answer()
            .iter()
            .take(TOP)
            .position(|&hit| right(corpus, class, asked, hit));
        first += usize::from(rank == Some(0));
        among += usize::from(rank.is_some());
    }
    let mut sample = Sample::with_capacity(pool.len() * share.rounds);
    for _ in 0..share.rounds {
        for asked in pool {
            let start = Instant::now();
            engine.ask(class, &asked.text)?;
            sample.push(start.elapsed());
        }
    }
    Ok(Figures {
        class,
        engine: engine.name(),
        queries: pool.len(),
        rounds: share.rounds,
        recall_at_1: first as f64 / pool.len() as f64,
        recall_at_10: among as f64 / pool.len() as f64,
        timing: sample.timing(),
    })
}

fn right(corpus: &Corpus, class: Class, asked: &Asked, hit: u32) -> bool {
    if class == Class::Code {
        return asked.meant.concept == Some(hit);
    }
    corpus.accepts(&asked.meant, hit)
}
