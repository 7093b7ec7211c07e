//! What must hold: while the world runs, after each power cut, and at its end.

use std::collections::BTreeMap;
use std::sync::Arc;

use medcover_store::{Store as _, limits};

use super::World;
use super::asking::person;
use crate::model::Service;

impl World {
    /// Reads what is new in the log of a service and holds it against the second model.
    pub(super) async fn look(&self, service: Service) -> Result<(), String> {
        let store = self.ground.disk(service).on_disk();
        loop {
            let after = self.model().position(service);
            let page = store.read_log(after, limits::PAGE).await;
            let page = page.map_err(|error| error.to_string())?;
            let mut model = self.model();
            let mut undertaking = None;
            for recorded in &page {
                // A commit is whole once an event of another undertaking follows.
                let of = recorded.event.correlation;
                if undertaking.is_some_and(|it| it != of) {
                    model.holds()?;
                }
                undertaking = Some(of);
                model.follow(service, recorded)?;
            }
            model.holds()?;
            if page.len() < limits::PAGE {
                return Ok(());
            }
        }
    }

    /// The same for every service.
    pub(super) async fn look_at_all(&self) -> Result<(), String> {
        for service in Service::ALL {
            self.look(service).await?;
        }
        Ok(())
    }

    /// The same, and the audit trail of one of them: a trail is long, and is read whole at the end.
    pub(super) async fn look_after_a_cut(&self) -> Result<(), String> {
        self.look_at_all().await?;
        let one = self.fate.below(Service::ALL.len() as u64) as usize;
        self.look_at_audit(Service::ALL[one]).await
    }

    /// The audit trail of a service has no fault.
    pub(super) async fn look_at_audit(&self, service: Service) -> Result<(), String> {
        let report = self.ground.disk(service).on_disk().verify_audit().await;
        let report = report.map_err(|error| error.to_string())?;
        match report.faults.first() {
            None => Ok(()),
            Some(fault) => Err(format!("the audit trail of {service:?}: {fault:?}")),
        }
    }

    /// What must hold at the end, when everything has come to rest.
    pub(super) async fn look_back(self: &Arc<Self>) -> Result<(), String> {
        self.look_at_all().await?;
        self.model().agree()?;
        self.compare_books().await?;
        let told: Vec<_> = self.told().clone();
        for told in &told {
            if let (Some(made), Ok(_)) = (told.command.makes(), &told.answer) {
                let times = self.model().times(made);
                // One that was on the waitlist meanwhile is booked again.
                let again = made.event == "appointment.booked";
                if times == 0 || (times > 1 && !again) {
                    let key = &told.key;
                    return Err(format!("{key} was done: {made:?} happened {times} times"));
                }
            }
        }
        let events = self.model().events();
        for told in &told {
            self.repeat(told).await;
        }
        self.look_at_all().await?;
        for service in Service::ALL {
            self.look_at_audit(service).await?;
        }
        let after = self.model().events();
        if after == events {
            return Ok(());
        }
        Err(format!("{} events came of repetitions", after - events))
    }

    /// The trial balance is what the second model adds up to.
    async fn compare_books(&self) -> Result<(), String> {
        let apis = self.on_some_node(|node| node.apis.clone());
        let apis = apis.ok_or("no node is up at the end")?;
        let call = self.call(person(0), None);
        let trial = apis.billing.trial_balance(&call).await;
        let trial = trial.map_err(|error| error.to_string())?;
        let line = |it: &medcover_contract_billing::TrialBalanceLine| {
            let key = (
                it.account.clone(),
                it.layer.clone(),
                it.currency.to_string(),
            );
            (
                key,
                i128::from(it.debit_minor) - i128::from(it.credit_minor),
            )
        };
        let shown: BTreeMap<_, _> = trial.lines.iter().map(line).collect();
        let shown: BTreeMap<_, _> = shown.into_iter().filter(|(_, it)| *it != 0).collect();
        // The service shows one sum for each kind of account, or for each account.
        let mut kept = BTreeMap::new();
        for ((account, layer, currency), minor) in self.model().money.balances() {
            let whole = (account.clone(), layer.clone(), currency.clone());
            let kind = account.split(':').next().unwrap_or_default().to_owned();
            let key = if shown.contains_key(&whole) {
                whole
            } else {
                (kind, layer, currency)
            };
            *kept.entry(key).or_insert(0) += minor;
        }
        kept.retain(|_, minor| *minor != 0);
        if trial.balanced && shown == kept {
            return Ok(());
        }
        Err(format!(
            "the trial balance is {shown:?}, the log gives {kept:?}"
        ))
    }
}
