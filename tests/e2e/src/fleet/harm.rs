//! What is done to a fleet.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use medcover_testkit::Fault;

use super::{Fleet, redis};

/// By how much a slow link holds back each piece that passes.
const SLOW: Duration = Duration::from_millis(300);

/// Something that is done, and undone after a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Harm {
    /// Nothing: what the others are held against.
    Nothing,
    /// SIGKILL for a process of medcover's.
    Kill(String),
    /// The machine of PostgreSQL's primary crashes.
    PrimaryCrashes,
    /// The primary is stopped and another promoted, by an operator's command. Nothing is undone.
    Promotion,
    /// One of PostgreSQL's replicas crashes.
    ReplicaCrashes(usize),
    /// Redis' primary is killed, and Sentinel promotes another.
    RedisPrimary,
    /// All of Redis is killed and comes back empty.
    RedisLost,
    /// The way to something.
    Link(To, Way),
    /// A process is told to stop, and started again: as what this program makes of it, where one is named.
    Restart(String, Option<PathBuf>),
}

/// To what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum To {
    Process(String),
    PostgresPrimary,
    RedisPrimary,
}

/// How a way is harmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Slow,
    Cut,
    HalfOpen,
}

impl Harm {
    /// All of them, one after the other.
    pub(super) fn all(processes: &[String]) -> Vec<Self> {
        let kills = processes.iter().cloned().map(Self::Kill);
        let engines = [
            Self::PrimaryCrashes,
            Self::Promotion,
            Self::ReplicaCrashes(0),
            Self::ReplicaCrashes(1),
            Self::RedisPrimary,
            Self::RedisLost,
        ];
        let of_each = processes.iter().step_by(super::OF_EACH);
        let to = of_each.cloned().map(To::Process);
        let to = to.chain([To::PostgresPrimary, To::RedisPrimary]);
        let links = to.flat_map(|to| {
            [Way::Slow, Way::Cut, Way::HalfOpen].map(|way| Self::Link(to.clone(), way))
        });
        [Self::Nothing]
            .into_iter()
            .chain(kills)
            .chain(engines)
            .chain(links)
            .collect()
    }

    /// One of each kind that is different in itself, for a run of a minute.
    pub(super) fn few(processes: &[String]) -> Vec<Self> {
        let of_each = processes.iter().step_by(super::OF_EACH);
        let kills = of_each.cloned().map(Self::Kill);
        let others = [
            Self::PrimaryCrashes,
            Self::Promotion,
            Self::RedisPrimary,
            Self::RedisLost,
            Self::Link(To::Process("terminology-1".to_owned()), Way::HalfOpen),
        ];
        kills.chain(others).collect()
    }

    /// Each process after the other: as what `program` makes of it, and back, where one is named.
    pub(super) fn rolling(processes: &[String], program: Option<(PathBuf, PathBuf)>) -> Vec<Self> {
        let all = |program: Option<PathBuf>| {
            let processes = processes.iter().cloned();
            processes.map(move |it| Self::Restart(it, program.clone()))
        };
        match program {
            Some((other, own)) => all(Some(other)).chain(all(Some(own))).collect(),
            None => all(None).collect(),
        }
    }

    /// Whether whoever only reads codes may notice nothing at all, as a single request that is refused.
    pub(super) const fn is_hidden(&self) -> bool {
        matches!(
            self,
            Self::Nothing
                | Self::PrimaryCrashes
                | Self::Promotion
                | Self::ReplicaCrashes(_)
                | Self::RedisPrimary
                | Self::RedisLost
                | Self::Link(To::PostgresPrimary | To::RedisPrimary, _)
                | Self::Restart(..)
        )
    }

    /// Whether a patient is shown all the while, at some door: by a replica where the primary is away.
    pub(super) const fn leaves_patients(&self) -> bool {
        matches!(self, Self::PrimaryCrashes) || self.leaves_writes()
    }

    /// Whether writes go on all the while.
    pub(super) const fn leaves_writes(&self) -> bool {
        matches!(
            self,
            Self::Nothing
                | Self::ReplicaCrashes(_)
                | Self::RedisPrimary
                | Self::RedisLost
                | Self::Restart(..)
        ) || matches!(self, Self::Link(To::RedisPrimary, _))
    }
}

impl Fleet {
    /// Does it; what undoes it.
    pub(super) fn suffer(&mut self, harm: &Harm) -> io::Result<Cure> {
        Ok(match harm {
            Harm::Nothing => Cure::Nothing,
            Harm::Kill(name) => self.killed(std::slice::from_ref(name))?,
            Harm::PrimaryCrashes => self.killed(&[self.postgres.primary()])?,
            Harm::Promotion => {
                self.postgres.promote()?;
                Cure::Nothing
            }
            Harm::ReplicaCrashes(which) => {
                let name = self.postgres.following().swap_remove(*which);
                self.killed(&[name])?
            }
            Harm::RedisPrimary => {
                let old = self.redis.primary()?;
                let cure = self.killed(&[redis::name(old)])?;
                self.redis.until_other_than(old)?;
                cure
            }
            Harm::RedisLost => self.killed(&[0, 1, 2].map(redis::name))?,
            Harm::Link(to, way) => {
                let name = match to {
                    To::Process(name) => name.clone(),
                    To::PostgresPrimary => self.postgres.primary(),
                    To::RedisPrimary => redis::name(self.redis.primary()?),
                };
                self.harm(&name, way.fault())?;
                Cure::Mend(name)
            }
            Harm::Restart(name, program) => {
                self.restart(name, program.as_deref())?;
                Cure::Nothing
            }
        })
    }

    /// Undoes it.
    pub(super) fn recover(&mut self, cure: Cure) -> io::Result<()> {
        match cure {
            Cure::Nothing => Ok(()),
            Cure::Start(names) => names.iter().try_for_each(|name| self.start_again(name)),
            Cure::Mend(name) => self.harm(&name, Fault::None),
        }
    }

    fn killed(&mut self, names: &[String]) -> io::Result<Cure> {
        for name in names {
            self.kill(name)?;
        }
        Ok(Cure::Start(names.to_vec()))
    }
}

/// What undoes a harm.
pub(super) enum Cure {
    Nothing,
    Start(Vec<String>),
    Mend(String),
}

impl Way {
    const fn fault(self) -> Fault {
        match self {
            Self::Slow => Fault::Slow(SLOW),
            Self::Cut => Fault::Refuse,
            Self::HalfOpen => Fault::Silent,
        }
    }
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Kill(name) => write!(f, "kill -9 {name}"),
            Self::PrimaryCrashes => f.write_str("PostgreSQL's primary crashes and comes back"),
            Self::Promotion => f.write_str("PostgreSQL: a replica is promoted"),
            Self::ReplicaCrashes(which) => write!(f, "PostgreSQL: replica {} is lost", which + 1),
            Self::RedisPrimary => f.write_str("Redis' primary is killed"),
            Self::RedisLost => f.write_str("all of Redis is lost and comes back empty"),
            Self::Link(to, way) => {
                let way = match way {
                    Way::Slow => "slow (300 ms)",
                    Way::Cut => "cut",
                    Way::HalfOpen => "half-open",
                };
                let to = match to {
                    To::Process(name) => name,
                    To::PostgresPrimary => "PostgreSQL's primary",
                    To::RedisPrimary => "Redis' primary",
                };
                write!(f, "link to {to}: {way}")
            }
            Self::Restart(name, None) => write!(f, "{name} is drained and started again"),
            Self::Restart(name, Some(program)) => {
                let program = program.file_name().unwrap_or_default().to_string_lossy();
                write!(f, "{name} is drained and started as {program}")
            }
        }
    }
}
