//! Random holds, bookings, cancellations, moves and the passing of time, beside a model that counts minute by minute.

use std::ops::Range;

use medcover_contract_hospital::{
    AppointmentState, BookAppointmentRequest, CancelAppointmentRequest, HoldId, Moment,
    ReleaseHoldRequest, RescheduleAppointmentRequest, SlotChoice,
};
use medcover_kernel::{AppointmentId, Clock as _, ErrorKind, PatientId, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::house::{House, Offer, Practice, at};

/// The first slot of the day in question, by UTC.
const OPENS: &str = "2026-05-05T07:00:00Z";
const MINUTE: i64 = 60_000_000;

#[derive(Clone, Debug)]
enum Op {
    Hold {
        kind: usize,
        slot: i64,
        patient: usize,
        minutes: u32,
    },
    Book {
        kind: usize,
        slot: i64,
        patient: usize,
    },
    /// Turns one of the holds so far into an appointment.
    Confirm(usize),
    Release(usize),
    Cancel(usize),
    Move {
        which: usize,
        slot: i64,
    },
    Pass(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let (kind, slot, patient) = (0_usize..2, 0_i64..5, 0_usize..4);
    prop_oneof![
        3 => (kind.clone(), slot.clone(), patient.clone(), 1_u32..20)
            .prop_map(|(kind, slot, patient, minutes)| Op::Hold { kind, slot, patient, minutes }),
        4 => (kind, slot.clone(), patient).prop_map(|(kind, slot, patient)| Op::Book { kind, slot, patient }),
        3 => (0_usize..10).prop_map(Op::Confirm),
        1 => (0_usize..10).prop_map(Op::Release),
        2 => (0_usize..10).prop_map(Op::Cancel),
        2 => (0_usize..10, slot).prop_map(|(which, slot)| Op::Move { which, slot }),
        2 => (1_u64..12).prop_map(Op::Pass),
    ]
}

/// A kind of service: how its slots lie, in minutes from the opening.
#[derive(Clone, Copy)]
struct Kind {
    minutes: i64,
    buffer: i64,
    capacity: usize,
}

const KINDS: [Kind; 2] = [
    Kind {
        minutes: 30,
        buffer: 10,
        capacity: 1,
    },
    Kind {
        minutes: 45,
        buffer: 0,
        capacity: 2,
    },
];

impl Kind {
    fn visit(self, slot: i64) -> Range<i64> {
        let start = slot * (self.minutes + self.buffer);
        start..start + self.minutes
    }

    fn taken(self, slot: i64) -> Range<i64> {
        let visit = self.visit(slot);
        visit.start..visit.end + self.buffer
    }
}

/// What the model knows of a hold or an appointment.
#[derive(Clone, Debug)]
struct Taking {
    kind: usize,
    slot: i64,
    patient: usize,
    until: Option<Timestamp>,
    over: bool,
}

#[derive(Default)]
struct Model(Vec<Taking>);

impl Model {
    fn active(&self, now: Timestamp) -> impl Iterator<Item = (usize, &Taking)> {
        let all = self.0.iter().enumerate();
        all.filter(move |(_, it)| !it.over && it.until.is_none_or(|until| now < until))
    }

    /// Whether one more fits, minute by minute.
    fn fits(
        &self,
        kind: usize,
        slot: i64,
        patient: usize,
        apart: Option<usize>,
        now: Timestamp,
    ) -> bool {
        let others: Vec<_> = self
            .active(now)
            .filter(|(place, _)| Some(*place) != apart)
            .map(|(_, it)| it)
            .collect();
        let practitioner = KINDS[kind].taken(slot).all(|minute| {
            let there = others
                .iter()
                .filter(|it| KINDS[it.kind].taken(it.slot).contains(&minute));
            let (mut count, mut alone) = (0, true);
            for it in there {
                count += 1;
                alone &= it.kind == kind;
            }
            alone && count < KINDS[kind].capacity
        });
        let patient_free = KINDS[kind].visit(slot).all(|minute| {
            !others
                .iter()
                .any(|it| it.patient == patient && KINDS[it.kind].visit(it.slot).contains(&minute))
        });
        practitioner && patient_free
    }

    /// No minute is fuller than its capacity, nobody is in two places.
    fn check(&self, now: Timestamp) {
        for minute in 0..300 {
            let there: Vec<_> = self
                .active(now)
                .map(|(_, it)| it)
                .filter(|it| KINDS[it.kind].taken(it.slot).contains(&minute))
                .collect();
            let Some(first) = there.first() else { continue };
            assert!(there.iter().all(|it| it.kind == first.kind));
            assert!(there.len() <= KINDS[first.kind].capacity);
        }
    }
}

struct World {
    house: House,
    offers: [Offer; 2],
    patients: Vec<PatientId>,
    model: Model,
    holds: Vec<(HoldId, usize)>,
    appointments: Vec<(AppointmentId, usize)>,
}

impl World {
    async fn of(house: House) -> Self {
        let first = house
            .practice(Practice {
                buffer_after: 10,
                ..Practice::default()
            })
            .await;
        // The group is another service of the same practitioner, with hours of its own.
        let group = house
            .practice(Practice {
                minutes: 45,
                capacity: 2,
                ..Practice::default()
            })
            .await;
        let services = vec![group.service];
        let hours = Practice::default().hours;
        let schedule = house
            .schedule(first.practitioner, first.location, services, hours)
            .await;
        let group = Offer {
            schedule,
            practitioner: first.practitioner,
            ..group
        };
        let mut patients = Vec::new();
        for name in ["Rossi", "Verdi", "Bianchi", "Neri"] {
            patients.push(house.patient(name).await);
        }
        Self {
            house,
            offers: [first, group],
            patients,
            model: Model::default(),
            holds: Vec::new(),
            appointments: Vec::new(),
        }
    }

    fn slot(&self, kind: usize, slot: i64) -> SlotChoice {
        let start = at(OPENS).as_micros() + KINDS[kind].visit(slot).start * MINUTE;
        SlotChoice {
            start: Moment(Timestamp::from_micros(start)),
            ..self.offers[kind].at(OPENS)
        }
    }

    fn take(&mut self, kind: usize, slot: i64, patient: usize, until: Option<Timestamp>) -> usize {
        self.model.0.push(Taking {
            kind,
            slot,
            patient,
            until,
            over: false,
        });
        self.model.0.len() - 1
    }

    async fn run(&mut self, op: Op) {
        let now = self.house.clock.now();
        let call = self.house.call();
        match op {
            Op::Pass(minutes) => self.house.pass(minutes * 60),
            Op::Hold {
                kind,
                slot,
                patient,
                minutes,
            } => {
                let fits = self.model.fits(kind, slot, patient, None, now);
                let choice = self.slot(kind, slot);
                let held = self
                    .house
                    .hold(choice, self.patients[patient], minutes * 60)
                    .await;
                assert_eq!(held.is_ok(), fits, "{held:?}");
                if let Ok(held) = held {
                    let taking = self.take(kind, slot, patient, Some(held.expires_at.0));
                    self.holds.push((held.id, taking));
                }
            }
            Op::Book {
                kind,
                slot,
                patient,
            } => {
                let fits = self.model.fits(kind, slot, patient, None, now);
                let choice = self.slot(kind, slot);
                let booked = self.house.book(choice, self.patients[patient]).await;
                assert_eq!(booked.is_ok(), fits, "{booked:?}");
                if let Ok(booked) = booked {
                    let taking = self.take(kind, slot, patient, None);
                    self.appointments.push((booked.id, taking));
                }
            }
            Op::Confirm(which) => {
                let Some(&(hold, taking)) = self.holds.get(which) else {
                    return;
                };
                let known = &self.model.0[taking];
                let holds = !known.over && known.until.is_some_and(|until| now < until);
                let request = BookAppointmentRequest {
                    id: None,
                    hold: Some(hold),
                    slot: None,
                    patient: None,
                    description: None,
                };
                let booked = self.house.api.book_appointment(&call, request).await;
                assert_eq!(booked.is_ok(), holds, "{booked:?}");
                if let Ok(booked) = booked {
                    self.model.0[taking].until = None;
                    self.appointments.push((booked.id, taking));
                }
            }
            Op::Release(which) => {
                let Some(&(hold, taking)) = self.holds.get(which) else {
                    return;
                };
                let is_booked = self.model.0[taking].until.is_none();
                let request = ReleaseHoldRequest::default();
                let released = self.house.api.release_hold(&call, hold, request).await;
                assert_eq!(released.is_ok(), !is_booked, "{released:?}");
                self.model.0[taking].over |= !is_booked;
            }
            Op::Cancel(which) => {
                let Some(&(appointment, taking)) = self.appointments.get(which) else {
                    return;
                };
                let request = CancelAppointmentRequest {
                    reason: "asked".to_owned(),
                    close: false,
                };
                let cancelled = self
                    .house
                    .api
                    .cancel_appointment(&call, appointment, request)
                    .await;
                cancelled.expect("never refused");
                self.model.0[taking].over = true;
            }
            Op::Move { which, slot } => self.reschedule(which, slot).await,
        }
        self.model.check(self.house.clock.now());
    }

    async fn reschedule(&mut self, which: usize, slot: i64) {
        let Some(&(appointment, taking)) = self.appointments.get(which) else {
            return;
        };
        let (now, call, old) = (
            self.house.clock.now(),
            self.house.call(),
            self.model.0[taking].clone(),
        );
        let fits = !old.over
            && self
                .model
                .fits(old.kind, slot, old.patient, Some(taking), now);
        let request = RescheduleAppointmentRequest {
            id: None,
            slot: self.slot(old.kind, slot),
            reason: "asked".to_owned(),
        };
        let moved = self
            .house
            .api
            .reschedule_appointment(&call, appointment, request)
            .await;
        assert_eq!(moved.is_ok(), fits, "{moved:?}");
        match moved {
            Ok(moved) => {
                self.model.0[taking].over = true;
                let taking = self.take(old.kind, slot, old.patient, None);
                self.appointments.push((moved.booked.id, taking));
            }
            // Neither: the old one is what it was.
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict),
        }
    }

    /// Each appointment is what the model says.
    async fn compare(&self) {
        for &(id, taking) in &self.appointments {
            let found = self
                .house
                .api
                .appointment(&self.house.call(), id)
                .await
                .expect("there");
            let over = self.model.0[taking].over;
            assert_eq!(found.state == AppointmentState::Cancelled, over);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_service_and_the_model_agree(ops in prop::collection::vec(op(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            agree(House::in_memory(), ops).await;
        });
    }
}

/// Fewer histories than in memory: PostgreSQL is started for each.
#[tokio::test(flavor = "multi_thread")]
async fn the_service_and_the_model_agree_on_postgres() {
    let (mut runner, histories) = (
        TestRunner::deterministic(),
        prop::collection::vec(op(), 20..40),
    );
    for _ in 0..6 {
        let ops = histories.new_tree(&mut runner).expect("operations");
        agree(House::on_postgres().await, ops.current()).await;
    }
}

async fn agree(house: House, ops: Vec<Op>) {
    let mut world = World::of(house).await;
    for op in ops {
        world.run(op).await;
    }
    world.compare().await;
}
