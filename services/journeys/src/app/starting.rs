//! A run begins: its log, its business key, the audit record and the answer in one commit.

use std::collections::BTreeMap;

use medcover_contract_journeys::{
    CancellationAndNoShow, ClaimReversal, PatientRegistration, PremiumCollection,
    RemittancePosting, Saga, Started, VisitToCash,
};
use medcover_kernel::{Allowed, Error, Permission, Result, SagaId};
use medcover_store::{
    Append, AuditEntry, AuditOutcome, CanonicalJson, CommitError, Context, limits,
};
use medcover_workflow::saga::Start;
use serde::Serialize;
use uuid::Uuid;

use super::JourneysService;
use super::checks;
use crate::sagas::made;
use crate::store::VisitView;

/// What a saga is begun with.
pub(super) trait Undertaking: Serialize + Sync {
    /// Which saga.
    const SAGA: Saga;
    /// What it will make, by kind, and the step that makes it.
    const MAKES: &'static [(&'static str, &'static str)];

    /// What there is one living run for; without one there may be any number.
    fn key(&self) -> Option<String>;

    /// Whose data it is about, where that is known.
    fn person(&self) -> Option<Uuid> {
        None
    }

    /// What can be said against it before anybody is asked.
    fn check(&self) -> Result<()>;
}

impl JourneysService {
    /// Begins a run of the saga that `request` is for.
    pub(super) async fn start<P: Permission, U: Undertaking>(
        &self,
        allowed: Allowed<'_, P>,
        operation: &'static str,
        request: &U,
    ) -> Result<Started> {
        let work = async |keep: medcover_idempotency::Keep| {
            request.check()?;
            let saga = SagaId::new(&*self.clock, &*self.rng);
            let started = started::<U>(saga);
            let start = Start {
                saga,
                name: U::SAGA.name().to_owned(),
                input: serde_json::to_value(request).map_err(Error::internal)?,
                key: request.key(),
            };
            let mut conflict = None;
            for _ in 0..limits::DECISIONS {
                let append = Append::new(Context::of(&allowed)).audit(audit(&started, request)?);
                let append = keep.answer(append, 202, &started)?;
                let append = self
                    .sagas()
                    .begin(append, &start)
                    .await?
                    .project(&VisitView);
                match self.store.commit(append).await {
                    Ok(_) => return Ok(started),
                    Err(error @ CommitError::Conflict { .. }) => conflict = Some(error),
                    Err(error) => return Err(error.into()),
                }
            }
            Err(conflict.map_or_else(
                || Error::unavailable("The saga cannot be started now."),
                Error::from,
            ))
        };
        self.once.run(&allowed, operation, request, work).await
    }
}

/// What is said of a run of `U`.
pub(super) fn started<U: Undertaking>(saga: SagaId) -> Started {
    let makes = U::MAKES.iter();
    Started {
        saga,
        name: U::SAGA,
        makes: makes
            .map(|(kind, step)| ((*kind).to_owned(), made(saga, step)))
            .collect::<BTreeMap<_, _>>(),
    }
}

fn audit<U: Undertaking>(started: &Started, request: &U) -> Result<AuditEntry> {
    let details = serde_json::json!({ "name": started.name, "key": request.key() });
    Ok(AuditEntry {
        action: "saga.started".into(),
        subject: format!("saga/{}", started.saga),
        data_subject: request.person(),
        outcome: AuditOutcome::Done,
        details: CanonicalJson::of(&details).map_err(Error::internal)?,
    })
}

impl Undertaking for PatientRegistration {
    const SAGA: Saga = Saga::PatientRegistration;
    const MAKES: &'static [(&'static str, &'static str)] =
        &[("patient", "register"), ("member", "enrol")];

    fn key(&self) -> Option<String> {
        let first = self.person.identifiers.first();
        first.map(|it| format!("{}|{}", it.system, it.value))
    }

    fn check(&self) -> Result<()> {
        checks::registration(self)
    }
}

impl Undertaking for VisitToCash {
    const SAGA: Saga = Saga::VisitToCash;
    const MAKES: &'static [(&'static str, &'static str)] = &[
        ("hold", "hold"),
        ("authorisation", "reserve"),
        ("appointment", "book"),
        ("invoice", "invoice"),
        ("claim", "claim"),
        ("payment", "collect"),
    ];

    fn key(&self) -> Option<String> {
        Some(format!("{}|{}", self.patient, self.slot.start))
    }

    fn person(&self) -> Option<Uuid> {
        Some(self.patient.as_uuid())
    }

    fn check(&self) -> Result<()> {
        checks::visit(self)
    }
}

impl Undertaking for CancellationAndNoShow {
    const SAGA: Saga = Saga::CancellationAndNoShow;
    const MAKES: &'static [(&'static str, &'static str)] = &[("invoice", "fee")];

    fn key(&self) -> Option<String> {
        Some(self.appointment.to_string())
    }

    fn check(&self) -> Result<()> {
        checks::cancellation(self)
    }
}

impl Undertaking for RemittancePosting {
    const SAGA: Saga = Saga::RemittancePosting;
    const MAKES: &'static [(&'static str, &'static str)] = &[("posting", "post")];

    fn key(&self) -> Option<String> {
        Some(self.remittance.to_string())
    }

    fn check(&self) -> Result<()> {
        checks::text("/control", &self.control, 64)
    }
}

impl Undertaking for ClaimReversal {
    const SAGA: Saga = Saga::ClaimReversal;
    const MAKES: &'static [(&'static str, &'static str)] = &[];

    fn key(&self) -> Option<String> {
        Some(self.claim.to_string())
    }

    fn check(&self) -> Result<()> {
        checks::reason(&self.reason)
    }
}

impl Undertaking for PremiumCollection {
    const SAGA: Saga = Saga::Premium;
    const MAKES: &'static [(&'static str, &'static str)] =
        &[("invoice", "invoice"), ("payment", "collect")];

    fn key(&self) -> Option<String> {
        Some(self.policy.to_string())
    }

    fn person(&self) -> Option<Uuid> {
        Some(self.holder.as_uuid())
    }

    fn check(&self) -> Result<()> {
        checks::collection("/collection", &self.collection)
    }
}
