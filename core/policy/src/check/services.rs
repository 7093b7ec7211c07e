//! What may be said of services and upstreams.

use super::form::{is_name, is_origin};
use super::{Check, NAME};
use crate::service::ServiceRules;

/// The services that rules may be about.
const SERVICES: [&str; 6] = [
    "auth",
    "billing",
    "hospital",
    "insurance",
    "journeys",
    "terminology",
];
/// What sends, but is never called in its own name.
const DOORS: [&str; 2] = ["console", "gateway"];
const HOUR_MS: u64 = 3_600_000;

impl Check<'_> {
    pub(super) fn service(&mut self, name: &str, rules: &ServiceRules) {
        let at = format!("services.{name}");
        if DOORS.contains(&name) {
            let sends = ServiceRules {
                egress: rules.egress.clone(),
                ..ServiceRules::default()
            };
            let detail = "is not called by services, so that only its egress can be ruled";
            self.that(*rules == sends, at.clone(), detail);
        } else {
            let detail = "must be auth, billing, hospital, insurance, journeys or terminology; of console and gateway only \
                          the egress is ruled";
            self.that(SERVICES.contains(&name), at.clone(), detail);
        }
        for (index, caller) in rules.callers.iter().flatten().enumerate() {
            let detail = "must be the name of a service";
            let good = SERVICES.contains(&caller.as_str());
            self.that(good, format!("{at}.callers[{index}]"), detail);
        }
        for (index, target) in rules.egress.iter().flatten().enumerate() {
            let target = target.as_str();
            let good = SERVICES.contains(&target) || self.upstreams.contains(target);
            let detail = "must be the name of a service or of an upstream of this file";
            self.that(good, format!("{at}.egress[{index}]"), detail);
        }
        self.sending(&at, rules);
    }

    /// The limits are those of the section `upstream` of the settings.
    fn sending(&mut self, at: &str, rules: &ServiceRules) {
        let numbers = [
            ("try_ms", rules.try_ms, 10..=HOUR_MS),
            ("hedge_ms", rules.hedge_ms, 0..=HOUR_MS),
            ("recovery_ms", rules.recovery_ms, 1..=HOUR_MS),
            ("eject_ms", rules.eject_ms, 1..=HOUR_MS / 30),
            ("retries", rules.retries.map(u64::from), 0..=20),
            ("retry_percent", rules.retry_percent.map(u64::from), 0..=100),
            (
                "retries_saved",
                rules.retries_saved.map(u64::from),
                1..=1_000_000,
            ),
            (
                "failure_threshold",
                rules.failure_threshold.map(u64::from),
                0..=1_000,
            ),
            (
                "failure_percent",
                rules.failure_percent.map(u64::from),
                0..=100,
            ),
        ];
        for (name, value, range) in numbers {
            self.range(value, &range, format!("{at}.{name}"));
        }
    }

    pub(super) fn upstream(&mut self, name: &str, addresses: &[String]) {
        let at = format!("upstreams.{name}");
        self.that(is_name(name), at.clone(), NAME);
        self.that(!addresses.is_empty(), at.clone(), "must have an address");
        for (index, address) in addresses.iter().enumerate() {
            let good = address.starts_with("http://") && is_origin(address);
            let detail = "must be an address such as http://127.0.0.1:3005";
            self.that(good, format!("{at}[{index}]"), detail);
        }
    }
}
