//! The second model: it reads the logs of the services as plain JSON and knows none of their code.

mod benefits;
mod calendar;
mod money;
mod read;

use std::collections::BTreeMap;

use medcover_store::{Position, Recorded, Version};
use uuid::Uuid;

pub use benefits::{Benefits, Decision, Limits};
pub use calendar::Calendar;
pub use money::{COMMISSION_BASIS_POINTS, Money};

use crate::commands::Made;

/// A service whose log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are the services")]
pub enum Service {
    Hospital,
    Insurance,
    Billing,
    Journeys,
}

impl Service {
    /// Every one.
    pub const ALL: [Self; 4] = [
        Self::Hospital,
        Self::Insurance,
        Self::Billing,
        Self::Journeys,
    ];
}

/// What the logs of all services say, and what in them cannot be.
pub struct Model {
    positions: BTreeMap<Service, Position>,
    versions: BTreeMap<(Service, String), Version>,
    made: BTreeMap<(String, Uuid), u32>,
    /// Who is where, when.
    pub calendar: Calendar,
    /// What was used and held of benefits, and what was decided and paid.
    pub benefits: Benefits,
    /// The books.
    pub money: Money,
}

impl Model {
    /// Nothing so far, of a plan with these limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            positions: BTreeMap::new(),
            versions: BTreeMap::new(),
            made: BTreeMap::new(),
            calendar: Calendar::default(),
            benefits: Benefits::new(limits),
            money: Money::default(),
        }
    }

    /// Up to where the log of `service` was read.
    pub fn position(&self, service: Service) -> Position {
        self.positions.get(&service).copied().unwrap_or_default()
    }

    /// How many events all logs have.
    pub fn events(&self) -> u64 {
        self.positions.values().map(|it| it.get()).sum()
    }

    /// How often an event that makes a thing stands in a log.
    pub fn times(&self, made: Made) -> u32 {
        let key = (made.event.to_owned(), made.id);
        self.made.get(&key).copied().unwrap_or_default()
    }

    /// Takes in the next event of a log; says what is wrong with it.
    pub fn follow(&mut self, service: Service, recorded: &Recorded) -> Result<(), String> {
        let event = &recorded.event;
        let position = self.positions.entry(service).or_default();
        if recorded.position != position.plus(1) {
            return Err(format!(
                "the log of {service:?} has {} after {position}",
                recorded.position
            ));
        }
        *position = recorded.position;
        let stream = event.stream.to_string();
        let version = self.versions.entry((service, stream)).or_default();
        if event.version != version.plus(1) {
            return Err(format!(
                "{} has version {} after {version}",
                event.stream, event.version
            ));
        }
        *version = event.version;
        *self
            .made
            .entry((event.kind.to_string(), event.stream.id))
            .or_default() += 1;
        let entered = match service {
            Service::Hospital => self.calendar.follow(recorded),
            Service::Insurance => self.benefits.follow(recorded),
            Service::Billing => self.money.follow(recorded),
            Service::Journeys => Ok(()),
        };
        entered.map_err(|fault| format!("{} {}: {fault}", event.stream, event.kind))
    }

    /// What must hold between any two commits.
    pub fn holds(&mut self) -> Result<(), String> {
        self.calendar.holds()?;
        self.benefits.holds()?;
        self.money.holds()
    }

    /// What must hold between the services once nothing is under way.
    pub fn agree(&self) -> Result<(), String> {
        self.benefits.agrees()?;
        self.money.agrees_with(&self.benefits)
    }
}
