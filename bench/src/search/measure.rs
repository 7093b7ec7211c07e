//! Asks an engine every query and looks at its answers.

use std::time::{Duration, Instant};

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
    slowest: usize,
) -> Result<()> {
    report.engine(engine.name(), engine.description());
    for (class, pool) in pools {
        eprintln!("{}: {}", engine.name(), class.name());
        report.add(measure(engine, corpus, *class, pool, slowest)?);
    }
    Ok(())
}

fn measure(
    engine: &mut dyn Engine,
    corpus: &Corpus,
    class: Class,
    pool: &[Asked],
    slowest: usize,
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
    let mut quickest = vec![Duration::MAX; pool.len()];
    for _ in 0..share.rounds {
        for (asked, quickest) in pool.iter().zip(&mut quickest) {
            let start = Instant::now();
            engine.ask(class, &asked.text)?;
            let took = start.elapsed();
            sample.push(took);
            *quickest = took.min(*quickest);
        }
    }
    if slowest > 0 {
        tell_slowest(&quickest, pool, slowest);
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

/// Tells which queries are slow even in their quickest round, for whoever makes them faster; such a round is free of what
/// else the machine did, so its percentile beside that of all rounds tells how quiet the machine was.
fn tell_slowest(quickest: &[Duration], pool: &[Asked], count: usize) {
    let mut order: Vec<_> = quickest.iter().zip(pool).collect();
    order.sort_unstable_by_key(|(took, _)| std::cmp::Reverse(**took));
    let p99 = order[order.len() / 100].0;
    eprintln!("  p99 of quickest rounds {p99:?}; slowest queries:");
    for (took, asked) in order.iter().take(count) {
        eprintln!("  {took:>10.1?}  {}", asked.text);
    }
}

fn right(corpus: &Corpus, class: Class, asked: &Asked, hit: u32) -> bool {
    if class == Class::Code {
        return asked.meant.concept == Some(hit);
    }
    corpus.accepts(&asked.meant, hit)
}
