//! What happens by itself when its day comes: premiums fall due, policies begin and end, authorisations expire.
//!
//! Whatever moves such a day sends a message that is due on it. A message that comes late, twice or in vain does no harm:
//! it says where to look, not what to do.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use medcover_kernel::{
    AuthorisationId, Caller, Error, MessageId, PolicyId, Result, ServiceName, Timestamp,
};
use medcover_store::{Append, CanonicalJson, Context, Delivery, Name, NewMessage};
use medcover_workflow::queue::{Failure, Handled, Handler, Worker, WorkerConfig};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::authorisations::ending;
use super::pending::Pending;
use super::service::{InsuranceService, done};
use crate::domain::authorisation::Command as OfAuthorisation;
use crate::domain::policy::{Command, Policy, decide};

/// The queue of what is due on a day.
pub const DAYS_QUEUE: &str = "insurance-days";
/// In whose name it happens.
const SERVICE: ServiceName = ServiceName::from_static("insurance");

/// Where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Alarm {
    Policy(PolicyId),
    Authorisation(AuthorisationId),
}

impl InsuranceService {
    /// The commit with an alarm for the next day on which something happens to a policy by itself.
    pub(super) fn alarm_of_policy(
        &self,
        append: Append,
        id: Uuid,
        policy: &Policy,
    ) -> Result<Append> {
        let day = policy
            .quoted
            .as_ref()
            .and_then(|quoted| policy.next_tick(quoted));
        match day {
            Some(day) => self.alarm(append, day, Alarm::Policy(PolicyId::from_uuid(id))),
            None => Ok(append),
        }
    }

    /// The commit with an alarm for the day after the last one of an authorisation.
    pub(super) fn alarm_of_authorisation(
        &self,
        append: Append,
        id: AuthorisationId,
        last: Date,
    ) -> Result<Append> {
        match last.tomorrow() {
            Ok(day) => self.alarm(append, day, Alarm::Authorisation(id)),
            Err(_) => Ok(append),
        }
    }

    fn alarm(&self, append: Append, day: Date, alarm: Alarm) -> Result<Append> {
        let (clock, rng) = (&*self.repository.clock, &*self.repository.rng);
        Ok(append.send(NewMessage {
            id: MessageId::new(clock, rng),
            queue: DAYS_QUEUE.into(),
            // Without a key: one that waits for a far day must not hold up one that is due before.
            key: None,
            payload: CanonicalJson::of(&alarm).map_err(Error::internal)?,
            not_before: begin_of(day),
        }))
    }

    /// What answers the queue of these days with `handler`.
    pub(crate) fn worker(&self, handler: Arc<DueDays>, name: Name) -> Worker {
        let kept = &self.repository;
        let (store, clock, rng) = (&kept.store, &kept.clock, &kept.rng);
        Worker::new(
            Arc::clone(store),
            Arc::clone(clock),
            Arc::clone(rng),
            handler,
            WorkerConfig::new(DAYS_QUEUE, name, SERVICE),
        )
    }

    /// Lets happen what is due for a policy.
    async fn tick(&self, append: Append, id: PolicyId) -> Result<Append> {
        let tenant = append.context.tenant;
        let mut policy: Pending<Policy> = self.pending(tenant, id.as_uuid()).await?;
        policy.then(decide(&policy.state, Command::Tick(self.today()))?);
        if !policy.changes() {
            return Ok(append);
        }
        let append = policy.keep(&self.repository, append)?;
        let append = append.audit(done("policy.day-came", policy.stream(), None));
        self.alarm_of_policy(append, id.as_uuid(), &policy.state)
    }
}

/// Midnight in UTC.
fn begin_of(day: Date) -> Option<Timestamp> {
    let moment = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_micros(moment.as_microsecond()))
}

/// Answers the queue [`DAYS_QUEUE`].
#[derive(Debug)]
pub struct DueDays(pub(crate) Arc<InsuranceService>);

#[async_trait]
impl Handler for DueDays {
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        let alarm = delivery.payload.read();
        let alarm = alarm.map_err(Failure::unknown)?;
        let append = Append::new(Context::handling(delivery, Caller::Service(SERVICE)));
        let append = match alarm {
            Alarm::Policy(id) => self.0.tick(append, id).await?,
            Alarm::Authorisation(id) => {
                let tenant = append.context.tenant;
                match ending(&self.0, tenant, id, OfAuthorisation::Expire, append.clone()).await {
                    // It was used, denied or taken back meanwhile: there is nothing left to expire.
                    Err(error) if error.slug() == "illegal-transition" => append,
                    ended => ended?,
                }
            }
        };
        Ok(append.project(self.0.repository.views).into())
    }
}
