//! The three searches of the SQL way at once, as a search runs them, beside one after the other.

use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_store::ReferenceTables;
use medcover_terminology::Sample;

use super::{Ratio, Way, times};
use crate::ask::{Asked, since};
use crate::measure::{Budget, Times};
use crate::{Outcome, find};

/// The queries of the three.
struct Searches<'a> {
    tables: &'a ReferenceTables,
    clock: SystemClock,
    code: &'a Asked,
    below: &'a Asked,
    begins: &'a Asked,
    words: &'a Asked,
    similar: &'a Asked,
}

pub(crate) async fn measure(
    tables: &ReferenceTables,
    queries: &[Asked],
    samples: &[Sample],
    budget: Budget,
) -> Outcome<Ratio> {
    eprintln!("three searches at once, and in turn");
    let clock = SystemClock::new();
    let searches = Searches {
        tables,
        clock,
        code: find(queries, "a code")?,
        below: find(queries, "codes by their beginning")?,
        begins: find(queries, "titles by their beginning")?,
        words: find(queries, "titles by words")?,
        similar: find(queries, "similar titles")?,
    };
    let (mut plain, mut ours) = (Times::default(), Times::default());
    let (mut all, mut longest) = (Duration::ZERO, Duration::ZERO);
    let end = clock.elapsed() + budget.span * 2;
    for (number, sample) in samples.iter().take(budget.asked).enumerate() {
        if clock.elapsed() > end {
            break;
        }
        // Who comes second finds pages that the first has fetched, so they take turns at that.
        if number % 2 == 0 {
            ours.push(Box::pin(searches.at_once(sample)).await?);
        }
        let each = searches.in_turn(sample).await?;
        if number % 2 == 1 {
            ours.push(Box::pin(searches.at_once(sample)).await?);
        }
        let whole = each.iter().sum();
        plain.push(whole);
        all += whole;
        longest += each.into_iter().max().unwrap_or_default();
    }
    let (plain, ours) = (plain.timing(), ours.timing());
    let share = longest.as_secs_f64() / all.as_secs_f64();
    Ok(Ratio {
        what: "three SQL searches at once ÷ one after the other",
        stated: "3 ×",
        found: times(plain.mean_ms / ours.mean_ms),
        why: format!(
            "an answer waits for the longest of the three, which takes {:.0} % of the time of all: at once they cannot be more \
             than {:.2} × as fast, on however many cores; and all of them compute, so two cores share two of them",
            share * 100.0,
            1.0 / share
        ),
        plain: Way::of("one after the other", plain),
        ours: Way::of("at once", ours),
        parts: Vec::new(),
    })
}

impl Searches<'_> {
    /// How long by code, by words and by similarity took, each by itself.
    async fn in_turn(&self, sample: &Sample) -> Outcome<[Duration; 3]> {
        let began = self.clock.elapsed();
        self.by_code(sample).await?;
        let code = since(&self.clock, began);
        let began = self.clock.elapsed();
        self.begins.ask(self.tables, sample).await?;
        self.words.ask(self.tables, sample).await?;
        let term = since(&self.clock, began);
        let began = self.clock.elapsed();
        self.similar.ask(self.tables, sample).await?;
        Ok([code, term, since(&self.clock, began)])
    }

    async fn at_once(&self, sample: &Sample) -> Outcome<Duration> {
        let began = self.clock.elapsed();
        let (code, begins, words, similar) = tokio::join!(
            self.by_code(sample),
            self.begins.ask(self.tables, sample),
            self.words.ask(self.tables, sample),
            self.similar.ask(self.tables, sample)
        );
        let answered = [begins, words, similar]
            .into_iter()
            .try_for_each(|it| it.map(drop));
        code.and(answered)?;
        Ok(since(&self.clock, began))
    }

    /// The code, and then what begins with it.
    async fn by_code(&self, sample: &Sample) -> Outcome<()> {
        self.code.ask(self.tables, sample).await?;
        self.below.ask(self.tables, sample).await?;
        Ok(())
    }
}
