//! The clinic: practitioners, two places in different time zones, services, schedules, and the slots that follow from them.

use jiff::civil::{Date, time};
use medcover_contract_hospital::{
    AddLocationRequest, AddPractitionerRequest, AddScheduleRequest, AddServiceRequest,
    BlockTimeRequest, LocationDetails, LocationId, Moment, OpenHours, PractitionerDetails,
    ScheduleDetails, ScheduleId, ServiceDetails, ServiceId, Slot, SlotChoice, SlotQuery, Weekday,
    WeeklyHours,
};
use medcover_kernel::{Clock as _, Limit, PractitionerId, Result, Timestamp};

use super::days::DAY;
use super::making::Making;
use super::staff::Job;

/// How far ahead of the present slots are looked at, in days.
const AHEAD_DAYS: u64 = 24;
/// The longest time for which slots can be asked at once, in days.
const WINDOW_DAYS: u64 = 30;

/// Where, and by which clock.
const PLACES: [(&str, &str); 2] = [
    ("Harbour Street Clinic (demo)", "America/New_York"),
    ("Hill Road Clinic (demo)", "America/Los_Angeles"),
];

/// Family name, given names, specialty, which place.
const PRACTITIONERS: [(&str, &str, &str, usize); 3] = [
    ("Okafor", "Ngozi", "Internal medicine", 0),
    ("Lindqvist", "Astrid", "Family medicine", 0),
    ("Nakamura", "Hiroshi", "Physical medicine", 1),
];

/// The week of a clinic that is open every day.
const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// A practitioner with the slots that nobody has yet.
pub(super) struct Practitioner {
    pub(super) id: PractitionerId,
    pub(super) location: LocationId,
    schedule: ScheduleId,
    /// The earliest first.
    free: Vec<Slot>,
}

/// The clinic.
pub(super) struct House {
    pub(super) practitioners: Vec<Practitioner>,
    /// What is booked.
    pub(super) visit: ServiceId,
}

impl House {
    /// Opens it on the day `from`.
    pub(super) async fn open(making: &Making, from: Date) -> Result<Self> {
        let mut places = Vec::new();
        for (name, zone) in PLACES {
            places.push(place(making, name, zone).await?);
        }
        let visit = service(making, "Visit", 30, 1).await?;
        let group = service(making, "Back school (group)", 60, 6).await?;
        let mut practitioners = Vec::new();
        for (family_name, given_names, specialty, at) in PRACTITIONERS {
            let id = PractitionerId::new(&*making.clock, &making.rng);
            let details = PractitionerDetails {
                family_name: family_name.to_owned(),
                given_names: given_names.to_owned(),
                specialty: Some(specialty.to_owned()),
                identifiers: Vec::new(),
                active: true,
            };
            let request = AddPractitionerRequest {
                id: Some(id),
                details,
            };
            let call = making.call(Job::Manager);
            making.hospital.add_practitioner(&call, request).await?;
            practitioners.push(Practitioner {
                id,
                location: places[at],
                schedule: schedule(making, (id, places[at]), vec![visit, group], from).await?,
                free: Vec::new(),
            });
        }
        let mut house = Self {
            practitioners,
            visit,
        };
        house.block_an_afternoon(making).await?;
        house.look_at_slots(making).await?;
        Ok(house)
    }

    /// A time at which one practitioner cannot be booked, in the days to come.
    async fn block_an_afternoon(&self, making: &Making) -> Result<()> {
        let start = making.now.plus(DAY * 5);
        let request = BlockTimeRequest {
            id: None,
            start: Moment(start),
            end: Moment(start.plus(DAY / 6)),
            reason: "Continuing education".to_owned(),
        };
        let (call, whose) = (making.call(Job::Manager), self.practitioners[1].id);
        making.hospital.block_time(&call, whose, request).await?;
        Ok(())
    }

    async fn look_at_slots(&mut self, making: &Making) -> Result<()> {
        let end = making.now.plus(DAY * AHEAD_DAYS as u32);
        for practitioner in &mut self.practitioners {
            let mut from = making.clock.now();
            while from < end {
                let to = from.plus(DAY * WINDOW_DAYS as u32).min(end);
                let mut after = None;
                loop {
                    let query = SlotQuery {
                        service: self.visit,
                        practitioner: Some(practitioner.id),
                        from: Some(Moment(from)),
                        to: Some(Moment(to)),
                        all: false,
                        after,
                        limit: Some(Limit::MAX),
                    };
                    let call = making.call(Job::FrontDesk);
                    let page = making.hospital.slots(&call, query).await?;
                    practitioner.free.extend(page.slots);
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                from = to;
            }
            practitioner.free.sort_by_key(|slot| slot.start);
            practitioner.free.dedup_by_key(|slot| slot.start);
        }
        Ok(())
    }
}

impl Practitioner {
    /// The first free slot from `at` on, which is free no more.
    pub(super) fn slot_from(&mut self, at: Timestamp) -> Option<SlotChoice> {
        let place = self.free.iter().position(|slot| slot.start.0 >= at)?;
        Some(self.take(place))
    }

    /// The last free slot before `at`, which is free no more.
    pub(super) fn slot_before(&mut self, at: Timestamp) -> Option<SlotChoice> {
        let place = self.free.iter().rposition(|slot| slot.start.0 < at)?;
        Some(self.take(place))
    }

    fn take(&mut self, place: usize) -> SlotChoice {
        let slot = self.free.remove(place);
        SlotChoice {
            schedule: self.schedule,
            service: slot.service,
            start: slot.start,
        }
    }
}

async fn place(making: &Making, name: &str, zone: &str) -> Result<LocationId> {
    let id = LocationId::new(&*making.clock, &making.rng);
    let details = LocationDetails {
        name: name.to_owned(),
        zone: zone.to_owned(),
        capacity: None,
    };
    let request = AddLocationRequest {
        id: Some(id),
        details,
    };
    let call = making.call(Job::Manager);
    making.hospital.add_location(&call, request).await?;
    Ok(id)
}

async fn service(
    making: &Making,
    name: &str,
    duration_minutes: u32,
    capacity: u32,
) -> Result<ServiceId> {
    let id = ServiceId::new(&*making.clock, &making.rng);
    let details = ServiceDetails {
        name: name.to_owned(),
        duration_minutes,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        capacity,
        active: true,
    };
    let request = AddServiceRequest {
        id: Some(id),
        details,
    };
    let call = making.call(Job::Manager);
    making.hospital.add_service(&call, request).await?;
    Ok(id)
}

async fn schedule(
    making: &Making,
    (practitioner, location): (PractitionerId, LocationId),
    services: Vec<ServiceId>,
    valid_from: Date,
) -> Result<ScheduleId> {
    let id = ScheduleId::new(&*making.clock, &making.rng);
    let hours = OpenHours {
        opens: time(8, 0, 0, 0),
        closes: time(16, 0, 0, 0),
    };
    let details = ScheduleDetails {
        practitioner,
        location,
        services,
        weekly: WEEK.map(|day| WeeklyHours { day, hours }).to_vec(),
        valid_from,
        valid_to: None,
    };
    let request = AddScheduleRequest {
        id: Some(id),
        details,
    };
    let call = making.call(Job::Manager);
    making.hospital.add_schedule(&call, request).await?;
    Ok(id)
}
