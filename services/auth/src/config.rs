//! The settings of the service.

use std::time::Duration;

use medcover_config::{Check, Secret, Section};
use medcover_identity::{HashBounds, HashCost, KeySchedule, MasterSecret, PasswordRules};
use serde::{Deserialize, Serialize};

use crate::domain::lock::LockPolicy;

/// The section `auth`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// How the installation is called in its tokens: the URL under which its discovery document stands.
    pub issuer: String,
    /// For whom access tokens are meant; the same in every process of an installation.
    pub audience: String,
    /// The master secret as 64 hexadecimal digits, for processes that share no data folder. Where none is set, one is made
    /// and kept in the data folder.
    pub master_secret: Secret,
    /// How long an access token lives. For so long it outlives a change of roles.
    pub access_token_s: u64,
    /// How long a session lasts, whatever is refreshed.
    pub session_s: u64,
    /// How long an invitation is good.
    pub invitation_s: u64,
    /// How long a key signs.
    pub key_sign_s: u64,
    /// How long before it signs a key is published: longer than anyone keeps a copy of the published keys.
    pub key_publish_ahead_s: u64,
    /// The fewest characters of a password.
    pub password_min_chars: usize,
    /// The section `auth.hashing`.
    pub hashing: HashingConfig,
    /// The section `auth.lock`.
    pub lock: LockConfig,
    /// The section `auth.break_glass`.
    pub break_glass: BreakGlassConfig,
}

/// How passwords are hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HashingConfig {
    /// Memory of one hash.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// How many passwords are hashed at a time.
    pub threads: usize,
    /// How many wait; beyond that the answer is 503.
    pub queue: usize,
}

/// How users are locked out after wrong passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LockConfig {
    /// The wrong password in a row that locks first.
    pub threshold: u32,
    /// For how long it locks; each further one for twice as long.
    pub first_s: u64,
    /// The longest lock.
    pub longest_s: u64,
}

/// What an emergency gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakGlassConfig {
    /// The permissions that whoever declares an emergency has beyond their own. A name that there is not gives nothing.
    pub permissions: Vec<String>,
    /// The longest emergency.
    pub max_minutes: u32,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            issuer: "http://127.0.0.1:3000".to_owned(),
            audience: "medcover".to_owned(),
            master_secret: Secret::default(),
            access_token_s: 300,
            session_s: 12 * 3_600,
            invitation_s: 7 * 24 * 3_600,
            key_sign_s: 30 * 24 * 3_600,
            key_publish_ahead_s: 24 * 3_600,
            password_min_chars: PasswordRules::default().min_chars,
            hashing: HashingConfig::default(),
            lock: LockConfig::default(),
            break_glass: BreakGlassConfig::default(),
        }
    }
}

impl Default for HashingConfig {
    fn default() -> Self {
        let cost = HashCost::default();
        Self {
            memory_kib: cost.memory_kib,
            passes: cost.passes,
            threads: 2,
            queue: 64,
        }
    }
}

impl Default for LockConfig {
    fn default() -> Self {
        Self {
            threshold: 5,
            first_s: 30,
            longest_s: 900,
        }
    }
}

impl Default for BreakGlassConfig {
    fn default() -> Self {
        let permissions = ["patients.read", "encounters.read", "appointments.read"];
        Self {
            permissions: permissions.map(str::to_owned).to_vec(),
            max_minutes: 60,
        }
    }
}

/// The longest that anything here may last.
const LONGEST_S: u64 = 400 * 24 * 3_600;

impl Section for AuthConfig {
    fn validate(&self, check: &mut Check<'_>) {
        let is_url = self.issuer.starts_with("https://") || self.issuer.starts_with("http://");
        check.that(
            "issuer",
            is_url && !self.issuer.ends_with('/'),
            "must be an http or https URL without `/` at its end",
        );
        check.that("audience", !self.audience.is_empty(), "must not be empty");
        let secret = self.master_secret.reveal();
        let good = secret.is_empty() || MasterSecret::parse(secret).is_ok();
        check.that("master_secret", good, "must be 64 hexadecimal digits");
        check.range("access_token_s", self.access_token_s, 10..=3_600);
        check.range("session_s", self.session_s, 60..=LONGEST_S);
        check.range("invitation_s", self.invitation_s, 60..=LONGEST_S);
        check.range("key_sign_s", self.key_sign_s, 3_600..=LONGEST_S);
        check.range(
            "key_publish_ahead_s",
            self.key_publish_ahead_s,
            60..=LONGEST_S,
        );
        check.that(
            "key_publish_ahead_s",
            self.key_publish_ahead_s < self.key_sign_s,
            "must be less than key_sign_s",
        );
        check.range("password_min_chars", self.password_min_chars, 8..=128);
        check.section("hashing", &self.hashing);
        check.section("lock", &self.lock);
        check.section("break_glass", &self.break_glass);
    }
}

impl Section for HashingConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("memory_kib", self.memory_kib, 64..=1024 * 1024);
        check.range("passes", self.passes, 1..=100);
        check.range("threads", self.threads, 1..=256);
        check.range("queue", self.queue, 0..=100_000);
    }
}

impl Section for LockConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("threshold", self.threshold, 1..=100);
        check.range("first_s", self.first_s, 1..=3_600);
        check.range("longest_s", self.longest_s, self.first_s..=24 * 3_600);
    }
}

impl Section for BreakGlassConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("max_minutes", self.max_minutes, 1..=720);
    }
}

impl AuthConfig {
    pub(crate) const fn access_life(&self) -> Duration {
        Duration::from_secs(self.access_token_s)
    }

    pub(crate) const fn session_life(&self) -> Duration {
        Duration::from_secs(self.session_s)
    }

    pub(crate) const fn invitation_life(&self) -> Duration {
        Duration::from_secs(self.invitation_s)
    }

    /// The longest that any token lives which users and programs show.
    pub(crate) fn longest_token(&self) -> Duration {
        let emergency = Duration::from_mins(u64::from(self.break_glass.max_minutes));
        self.access_life().max(emergency)
    }

    pub(crate) const fn key_schedule(&self) -> KeySchedule {
        KeySchedule {
            sign_for: Duration::from_secs(self.key_sign_s),
            publish_ahead: Duration::from_secs(self.key_publish_ahead_s),
        }
    }

    pub(crate) const fn password_rules(&self) -> PasswordRules {
        PasswordRules {
            min_chars: self.password_min_chars,
        }
    }
}

impl HashingConfig {
    pub(crate) const fn cost(&self) -> HashCost {
        HashCost {
            memory_kib: self.memory_kib,
            passes: self.passes,
        }
    }

    pub(crate) const fn bounds(&self) -> HashBounds {
        HashBounds {
            threads: self.threads,
            queue: self.queue,
        }
    }
}

impl LockConfig {
    pub(crate) const fn policy(&self) -> LockPolicy {
        LockPolicy {
            threshold: self.threshold,
            first: Duration::from_secs(self.first_s),
            longest: Duration::from_secs(self.longest_s),
        }
    }
}
