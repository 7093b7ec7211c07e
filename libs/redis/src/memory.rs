//! What a server says of its memory, and what that means.

use crate::info::Info;

/// From which part of what it may use memory is short, and from which part very short.
const WARNING: f64 = 0.7;
const CRITICAL: f64 = 0.8;
/// From which ratio memory is fragmented, if there is enough of it for the ratio to mean anything.
const FRAGMENTED: f64 = 1.5;
const ENOUGH_BYTES: u64 = 64 << 20;
/// What a cache beside streams needs: only keys with a time to live may be dropped, the longest unused first.
const POLICY: &str = "volatile-lru";

/// The memory of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryStatus {
    /// What it uses.
    pub used_memory_bytes: u64,
    /// What it may use; `None`: as much as there is.
    pub limit_bytes: Option<u64>,
    /// Used of what it may use, or of what the machine has.
    pub memory_usage_ratio: f64,
    /// What the system gave it, over what it uses.
    pub fragmentation_ratio: f64,
    /// What it does when there is no more, such as `volatile-lru`.
    pub eviction_policy: String,
    /// Keys that it dropped for want of room.
    pub evicted_keys: u64,
}

/// How short memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryPressure {
    /// Under 70 % are used.
    Normal,
    /// From 70 %.
    Warning,
    /// Above 80 %.
    Critical,
}

impl MemoryPressure {
    /// Its name: `normal`, `warning`, `critical`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl MemoryStatus {
    pub(crate) fn of(info: &Info<'_>) -> Option<Self> {
        let used: u64 = info.number("used_memory")?;
        let most: u64 = info.number("maxmemory").unwrap_or_default();
        let machine: u64 = info.number("total_system_memory").unwrap_or_default();
        let of = if most > 0 { most } else { machine };
        Some(Self {
            used_memory_bytes: used,
            limit_bytes: (most > 0).then_some(most),
            memory_usage_ratio: if of > 0 { used as f64 / of as f64 } else { 0.0 },
            fragmentation_ratio: info.number("mem_fragmentation_ratio").unwrap_or_default(),
            eviction_policy: info.text("maxmemory_policy").unwrap_or_default().to_owned(),
            evicted_keys: info.number("evicted_keys").unwrap_or_default(),
        })
    }

    /// How short it is.
    pub fn pressure(&self) -> MemoryPressure {
        match self.memory_usage_ratio {
            ratio if ratio > CRITICAL => MemoryPressure::Critical,
            ratio if ratio >= WARNING => MemoryPressure::Warning,
            _ => MemoryPressure::Normal,
        }
    }

    /// Whether the server should put its memory in order.
    pub fn is_fragmented(&self) -> bool {
        self.fragmentation_ratio > FRAGMENTED && self.used_memory_bytes >= ENOUGH_BYTES
    }

    /// What is wrong with what the server drops when its memory is full, if anything is.
    pub fn wrong_policy(&self) -> Option<String> {
        let wrong = self.limit_bytes.is_some() && self.eviction_policy != POLICY;
        wrong.then(|| {
            let policy = &self.eviction_policy;
            format!("maxmemory-policy is {policy}; {POLICY} drops only what a cache may lose")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(used: u64, most: u64, policy: &str) -> MemoryStatus {
        let text = format!(
            "used_memory:{used}\r\nmaxmemory:{most}\r\ntotal_system_memory:1000\r\nmaxmemory_policy:{policy}\r\n"
        );
        MemoryStatus::of(&Info::of(&text)).expect("it says so")
    }

    #[test]
    fn pressure_has_two_thresholds() {
        for (used, pressure) in [
            (69, MemoryPressure::Normal),
            (70, MemoryPressure::Warning),
            (80, MemoryPressure::Warning),
            (81, MemoryPressure::Critical),
        ] {
            assert_eq!(of(used, 100, POLICY).pressure(), pressure, "{used}");
        }
    }

    #[test]
    fn without_a_limit_the_machine_is_the_limit_and_nothing_is_dropped() {
        let status = of(900, 0, "noeviction");
        assert_eq!(status.pressure(), MemoryPressure::Critical);
        assert_eq!((status.limit_bytes, status.wrong_policy()), (None, None));
    }

    #[test]
    fn a_policy_that_drops_streams_is_wrong() {
        let wrong = of(1, 100, "allkeys-lru").wrong_policy();
        assert!(wrong.expect("it is wrong").contains("allkeys-lru"));
    }
}
