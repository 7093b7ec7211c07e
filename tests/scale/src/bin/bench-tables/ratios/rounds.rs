//! Many who ask at once.

use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};

use super::Way;
use crate::Outcome;
use crate::ask::since;
use crate::measure::{Times, figure};

/// Who asks at once.
pub(super) const CLIENTS: usize = 8;
/// Each way is measured so often, in turn with the others; the round with the median rate counts.
pub(super) const ROUNDS: u32 = 3;
/// Keeps what one asks for apart from what another does.
const APART: usize = 1_000_003;

/// Answers a second while all ask for `span`, and how long each took. `ask` is told a number, another each time.
pub(super) async fn round<F, A>(span: Duration, ask: F) -> Outcome<(f64, Times)>
where
    F: Fn(usize) -> A + Clone + Send + 'static,
    A: Future<Output = Outcome<()>> + Send,
{
    let clock = SystemClock::new();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let ask = ask.clone();
            tokio::spawn(async move {
                let mut times = Times::default();
                for number in client * APART.. {
                    let began = clock.elapsed();
                    if began > span {
                        break;
                    }
                    ask(number).await?;
                    times.push(since(&clock, began));
                }
                Outcome::Ok(times)
            })
        })
        .collect();
    let mut times = Times::default();
    for client in clients {
        times.append(client.await??);
    }
    let took = clock.elapsed().as_secs_f64();
    Ok((times.len() as f64 / took, times))
}

/// The round with the median rate.
pub(super) fn middle(mut rounds: Vec<(f64, Times)>, name: &str) -> Way {
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let middle = rounds.len() / 2;
    let (rate, times) = rounds.into_iter().nth(middle).unwrap_or_default();
    Way {
        per_second: Some(rate),
        ..Way::of(name, times.timing())
    }
}

/// How much faster ours is, by the time of a call and by rate.
pub(super) fn faster(ours: &Way, plain: &Way) -> String {
    let saved = 1.0 - ours.timing.mean_ms / plain.timing.mean_ms;
    format!(
        "{} % less time a call, {:.2} × the calls a second",
        figure(saved * 100.0),
        ours.rate() / plain.rate()
    )
}
