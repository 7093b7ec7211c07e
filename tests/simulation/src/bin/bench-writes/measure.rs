//! Rates and times of something that many tasks do over and over.

use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use serde::Serialize;

use crate::CLIENTS;

/// What was measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// The share of the time in which the writing connection computed or waited for the disk, in percent.
    pub(crate) writer_use_percent: f64,
}

/// The figure with the median rate.
pub(crate) fn median(mut figures: Vec<Figure>) -> Figure {
    figures.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    figures[figures.len() / 2]
}

/// Has as many tasks as there are clients do `act` until `span` has passed; the first fifth of the time is not counted.
pub(crate) async fn measure<F, A>(span: Duration, act: F) -> Result<Figure, String>
where
    F: Fn(usize) -> A + Clone + Send + 'static,
    A: Future<Output = Result<(), String>> + Send,
{
    let clock = SystemClock::new();
    let warm = span / 5;
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let act = act.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while clock.elapsed() < span + warm {
                    let began = clock.elapsed();
                    act(number).await?;
                    if began >= warm {
                        times.push(clock.elapsed().saturating_sub(began));
                    }
                }
                Ok::<_, String>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.map_err(|error| error.to_string())??);
    }
    let took = clock.elapsed().saturating_sub(warm);
    times.sort_unstable();
    let at = |percent: usize| {
        let time = times.get(times.len() * percent / 100).copied();
        time.unwrap_or_default().as_secs_f64() * 1e3
    };
    Ok(Figure {
        per_second: times.len() as f64 / took.as_secs_f64(),
        p50_ms: at(50),
        p99_ms: at(99),
        writer_use_percent: 0.0,
    })
}
