//! The world comes to rest: what was begun comes to its end, with people who look after what waits for them.

use std::sync::Arc;
use std::time::Duration;

use medcover_contract_billing as billing;
use medcover_contract_billing::endpoints::{PaymentQuery, RefundQuery};
use medcover_contract_billing::{PaymentState, ProcessorOutcome, RefundState, ResolveRequest};
use medcover_kernel::{Limit, Result, SagaId, TenantId};
use medcover_store::{Context, Position, QueueDepth, Row, Store as _, Value, limits};
use medcover_workflow::queue::DeadLetters;
use tokio::time::sleep;
use uuid::Uuid;

use super::World;
use super::asking::person;
use crate::commands::Apis;
use crate::model::Service;

/// Looks at the world once it is calm, before it counts as never coming to rest.
const LOOKS: usize = 120;
/// Looks after which runs that wait for people are called off.
const CLOSING_TIME: usize = 8;
/// How often a run that is parked is resumed before it is left to people.
const RESUMED: usize = 3;
/// What waits for a day that does not come in a run: days of policies, and deadlines of runs that have ended.
const ALARMS: [&str; 2] = ["insurance-days", "sagas"];

impl World {
    pub(super) async fn come_to_rest(self: &Arc<Self>) -> std::result::Result<(), String> {
        for look in 0..LOOKS {
            if self.trace.is_wrong() {
                return Ok(());
            }
            let done = self.help(look).await.map_err(|error| error.to_string())?;
            if done && self.is_quiet().await? {
                return Ok(());
            }
            sleep(Duration::from_secs(5)).await;
        }
        let mut depths = Vec::new();
        for service in Service::ALL {
            let of = self.ground.disk(service).queues().await;
            depths.extend(of.map_err(|error| error.to_string())?);
        }
        let runs = self.runs().await.map_err(|error| error.to_string())?;
        let alive: Vec<_> = runs.iter().filter(|run| !is_over(run)).collect();
        let mut past = Vec::new();
        for run in &alive {
            // A run is about the thing that its key begins with.
            let mut texts = run.values.iter().filter_map(Value::as_text);
            let about = texts.find_map(|it| it.get(..36)?.parse().ok());
            past.push(self.past(about).await?);
        }
        let alive: Vec<_> = alive.iter().map(|run| &run.values).collect();
        Err(format!(
            "the world does not come to rest: {depths:?}, {alive:?}, {past:?}"
        ))
    }

    /// What happened to a thing, in all logs.
    async fn past(&self, thing: Option<Uuid>) -> std::result::Result<Vec<String>, String> {
        let mut past = Vec::new();
        for service in Service::ALL {
            let log = self.ground.disk(service).on_disk();
            let mut after = Position::default();
            loop {
                let page = log.read_log(after, limits::PAGE).await;
                let page = page.map_err(|error| error.to_string())?;
                let of = page.iter().filter(|it| Some(it.event.stream.id) == thing);
                past.extend(of.map(|it| it.event.kind.to_string()));
                match page.last() {
                    Some(last) => after = last.position,
                    None => break,
                }
            }
        }
        Ok(past)
    }

    /// Whether no queue has anything to do.
    async fn is_quiet(&self) -> std::result::Result<bool, String> {
        for service in Service::ALL {
            let depths = self.ground.disk(service).queues().await;
            let depths = depths.map_err(|error| error.to_string())?;
            let busy = |it: &QueueDepth| {
                let waiting = if ALARMS.contains(&&*it.queue) {
                    0
                } else {
                    it.waiting
                };
                it.ready + waiting + it.dead > 0
            };
            if depths.iter().any(busy) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What people do: they look after payments, resume what is parked, and call off what waits in vain.
    async fn help(self: &Arc<Self>, look: usize) -> Result<bool> {
        let Some(apis) = self.on_some_node(|node| node.apis.clone()) else {
            return Ok(false);
        };
        self.find_out(&apis).await?;
        self.replay_letters().await?;
        let runs = self.runs().await?;
        let Some(sagas) = self.on_some_node(|node| node.sagas.clone()) else {
            return Ok(false);
        };
        let mut over = true;
        for run in &runs {
            let Some(saga) = run.values.first().and_then(Value::as_id) else {
                continue;
            };
            let saga = SagaId::from_uuid(*saga);
            let context = Context::of(&self.call(person(0), None));
            if run.get("state").as_text() == Some("parked") {
                if look < RESUMED * 3 && look.is_multiple_of(3) {
                    // Another node may have resumed it a moment ago.
                    let _ = sagas.sagas().resume(context, saga, "all is calm").await;
                    over = false;
                }
            } else if !is_over(run) {
                over = false;
                if look >= CLOSING_TIME && look.is_multiple_of(4) {
                    // Refused from the pivot on: then it comes to its end forward.
                    let _ = sagas.sagas().cancel(context, saga, "closing time").await;
                }
            }
        }
        let state = |name: &str| {
            let runs = runs.iter();
            runs.filter(|run| run.get("state").as_text() == Some(name))
                .count()
        };
        *super::guard(&self.sagas) = [runs.len(), state("completed"), state("parked")];
        Ok(over && look >= RESUMED * 3)
    }

    /// Payments and refunds of which nobody knows are asked after.
    async fn find_out(&self, apis: &Apis) -> Result<()> {
        for state in [
            PaymentState::Created,
            PaymentState::Pending,
            PaymentState::Unknown,
        ] {
            let query = PaymentQuery {
                state: Some(state),
                limit: Some(Limit::MAX),
                ..PaymentQuery::default()
            };
            let call = self.call(person(0), None);
            for payment in apis.billing.payments(&call, query).await?.payments {
                let key = format!("find-{}-{:?}", payment.id, self.clock_reading());
                let call = self.call(person(0), key.parse().ok());
                // It may have come to its end a moment ago.
                let _ = apis
                    .billing
                    .resolve_payment(&call, payment.id, seen(payment.amount))
                    .await;
            }
        }
        for state in [RefundState::Sent, RefundState::Unknown] {
            let query = RefundQuery {
                state: Some(state),
                limit: Some(Limit::MAX),
                ..RefundQuery::default()
            };
            let call = self.call(person(0), None);
            for refund in apis.billing.refunds(&call, query).await?.refunds {
                let key = format!("find-{}-{:?}", refund.id, self.clock_reading());
                let call = self.call(person(0), key.parse().ok());
                let _ = apis
                    .billing
                    .resolve_refund(&call, refund.id, seen(refund.amount))
                    .await;
            }
        }
        Ok(())
    }

    fn clock_reading(&self) -> u128 {
        use medcover_kernel::Clock as _;
        self.clock.elapsed().as_millis()
    }

    async fn replay_letters(&self) -> Result<()> {
        for service in Service::ALL {
            let store = self.ground.disk(service);
            let letters = DeadLetters::new(Arc::clone(store) as _);
            for depth in store.queues().await? {
                if depth.dead > 0 {
                    let context = Context::of(&self.call(person(0), None));
                    letters.replay_all(context, &depth.queue).await?;
                }
            }
        }
        Ok(())
    }

    /// Every run of every saga.
    async fn runs(&self) -> Result<Vec<Row>> {
        let Some(sagas) = self.on_some_node(|node| node.sagas.clone()) else {
            return Ok(Vec::new());
        };
        let mut runs = Vec::new();
        let mut after = None;
        loop {
            let page = sagas
                .sagas()
                .runs(TenantId::DEFAULT, None, after, limits::PAGE)
                .await?;
            runs.extend(page.rows);
            after = page.next;
            if after.is_none() {
                return Ok(runs);
            }
        }
    }
}

/// What people at the desk see when they look: odd amounts did not arrive.
fn seen(amount: medcover_kernel::Money) -> ResolveRequest {
    let outcome = if amount.minor() % 2 == 0 {
        ProcessorOutcome::Succeeded
    } else {
        ProcessorOutcome::Failed
    };
    billing::ResolveRequest {
        outcome: Some(outcome),
        reference: None,
    }
}

/// Whether a run has come to its end, or waits for people.
fn is_over(run: &Row) -> bool {
    let state = run.get("state").as_text();
    matches!(
        state,
        Some("completed" | "compensated" | "parked" | "abandoned")
    )
}
