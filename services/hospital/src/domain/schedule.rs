//! A schedule: when a practitioner sees patients at a place.

use std::collections::BTreeMap;

use jiff::civil::{self, Date};
use medcover_contract_hospital::events::{
    ScheduleAdded, ScheduleChanged, ScheduleDayReset, ScheduleDaySet,
};
use medcover_contract_hospital::{DayHours, OpenHours, ScheduleDetails, Weekday};
use medcover_kernel::{Error, ErrorKind, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::fields::Faults;
use super::id_taken;

/// Most services of a schedule.
const MAX_SERVICES: usize = 50;
/// Most hours of a week.
const MAX_WEEKLY: usize = 100;
/// Most hours of a day that has its own.
const MAX_A_DAY: usize = 20;
/// Most days with hours of their own: those of a year.
const MAX_EXCEPTIONS: usize = 366;

events! {
    /// What can happen to a schedule.
    pub(crate) ScheduleEvent {
        Added(ScheduleAdded), Changed(ScheduleChanged), DaySet(ScheduleDaySet), DayReset(ScheduleDayReset),
    }
}

/// A schedule; without details there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) details: Option<ScheduleDetails>,
    /// As it was added, to know a repetition.
    added: Option<ScheduleDetails>,
    exceptions: BTreeMap<Date, Vec<OpenHours>>,
}

impl Aggregate for Schedule {
    const KIND: &'static str = "schedule";
    type Event = ScheduleEvent;

    fn evolve(&mut self, event: &ScheduleEvent, _: Timestamp) {
        match event {
            ScheduleEvent::Added(added) => {
                self.added = Some(added.details.clone());
                self.details = Some(added.details.clone());
            }
            ScheduleEvent::Changed(changed) => self.details = Some(changed.details.clone()),
            ScheduleEvent::DaySet(set) => {
                self.exceptions.insert(set.date, set.hours.clone());
            }
            ScheduleEvent::DayReset(reset) => {
                self.exceptions.remove(&reset.date);
            }
        }
    }
}

impl Schedule {
    /// Adds it; nothing where it was added so before.
    pub(crate) fn add(&self, details: ScheduleDetails) -> Result<Option<ScheduleEvent>> {
        match &self.added {
            None => Ok(Some(ScheduleAdded { details }.into())),
            Some(added) if *added == details => Ok(None),
            Some(_) => Err(id_taken("schedule")),
        }
    }

    /// Changes it, but never whose it is and where: what is booked would be elsewhere.
    pub(crate) fn change(&self, details: ScheduleDetails) -> Result<Option<ScheduleEvent>> {
        let current = self.existing()?;
        if (current.practitioner, current.location) != (details.practitioner, details.location) {
            return Err(Error::new(
                ErrorKind::Refused,
                "schedule-moved",
                "A schedule stays with its practitioner and its place: end this one and add another.",
            ));
        }
        Ok((*current != details).then(|| ScheduleChanged { details }.into()))
    }

    pub(crate) fn set_day(
        &self,
        date: Date,
        hours: Vec<OpenHours>,
    ) -> Result<Option<ScheduleEvent>> {
        self.existing()?;
        if hours.len() > MAX_A_DAY {
            return Err(Error::invalid(
                "/hours",
                format!("must be at most {MAX_A_DAY}"),
            ));
        }
        let known = self.exceptions.get(&date);
        if known.is_none() && self.exceptions.len() >= MAX_EXCEPTIONS {
            let message =
                format!("A schedule has at most {MAX_EXCEPTIONS} days with hours of their own.");
            return Err(Error::new(ErrorKind::Refused, "too-many", message));
        }
        Ok((known != Some(&hours)).then(|| ScheduleDaySet { date, hours }.into()))
    }

    pub(crate) fn reset_day(&self, date: Date) -> Result<Option<ScheduleEvent>> {
        self.existing()?;
        let known = self.exceptions.contains_key(&date);
        Ok(known.then(|| ScheduleDayReset { date }.into()))
    }

    /// What it is; `NotFound` where there is none.
    pub(crate) fn existing(&self) -> Result<&ScheduleDetails> {
        let details = self.details.as_ref();
        details.ok_or_else(|| Error::not_found("There is no such schedule."))
    }

    /// The hours that begin on `day`.
    pub(crate) fn hours_on(&self, day: Date) -> Vec<&OpenHours> {
        let Some(details) = &self.details else {
            return Vec::new();
        };
        if day < details.valid_from || details.valid_to.is_some_and(|last| day > last) {
            return Vec::new();
        }
        if let Some(hours) = self.exceptions.get(&day) {
            return hours.iter().collect();
        }
        let weekly = details.weekly.iter();
        let today = weekly.filter(|it| civil_weekday(it.day) == day.weekday());
        today.map(|it| &it.hours).collect()
    }

    pub(crate) fn exceptions(&self) -> Vec<DayHours> {
        let exceptions = self.exceptions.iter();
        let days = exceptions.map(|(&date, hours)| DayHours {
            date,
            hours: hours.clone(),
        });
        days.collect()
    }
}

/// The schedule as it is kept, or what is wrong with it.
pub(crate) fn checked(mut details: ScheduleDetails) -> Result<ScheduleDetails> {
    let mut faults = Faults::default();
    let services = details.services.len();
    let fits = (1..=MAX_SERVICES).contains(&services);
    faults.unless(
        fits,
        "/details/services",
        format!("must be 1 to {MAX_SERVICES}"),
    );
    let fits = details.weekly.len() <= MAX_WEEKLY;
    faults.unless(
        fits,
        "/details/weekly",
        format!("must be at most {MAX_WEEKLY}"),
    );
    let ends = details
        .valid_to
        .is_none_or(|last| last >= details.valid_from);
    faults.unless(ends, "/details/valid_to", "must not be before valid_from");
    faults.check()?;
    details.services.sort();
    details.services.dedup();
    details.weekly.sort();
    details.weekly.dedup();
    Ok(details)
}

const fn civil_weekday(day: Weekday) -> civil::Weekday {
    match day {
        Weekday::Monday => civil::Weekday::Monday,
        Weekday::Tuesday => civil::Weekday::Tuesday,
        Weekday::Wednesday => civil::Weekday::Wednesday,
        Weekday::Thursday => civil::Weekday::Thursday,
        Weekday::Friday => civil::Weekday::Friday,
        Weekday::Saturday => civil::Weekday::Saturday,
        Weekday::Sunday => civil::Weekday::Sunday,
    }
}

#[cfg(test)]
impl Schedule {
    /// One that was added so.
    pub(crate) fn of(details: ScheduleDetails) -> Self {
        Self {
            details: Some(details),
            ..Self::default()
        }
    }
}
