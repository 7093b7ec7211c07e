//! The sections `slots` and `limits` of the settings.

use medcover_config::{Check, Section};
use medcover_kernel::Tier;
use medcover_resilience::TierLimits;
use serde::{Deserialize, Serialize};

use super::Network;

/// The section `slots`: how many requests the process works on at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlotsConfig {
    /// How many at most.
    pub max_concurrent_requests: u32,
    /// How many hundredths of them may be taken by all but critical requests.
    pub normal_percent: u32,
    /// How many hundredths may be taken before background requests are shed.
    pub background_percent: u32,
    /// Whether the number follows latency, below `max_concurrent_requests`.
    pub adaptive: bool,
    /// The least number that it then goes to; 0: two for each core.
    pub adaptive_least: u32,
}

impl Default for SlotsConfig {
    fn default() -> Self {
        Self {
            max_concurrent_requests: 1_000,
            normal_percent: 95,
            background_percent: 50,
            adaptive: false,
            adaptive_least: 0,
        }
    }
}

impl Section for SlotsConfig {
    fn validate(&self, check: &mut Check<'_>) {
        let most = self.max_concurrent_requests;
        check.range("max_concurrent_requests", most, 1..=1_000_000);
        check.range("normal_percent", self.normal_percent, 1..=100);
        check.range(
            "background_percent",
            self.background_percent,
            1..=self.normal_percent,
        );
        check.range("adaptive_least", self.adaptive_least, 0..=1_000_000);
    }
}

/// Where processes count callers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitsShared {
    /// Nowhere: each counts by itself.
    #[default]
    None,
    /// In Redis.
    Redis,
}

/// The section `limits`: how much each caller may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Whether requests are counted at all.
    pub enabled: bool,
    /// Whose `X-Forwarded-For` is believed: proxies in front of this process.
    pub trusted_proxies: Vec<Network>,
    /// Who is not limited when they ask directly: other processes of the installation.
    pub exempt: Vec<Network>,
    /// How many callers of each tier are remembered.
    pub max_callers: usize,
    /// Where processes count callers together, if they do.
    pub shared: LimitsShared,
    /// How long a request waits for the counts of all before those of this process decide, in milliseconds.
    pub shared_timeout_ms: u64,
    /// What an address may ask for that shows nothing, or nothing that holds.
    #[serde(deserialize_with = "given::anonymous")]
    pub anonymous: TierConfig,
    /// What whoever has signed in may ask for, and keys of no other tier.
    #[serde(deserialize_with = "given::authenticated")]
    pub authenticated: TierConfig,
    /// What keys of the tier `premium` may ask for.
    #[serde(deserialize_with = "given::premium")]
    pub premium: TierConfig,
    /// What keys of the tier `enterprise` may ask for.
    #[serde(deserialize_with = "given::enterprise")]
    pub enterprise: TierConfig,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            trusted_proxies: Vec::new(),
            exempt: Vec::new(),
            max_callers: 100_000,
            shared: LimitsShared::None,
            shared_timeout_ms: 50,
            anonymous: TierConfig::of(Tier::Anonymous),
            authenticated: TierConfig::of(Tier::Authenticated),
            premium: TierConfig::of(Tier::Premium),
            enterprise: TierConfig::of(Tier::Enterprise),
        }
    }
}

impl LimitsConfig {
    pub(super) const fn tier(&self, tier: Tier) -> &TierConfig {
        match tier {
            Tier::Anonymous => &self.anonymous,
            Tier::Authenticated => &self.authenticated,
            Tier::Premium => &self.premium,
            Tier::Enterprise => &self.enterprise,
        }
    }
}

impl Section for LimitsConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("max_callers", self.max_callers, 1_000..=10_000_000);
        check.range("shared_timeout_ms", self.shared_timeout_ms, 1..=10_000);
        check.section("anonymous", &self.anonymous);
        check.section("authenticated", &self.authenticated);
        check.section("premium", &self.premium);
        check.section("enterprise", &self.enterprise);
    }
}

/// The limits of one tier. All of them must agree to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TierConfig {
    /// Requests in any 60 seconds.
    pub requests_per_minute: u32,
    /// Requests in any 3,600 seconds.
    pub requests_per_hour: u32,
    /// Requests at once, after a rest.
    pub burst_capacity: u32,
    /// Requests a second by which the burst comes back.
    pub token_refill_rate: u32,
}

impl TierConfig {
    /// The numbers as shipped.
    pub const fn of(tier: Tier) -> Self {
        let limits = TierLimits::of(tier);
        Self {
            requests_per_minute: limits.requests_per_minute,
            requests_per_hour: limits.requests_per_hour,
            burst_capacity: limits.burst_capacity,
            token_refill_rate: limits.token_refill_rate,
        }
    }

    pub(super) const fn limits(self) -> TierLimits {
        TierLimits {
            requests_per_minute: self.requests_per_minute,
            requests_per_hour: self.requests_per_hour,
            burst_capacity: self.burst_capacity,
            token_refill_rate: self.token_refill_rate,
        }
    }

    /// The most that one request can be charged and still be admitted.
    pub(super) fn heaviest(self) -> u32 {
        self.burst_capacity
            .min(self.requests_per_minute)
            .min(self.requests_per_hour)
    }
}

impl Section for TierConfig {
    fn validate(&self, check: &mut Check<'_>) {
        for fault in self.limits().limits().err().unwrap_or_default() {
            check.that(fault.pointer.trim_start_matches('/'), false, &fault.detail);
        }
    }
}

/// Reading a tier of which only some numbers are given: the others are as shipped for that tier.
mod given {
    use medcover_kernel::Tier;
    use serde::{Deserialize, Deserializer};

    use super::TierConfig;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Given {
        requests_per_minute: Option<u32>,
        requests_per_hour: Option<u32>,
        burst_capacity: Option<u32>,
        token_refill_rate: Option<u32>,
    }

    fn of<'de, D: Deserializer<'de>>(tier: Tier, from: D) -> Result<TierConfig, D::Error> {
        let (given, shipped) = (Given::deserialize(from)?, TierConfig::of(tier));
        Ok(TierConfig {
            requests_per_minute: given
                .requests_per_minute
                .unwrap_or(shipped.requests_per_minute),
            requests_per_hour: given.requests_per_hour.unwrap_or(shipped.requests_per_hour),
            burst_capacity: given.burst_capacity.unwrap_or(shipped.burst_capacity),
            token_refill_rate: given.token_refill_rate.unwrap_or(shipped.token_refill_rate),
        })
    }

    macro_rules! tiers {
        ($($name:ident: $tier:ident),*) => {
            $(pub(super) fn $name<'de, D: Deserializer<'de>>(from: D) -> Result<TierConfig, D::Error> {
                of(Tier::$tier, from)
            })*
        };
    }

    tiers!(anonymous: Anonymous, authenticated: Authenticated, premium: Premium, enterprise: Enterprise);
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_config::Layers;

    #[test]
    fn one_number_of_a_tier_can_be_set_and_a_wrong_one_is_named() {
        let load = |key: &str, text: &str| {
            Layers::new()
                .argument("--set", key, text)
                .load::<LimitsConfig>()
        };
        let loaded = load("premium.token_refill_rate", "17")
            .expect("sound")
            .value;
        assert_eq!(loaded.premium.token_refill_rate, 17);
        assert_eq!(loaded.premium.requests_per_minute, 1_000);
        let wrong = load("anonymous.burst_capacity", "0").expect_err("nobody could ask");
        assert!(
            wrong.to_string().contains("anonymous.burst_capacity"),
            "{wrong}"
        );
        let proxies = load("trusted_proxies", "10.0.0.0/8,::1")
            .expect("sound")
            .value;
        assert_eq!(proxies.trusted_proxies.len(), 2);
        assert!(load("trusted_proxies", "10.0.0.0/33").is_err());
    }
}
