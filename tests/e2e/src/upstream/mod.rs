//! Instances of one role are harmed in turn behind a door that is under steady load.

mod figures;
mod installation;
mod load;

use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_testkit::Fault;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

pub use figures::{PhaseFigures, UpstreamFigures};
use installation::Installation;
use load::Load;

/// Instances of the role behind the door.
const INSTANCES: usize = 4;
/// How often is looked whether an instance is back.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What is done to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Harm {
    Nothing,
    Killed,
    Slow,
    FailsFast,
    Partitioned,
}

impl Harm {
    const ALL: [Self; 5] = [
        Self::Nothing,
        Self::Killed,
        Self::Slow,
        Self::FailsFast,
        Self::Partitioned,
    ];

    /// Whether the health check of an instance tells when it is well again.
    const fn tells(self) -> bool {
        !matches!(self, Self::Slow | Self::FailsFast)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Killed => "killed",
            Self::Slow => "slow (300 ms)",
            Self::FailsFast => "500 in a millisecond, says ready",
            Self::Partitioned => "partitioned",
        }
    }
}

/// Four processes of the terminology role behind a door, harmed in turn.
#[derive(Clone, Copy, Debug)]
pub struct UpstreamDrill {
    /// How long each harm lasts.
    pub phase: Duration,
    /// For how many seconds the capacity is measured; the worst of them counts.
    pub measure_s: u32,
    /// The load, in hundredths of the capacity.
    pub load_percent: u32,
    /// For how long a breaker of the door stays open; as shipped it is a minute.
    pub recovery: Duration,
    /// How long is waited for an instance to be used again that was slow or failed. Nobody tells that it is well: what is
    /// remembered of it must fade.
    pub patience: Duration,
}

/// How long one may take to be used again that was away: its health check tells when it is back.
const BACK_WITHIN: Duration = Duration::from_secs(30);

impl UpstreamDrill {
    /// Runs it, telling `tell` how it goes. The findings, where it finds any.
    pub fn run(&self, tell: &dyn Fn(&str)) -> Result<UpstreamFigures, Vec<String>> {
        let runtime = Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("threads");
        let mut installation = Installation::start(&runtime, self.recovery);
        let clock = SystemClock::new();
        let capacity =
            runtime.block_on(load::capacity(&installation.door(), clock, self.measure_s));
        let rate = (capacity * self.load_percent / 100).max(1);
        tell(&format!(
            "capacity {capacity} requests/s; load {rate} requests/s"
        ));
        let load = Load::start(&runtime, &installation.door(), clock, rate);
        let mut phases = Vec::new();
        for (harm, number) in Harm::ALL.into_iter().zip(0..) {
            let instance = number % INSTANCES;
            let phase = self.phase(&runtime, &mut installation, (harm, instance), clock);
            tell(&format!("{}: back after {:?}", harm.name(), phase.1));
            phases.push((harm, phase));
        }
        let samples = runtime.block_on(load.stop());
        let phases = phases.into_iter().map(|(harm, (times, back, shares))| {
            PhaseFigures::of((harm.name(), harm.tells()), &samples, times, (shares, back))
        });
        let figures = UpstreamFigures {
            capacity,
            rate,
            phases: phases.collect(),
            retries: installation.seen()["retries"].as_u64().unwrap_or(0),
        };
        let findings = figures.findings(self.patience);
        if findings.is_empty() {
            Ok(figures)
        } else {
            Err([findings, vec![figures.to_string()]].concat())
        }
    }

    /// Harms one instance for a while, mends it, and waits until it is used again: when that was, how long the last took, and
    /// the hundredths of a percent of calls that the harmed one got while it was.
    fn phase(
        &self,
        runtime: &Runtime,
        installation: &mut Installation,
        (harm, instance): (Harm, usize),
        clock: SystemClock,
    ) -> Phase {
        let began = clock.elapsed();
        let before = installation.calls();
        installation.harm(harm, instance);
        runtime.block_on(async { sleep(self.phase).await });
        let calls = installation.calls();
        let gained: Vec<_> = calls
            .iter()
            .zip(&before)
            .map(|(now, then)| now - then)
            .collect();
        let all = gained.iter().sum::<u64>().max(1);
        installation.mend(harm, instance);
        let mended = clock.elapsed();
        let used = installation.calls()[instance];
        let most = if harm.tells() {
            BACK_WITHIN
        } else {
            self.patience
        };
        let waited = || clock.elapsed().saturating_sub(mended);
        let mut is_used = installation.is_used(instance, used);
        while !is_used && waited() < most {
            runtime.block_on(async { sleep(LOOK_EVERY).await });
            is_used = installation.is_used(instance, used);
        }
        let back_after = is_used.then(waited);
        let share = gained[instance] * 10_000 / all;
        ((began, clock.elapsed()), back_after, share)
    }
}

/// From when to when, how long until the instance was used again, and its share.
type Phase = ((Duration, Duration), Option<Duration>, u64);

impl Installation {
    fn harm(&mut self, harm: Harm, instance: usize) {
        let proxy = &self.proxies[instance];
        match harm {
            Harm::Nothing => {}
            Harm::Killed => {
                self.instances[instance].kill();
                proxy.set(Fault::Refuse);
            }
            Harm::Slow => proxy.set(Fault::Slow(Duration::from_millis(300))),
            Harm::FailsFast => proxy.set(Fault::Errors),
            Harm::Partitioned => proxy.set(Fault::Silent),
        }
    }

    fn mend(&mut self, harm: Harm, instance: usize) {
        if harm == Harm::Killed {
            self.instances[instance].start();
        }
        self.proxies[instance].set(Fault::None);
    }
}
