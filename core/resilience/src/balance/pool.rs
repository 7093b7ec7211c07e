//! The instances of one service, as one caller sees them.

use std::time::Duration;

use medcover_kernel::{FieldFault, Rng};

use super::outlier::Conduct;
use super::{PeakEwma, PoolConfig};

/// Sums of weights then fit wherever they are counted.
const MAX_WEIGHT: u32 = 1_000_000;

/// The instances of one service. `I` names one: an address or an id of the registry.
#[derive(Clone, Debug)]
pub struct Pool<I> {
    pub(super) config: PoolConfig,
    /// By number: in the order in which they joined.
    pub(super) members: Vec<Member<I>>,
    pub(super) last: u64,
    next: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Member<I> {
    pub(super) instance: I,
    pub(super) number: u64,
    pub(super) weight: u32,
    pub(super) healthy: bool,
    pub(super) draining: bool,
    pub(super) pending: u32,
    pub(super) latency: Option<PeakEwma>,
    pub(super) conduct: Conduct,
    /// What smooth weighted round robin owes it.
    pub(super) credit: i64,
}

/// An instance that was chosen for one call. Give it back by [`Pool::finish`].
#[derive(Debug, PartialEq, Eq)]
pub struct Pick<I> {
    /// The instance.
    pub instance: I,
    number: u64,
}

/// How a call to an instance ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// It was answered.
    Success,
    /// It failed, or was refused for overload.
    Failure {
        /// What the answer asked for, if it did.
        retry_after: Option<Duration>,
    },
    /// Its caller gave up: it would have taken at least this long.
    Cancelled,
}

/// What there is to see of an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceStatus<I> {
    /// The instance.
    pub instance: I,
    /// Calls on their way.
    pub pending: u32,
    /// Latency as remembered, penalties included.
    pub latency: Option<Duration>,
    /// What its health check says.
    pub healthy: bool,
    /// Whether it takes no new calls.
    pub draining: bool,
    /// Whether it is put aside.
    pub ejected: bool,
}

impl<I: Clone + PartialEq> Pool<I> {
    /// An empty pool; or every setting that cannot work.
    pub fn new(config: PoolConfig) -> Result<Self, Vec<FieldFault>> {
        config.check()?;
        Ok(Self {
            config,
            members: Vec::new(),
            last: 0,
            next: 1,
        })
    }

    /// Goes on under other settings, or says all that cannot work of them. Nothing that is known of the instances is lost, and
    /// calls on their way may be given back; who is put aside stays so for its time.
    pub fn reconfigure(&mut self, config: PoolConfig) -> Result<(), Vec<FieldFault>> {
        config.check()?;
        self.config = config;
        Ok(())
    }

    /// Takes an instance in with a weight (1 to 1,000,000), or changes the weight of one that is there and no longer
    /// drains.
    pub fn join(&mut self, instance: I, weight: u32) {
        let weight = weight.clamp(1, MAX_WEIGHT);
        if let Some(member) = self.member(&instance) {
            (member.weight, member.draining) = (weight, false);
            return;
        }
        self.members.push(Member {
            instance,
            number: self.next,
            weight,
            healthy: true,
            draining: false,
            pending: 0,
            latency: None,
            conduct: Conduct::default(),
            credit: 0,
        });
        self.next += 1;
    }

    /// Gives an instance no new calls; those on their way go on.
    pub fn drain(&mut self, instance: &I) {
        if let Some(member) = self.member(instance) {
            member.draining = true;
        }
    }

    /// Forgets an instance. Calls on their way to it may still be given back.
    pub fn leave(&mut self, instance: &I) {
        self.members.retain(|member| member.instance != *instance);
    }

    /// Notes what a health check says.
    pub fn set_healthy(&mut self, instance: &I, healthy: bool) {
        if let Some(member) = self.member(instance) {
            member.healthy = healthy;
        }
    }

    /// Chooses an instance for a call, not one of `tried` unless there is no other: whoever has not been asked is more likely
    /// to answer than whoever has just failed, even where a check has found them unfit. `None`: there is none at all.
    pub fn select_instance(
        &mut self,
        tried: &[I],
        now: Duration,
        rng: &dyn Rng,
    ) -> Option<Pick<I>> {
        let untried = |place: &usize| !tried.contains(&self.members[*place].instance);
        let fit = self.candidates(now);
        let mut among: Vec<_> = fit.iter().copied().filter(untried).collect();
        if among.is_empty() {
            among = self.present().filter(untried).collect();
        }
        if among.is_empty() {
            among = fit;
        }
        let chosen = self.choose(&among, now, rng)?;
        let member = &mut self.members[chosen];
        member.pending += 1;
        self.last = member.number;
        Some(Pick {
            instance: member.instance.clone(),
            number: member.number,
        })
    }

    /// Notes how a call ended that `took` so long; whether its instance was put aside for it.
    pub fn finish(
        &mut self,
        pick: &Pick<I>,
        end: CallEnd,
        took: Duration,
        now: Duration,
        rng: &dyn Rng,
    ) -> bool {
        let found = self
            .members
            .binary_search_by_key(&pick.number, |member| member.number);
        let Ok(place) = found else { return false };
        let config = self.config;
        let member = &mut self.members[place];
        member.pending = member.pending.saturating_sub(1);
        member.observe(&config, end, took, now);
        let failed = match end {
            CallEnd::Success => false,
            CallEnd::Failure { .. } => true,
            CallEnd::Cancelled => return false,
        };
        let Some(outliers) = &config.outliers else {
            return false;
        };
        let aside = member.conduct.note(outliers, failed, now) && self.may_eject(place, now);
        if aside {
            self.members[place].conduct.eject(outliers, now, rng);
        }
        aside
    }

    /// Whether so few instances are fit that all are asked.
    pub fn is_panicking(&self, now: Duration) -> bool {
        let (fit, all) = (self.fit(now).count(), self.present().count());
        fit * 10_000 < all * self.config.panic_below.get() as usize
    }

    /// What there is to see, in the order in which they joined.
    pub fn status(&self, now: Duration) -> Vec<InstanceStatus<I>> {
        let status = |member: &Member<I>| InstanceStatus {
            instance: member.instance.clone(),
            pending: member.pending,
            latency: member
                .latency
                .map(|it| Duration::from_secs_f64(it.read(now, self.config.decay))),
            healthy: member.healthy,
            draining: member.draining,
            ejected: member.conduct.is_ejected(now),
        };
        self.members.iter().map(status).collect()
    }

    fn member(&mut self, instance: &I) -> Option<&mut Member<I>> {
        self.members
            .iter_mut()
            .find(|member| member.instance == *instance)
    }

    /// Instances that do not drain.
    fn present(&self) -> impl Iterator<Item = usize> {
        let members = self.members.iter().enumerate();
        members.filter(|it| !it.1.draining).map(|it| it.0)
    }

    /// Instances that are healthy and not put aside.
    fn fit(&self, now: Duration) -> impl Iterator<Item = usize> {
        self.present().filter(move |place| {
            let member = &self.members[*place];
            member.healthy && !member.conduct.is_ejected(now)
        })
    }

    fn candidates(&self, now: Duration) -> Vec<usize> {
        if self.is_panicking(now) {
            self.present().collect()
        } else {
            self.fit(now).collect()
        }
    }

    /// The floor: no more than a share of the instances is put aside, and never the last one that is fit.
    fn may_eject(&self, place: usize, now: Duration) -> bool {
        let Some(outliers) = &self.config.outliers else {
            return false;
        };
        let ejected = |place: &usize| self.members[*place].conduct.is_ejected(now);
        let (all, aside) = (
            self.present().count(),
            self.present().filter(ejected).count(),
        );
        let others = self.fit(now).filter(|it| *it != place).count();
        !ejected(&place)
            && others > 0
            && (aside + 1) * 10_000 <= all * outliers.most_ejected.get() as usize
    }
}

impl<I> Member<I> {
    fn observe(&mut self, config: &PoolConfig, end: CallEnd, took: Duration, now: Duration) {
        let latency = match end {
            CallEnd::Success => took,
            CallEnd::Failure { retry_after } => {
                let penalty = retry_after.unwrap_or(config.failure_penalty);
                took.max(penalty.min(config.longest_penalty))
            }
            // A lower bound may raise what is remembered, never lower it.
            CallEnd::Cancelled => {
                let known = self.latency.map(|it| it.read(now, config.decay));
                if known.is_some_and(|known| known >= took.as_secs_f64()) {
                    return;
                }
                took
            }
        };
        match &mut self.latency {
            Some(remembered) => remembered.observe(latency, now, config.decay),
            none => *none = Some(PeakEwma::first(latency, now)),
        }
    }
}
