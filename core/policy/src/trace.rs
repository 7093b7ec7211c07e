//! What a policy would make of requests.

use std::collections::BTreeMap;

use medcover_kernel::Rng;
use serde::{Deserialize, Serialize};

use crate::compiled::Policy;
use crate::document::{FaultInjection, Rules, Share};
use crate::fallback::StandIn;
use crate::pattern::RequestLine;

/// A request, as a line of a trace tells it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceLine {
    /// `GET`, …
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// Headers that routes ask for.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// What chance decides for one request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Met {
    /// It waits this long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// It is answered with this error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort: Option<u16>,
    /// It goes to this upstream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// A copy goes to this upstream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<String>,
}

/// What a request of a trace would meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Simulated {
    /// `GET`, …
    pub method: String,
    /// The path.
    pub path: String,
    /// The route it takes.
    pub route: Option<String>,
    /// The path by which somebody is found to answer it, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewritten: Option<String>,
    /// What holds for it by the policy.
    pub rules: Rules,
    /// What stands in when nobody answers, in the order in which it is tried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stand_ins: Vec<StandIn>,
    /// What chance decided.
    #[serde(flatten)]
    pub met: Met,
}

/// What a whole trace came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TraceSums {
    /// How many requests took each route; those that took none stand under `-`.
    pub by_route: BTreeMap<String, u64>,
    /// How many went to each upstream; those that went where they always do stand under `-`.
    pub by_upstream: BTreeMap<String, u64>,
    /// How many copies were sent.
    pub mirrored: u64,
    /// How many waited.
    pub delayed: u64,
    /// How many were answered with an error on purpose.
    pub aborted: u64,
}

impl Rules {
    /// What chance decides for a request under these rules; `method` tells whether it only reads.
    pub fn meet(&self, method: &str, rng: &dyn Rng) -> Met {
        let fault = self.fault.as_ref();
        let hit = |percent: u8| rng.below(100) < u64::from(percent);
        let delay = fault.and_then(|FaultInjection { delay, .. }| delay.as_ref());
        let abort = fault.and_then(|FaultInjection { abort, .. }| abort.as_ref());
        let reads = matches!(method, "GET" | "HEAD");
        let mirror = self.mirror.as_ref().filter(|_| reads);
        Met {
            delay_ms: delay.filter(|it| hit(it.percent)).map(|it| it.ms),
            abort: abort.filter(|it| hit(it.percent)).map(|it| it.status),
            to: self.split.as_deref().and_then(|split| share(split, rng)),
            mirror: mirror.filter(|it| hit(it.percent)).map(|it| it.to.clone()),
        }
    }
}

/// Which share a request falls into, if into any.
fn share(split: &[Share], rng: &dyn Rng) -> Option<String> {
    let drawn = rng.below(100);
    let mut end = 0;
    let falls = |share: &&Share| {
        end += u64::from(share.percent);
        drawn < end
    };
    let found = split.iter().find(falls);
    found.map(|share| share.to.clone())
}

/// Takes the requests of `trace` through `policy`, without sending any; `rng` decides what chance decides.
pub fn simulate(
    policy: &Policy,
    trace: &[TraceLine],
    rng: &dyn Rng,
) -> (Vec<Simulated>, TraceSums) {
    let mut sums = TraceSums::default();
    let mut told = Vec::with_capacity(trace.len());
    for request in trace {
        let header = |name: &str| {
            let found = request
                .headers
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        };
        let line = RequestLine {
            method: &request.method,
            path: &request.path,
            header,
        };
        let (route, rules) = policy.rules(&line);
        let met = rules.meet(&request.method, rng);
        sums.add(route, &met);
        told.push(Simulated {
            method: request.method.clone(),
            path: request.path.clone(),
            route: route.map(str::to_owned),
            rewritten: rules.rewrite.as_ref().and_then(|it| it.path(&request.path)),
            rules: rules.clone(),
            stand_ins: rules.stand_ins(&request.method),
            met,
        });
    }
    (told, sums)
}

impl TraceSums {
    fn add(&mut self, route: Option<&str>, met: &Met) {
        let count = |map: &mut BTreeMap<String, u64>, name: Option<&str>| {
            *map.entry(name.unwrap_or("-").to_owned()).or_default() += 1;
        };
        count(&mut self.by_route, route);
        self.delayed += u64::from(met.delay_ms.is_some());
        if met.abort.is_some() {
            self.aborted += 1;
            return;
        }
        count(&mut self.by_upstream, met.to.as_deref());
        self.mirrored += u64::from(met.mirror.is_some());
    }
}
