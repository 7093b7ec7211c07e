//! How much each caller may ask for: a table of callers for each tier.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderValue;
use medcover_kernel::{FieldFault, Result, Tier};
use medcover_resilience::{
    Bound, Cost, KeyedLimits, KeyedLimitsConfig, RateDecision, RateRefusal, SharedLimits, Wait,
};

use super::asker::{self, Asker, Counted};
use super::figures::{CallerUsage, LimitFigures, LimitUsage, TierFigures};
use super::network::Network;
use super::recognised::Recognised;
use super::refusal::{guessed, limited};
use super::settings::LimitsConfig;
use super::sharing::{Shared, SharedCounts, Sharing};
use super::told::{self, Told};
use crate::problem::Problem;

const TIERS: [Tier; 4] = [
    Tier::Anonymous,
    Tier::Authenticated,
    Tier::Premium,
    Tier::Enterprise,
];
/// Entries of window logs for each caller that is remembered. Most ask little; beyond that, logs become coarser.
const ENTRIES_A_CALLER: usize = 20;
/// Locks of a table.
const SHARDS: usize = 64;

/// The limits of a process.
pub(crate) struct Limits {
    tiers: [Table; 4],
    trusted: Vec<Network>,
    exempt: Vec<Network>,
    recognised: Recognised,
    /// The counts of all processes, where they count together.
    shared: Option<Shared>,
}

/// What became of charging a request.
pub(crate) struct Charge {
    /// What the caller is told, whatever it was.
    pub(crate) told: Told,
    /// Why the request is refused, if it is.
    pub(crate) refused: Option<Problem>,
}

struct Table {
    tier: Tier,
    policy: HeaderValue,
    /// The most that a request is charged: what weighs more would never be admitted.
    heaviest: Cost,
    /// What this process has admitted.
    callers: KeyedLimits<Asker>,
    /// The same limits, for counts elsewhere.
    limits: SharedLimits,
    admitted: AtomicU64,
    refused: AtomicU64,
}

impl Limits {
    pub(super) fn new(
        config: &LimitsConfig,
        counts: Option<Arc<dyn SharedCounts>>,
    ) -> Result<Self, Vec<FieldFault>> {
        let [anonymous, authenticated, premium, enterprise] =
            TIERS.map(|tier| Table::new(tier, config));
        Ok(Self {
            tiers: [anonymous?, authenticated?, premium?, enterprise?],
            trusted: config.trusted_proxies.clone(),
            exempt: config.exempt.clone(),
            recognised: Recognised::default(),
            shared: counts.map(Shared::new),
        })
    }

    /// The address that `request` is charged to when nobody is known to have sent it. `None` when it is not limited: it came
    /// by no network, or from a process of the installation.
    pub(crate) fn origin(&self, request: &Request) -> Option<IpAddr> {
        let origin = asker::origin(request.extensions(), request.headers(), &self.trusted)?;
        let is_exempt = self.exempt.iter().any(|network| network.has(origin));
        (!is_exempt).then_some(origin)
    }

    /// Whether somebody else may have to be asked before a request is charged.
    pub(crate) const fn are_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Charges a request, unless that is refused.
    pub(crate) async fn charge(&self, counted: Counted, cost: Cost, now: Duration) -> Charge {
        match &self.shared {
            None => self.charge_here(counted, cost, now),
            // Boxed, so that whoever counts alone does not carry the room for it along.
            Some(shared) => {
                let table = self.table(counted.tier);
                let deciding = table.decide_together(shared, counted.asker, cost, now);
                table.charge(&Box::pin(deciding).await)
            }
        }
    }

    /// The same, by the counts of this process.
    pub(crate) fn charge_here(&self, counted: Counted, cost: Cost, now: Duration) -> Charge {
        let table = self.table(counted.tier);
        table.charge(&table.decide(counted.asker, cost, now))
    }

    /// Refuses to look at `credential` once too many from `origin` did not hold, unless it held lately.
    pub(crate) fn may_show(&self, credential: &[u8], origin: IpAddr, now: Duration) -> Result<()> {
        let table = self.table(Tier::Anonymous);
        let standing = table.callers.look(&Asker::guessing_at(origin), now);
        match standing.tightest() {
            Some((_, standing))
                if standing.remaining == 0 && !self.recognised.knows(credential) =>
            {
                Err(guessed(standing.reset.min(Duration::from_mins(1))))
            }
            _ => Ok(()),
        }
    }

    /// Remembers that `credential` held.
    pub(crate) fn held(&self, credential: &[u8]) {
        self.recognised.note(credential);
    }

    /// Counts that `credential` did not hold.
    pub(crate) fn did_not_hold(&self, credential: &[u8], origin: IpAddr, now: Duration) {
        self.recognised.forget(credential);
        let guesser = Asker::guessing_at(origin);
        let table = self.table(Tier::Anonymous);
        table.callers.check_rate_limit(&guesser, now, Cost::ONE);
    }

    /// Where `counted` stands.
    pub(super) async fn usage(&self, counted: Counted, now: Duration) -> CallerUsage {
        let Counted { tier, asker } = counted;
        self.table(tier)
            .usage(self.shared.as_ref(), asker, now)
            .await
    }

    /// Where `asker` stands in each tier in which they have used anything.
    pub(super) async fn usages(&self, asker: Asker, now: Duration) -> Vec<CallerUsage> {
        let mut usages = Vec::new();
        for tier in TIERS {
            usages.push(self.usage(Counted { tier, asker }, now).await);
        }
        usages.retain(CallerUsage::is_any);
        usages
    }

    /// Whether counts are shared now; `None` where they are not meant to be.
    pub(super) async fn sharing(&self, now: Duration) -> Option<Sharing> {
        let limits = &self.table(Tier::Anonymous).limits;
        Some(self.shared.as_ref()?.check(limits, now).await)
    }

    pub(super) fn figures(&self) -> LimitFigures {
        LimitFigures {
            tiers: self.tiers.iter().map(Table::figures).collect(),
            sharing: self.shared.as_ref().map(Shared::figures),
        }
    }

    /// Forgets callers who have their whole share again; how many there were.
    pub(super) fn sweep(&self, now: Duration) -> usize {
        let tables = self.tiers.iter();
        tables.map(|table| table.callers.sweep(now)).sum()
    }

    const fn table(&self, tier: Tier) -> &Table {
        &self.tiers[tier as usize]
    }
}

impl Table {
    fn new(tier: Tier, config: &LimitsConfig) -> Result<Self, Vec<FieldFault>> {
        let numbers = *config.tier(tier);
        let keyed = KeyedLimitsConfig {
            max_keys: config.max_callers,
            max_entries: config.max_callers * ENTRIES_A_CALLER,
            shards: SHARDS,
        };
        let limits = numbers.limits().limits()?;
        Ok(Self {
            tier,
            policy: told::policy(numbers),
            heaviest: Cost::thousandths(numbers.heaviest().saturating_mul(1_000)),
            callers: KeyedLimits::new(&limits, keyed)?,
            limits: SharedLimits::new(limits)?,
            admitted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    fn decide(&self, asker: Asker, cost: Cost, now: Duration) -> RateDecision {
        let cost = cost.min(self.heaviest);
        self.counted(self.callers.check_rate_limit(&asker, now, cost))
    }

    /// Decides by what all processes have admitted. What this one has is a part of that: whom its own counts refuse, nobody
    /// else needs to be asked about, and they are there when nobody answers.
    async fn decide_together(
        &self,
        shared: &Shared,
        asker: Asker,
        cost: Cost,
        now: Duration,
    ) -> RateDecision {
        let cost = cost.min(self.heaviest);
        if let Some(refused) = self.callers.refuse(&asker, now, cost) {
            shared.refused_before();
            return self.counted(refused);
        }
        let name = self.name(asker);
        let charged = shared.charge(&name, &self.limits, cost, now).await;
        let decision = match charged {
            Some(decision) if !decision.is_admitted() => decision,
            charged => {
                let here = self.callers.check_rate_limit(&asker, now, cost);
                charged.unwrap_or(here)
            }
        };
        self.counted(decision)
    }

    /// The name under which all processes count `asker`.
    fn name(&self, asker: Asker) -> String {
        format!("{}:{}", self.tier.as_str(), asker.name())
    }

    fn counted(&self, decision: RateDecision) -> RateDecision {
        let count = if decision.is_admitted() {
            &self.admitted
        } else {
            &self.refused
        };
        count.fetch_add(1, Ordering::Relaxed);
        decision
    }

    fn charge(&self, decision: &RateDecision) -> Charge {
        let refused = decision.refused;
        Charge {
            told: Told::new(&self.policy, decision),
            refused: refused.map(|refusal| self.refusal(refusal, decision)),
        }
    }

    fn refusal(&self, refusal: RateRefusal, decision: &RateDecision) -> Problem {
        let standing = match refusal.by {
            Bound::Bucket => decision.bucket,
            Bound::Window(place) => decision.windows[place],
        };
        let standing = standing.expect("a limit that refuses has a standing");
        let wait = match refusal.wait {
            Wait::For(wait) => wait,
            Wait::Forever => standing.window,
        };
        limited(self.tier.as_str(), standing.quota, standing.window, wait).into()
    }

    async fn usage(&self, shared: Option<&Shared>, asker: Asker, now: Duration) -> CallerUsage {
        let looked = match shared {
            Some(shared) => shared.look(&self.name(asker), &self.limits, now).await,
            None => None,
        };
        let looked = looked.unwrap_or_else(|| self.callers.look(&asker, now));
        let windows = looked.windows.iter().enumerate();
        let windows = windows.map(|(place, it)| (Bound::Window(place), *it));
        let limits = std::iter::once((Bound::Bucket, looked.bucket)).chain(windows);
        let limits = limits.filter_map(|(bound, standing)| {
            let standing = standing?;
            Some(LimitUsage {
                limit: told::name(bound).to_owned(),
                requests: standing.quota,
                within_s: told::seconds(standing.window),
                remaining: standing.remaining,
                reset_s: told::seconds(standing.reset),
            })
        });
        CallerUsage {
            caller: asker.name(),
            tier: self.tier,
            limits: limits.collect(),
        }
    }

    fn figures(&self) -> TierFigures {
        let held = self.callers.figures();
        TierFigures {
            tier: self.tier,
            admitted: self.admitted.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            callers: held.keys as u64,
            bytes: held.bytes as u64,
            evicted: held.evicted,
        }
    }
}
