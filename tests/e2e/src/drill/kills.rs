//! The program is killed at random instants, and started again.

use std::thread;
use std::time::Duration;

use medcover_kernel::{Clock as _, Rng as _, SeededRng, SystemClock};

use super::Drill;
use super::door::Door;
use super::installation::Installation;

/// The shortest life of the program after it has begun to listen.
const LIFE_MS: u64 = 100;
/// The shortest and longest life of one that is killed while it starts.
const START_MS: (u64, u64) = (5, 250);
/// One kill in so many meets the program while it starts.
const IN_START: u64 = 5;

/// What the kills were.
#[derive(Clone, Debug, Default)]
pub(super) struct Kills {
    /// All of them.
    pub(super) count: u32,
    /// Those that met the program while it started.
    pub(super) in_start: u32,
    /// How long each start took until the program listened, in milliseconds.
    pub(super) starts_ms: Vec<u64>,
}

impl Kills {
    /// Kills the program as often as `drill` says; afterwards it serves.
    pub(super) fn make(
        drill: &Drill,
        installation: &mut Installation,
        door: &Door,
        tell: &dyn Fn(&str),
    ) -> Self {
        let rng = SeededRng::new(drill.seed);
        let between = |least: u64, most: u64| least + rng.below(most.saturating_sub(least));
        let longest = drill.life.as_millis() as u64;
        let mut kills = Self::default();
        while kills.count < drill.kills {
            let life = between(LIFE_MS, longest);
            thread::sleep(Duration::from_millis(life));
            installation.kill();
            door.close();
            kills.count += 1;
            tell(&format!(
                "kill {}: {life} ms after it listened",
                kills.count
            ));
            while kills.count < drill.kills && rng.below(IN_START) == 0 {
                let life = between(START_MS.0, START_MS.1);
                installation.start_and_kill(Duration::from_millis(life));
                kills.count += 1;
                kills.in_start += 1;
                tell(&format!("kill {}: {life} ms after its start", kills.count));
            }
            let clock = SystemClock::new();
            door.open(vec![installation.start()]);
            kills.starts_ms.push(clock.elapsed().as_millis() as u64);
        }
        kills
    }

    /// The middle one of the times that a start took, and the longest, in milliseconds.
    pub(super) fn start_ms(&self) -> (u64, u64) {
        let mut sorted = self.starts_ms.clone();
        sorted.sort_unstable();
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
        (middle, sorted.last().copied().unwrap_or_default())
    }
}
