//! What must hold after each kill.

use std::fmt::Write as _;
use std::sync::Arc;

use medcover_kernel::{Call, Clock, SagaId};
use medcover_store::{Context, Store, limits, rebuild};
use medcover_workflow::saga::{RUNS_BY_TIME, SagaView};

use super::client::{Asked, Clients, Said, banks};
use super::serve::{Workers, bank};
use crate::bank::Bank;
use crate::bank::tables::{ACCOUNTS_BY_BALANCE, AccountRows};
use crate::world::ledger::{Ledger, Sums};
use crate::world::views;

/// What is known from kill to kill.
#[derive(Default)]
pub(super) struct Check {
    pub(super) ledger: Ledger,
    pub(super) audit_records: u64,
    pub(super) rebuilt: u32,
    pub(super) resumed: usize,
}

/// How often a person resumes what is parked before something else must be wrong.
const ROUNDS: usize = 10;

impl Check {
    /// Nothing acknowledged is lost, nothing is there twice, the audit trail holds, the views are what they are rebuilt as.
    pub(super) async fn after_kill(
        &mut self,
        store: &dyn Store,
        clients: &Clients,
    ) -> Result<(), String> {
        self.read_log(store).await?;
        self.ledger.balances()?;
        self.compare_answers(clients)?;
        self.compare_rows(store).await?;
        let report = store.verify_audit().await.map_err(told)?;
        if let Some(fault) = report.faults.first() {
            return Err(format!("the audit trail: {fault:?}"));
        }
        if report.records < self.audit_records {
            return Err("the audit trail has become shorter".to_owned());
        }
        self.audit_records = report.records;
        self.compare_with_rebuilt(store).await
    }

    async fn read_log(&mut self, store: &dyn Store) -> Result<(), String> {
        if *store.head().borrow() < self.ledger.position() {
            return Err("the log has become shorter".to_owned());
        }
        loop {
            let page = store.read_log(self.ledger.position(), limits::PAGE).await;
            let page = page.map_err(told)?;
            for recorded in &page {
                self.ledger.follow(recorded)?;
            }
            if page.len() < limits::PAGE {
                return Ok(());
            }
        }
    }

    /// Each transfer that was answered is in the log once (twice is refused by the ledger), and at most those more of which
    /// nobody heard.
    fn compare_answers(&self, clients: &Clients) -> Result<(), String> {
        let made = self.ledger.transfers();
        let mut answered = 0;
        for ((_, key), (asked, said)) in &clients.told {
            let (Asked::Within(asked), Said::Done(transfer)) = (asked, said) else {
                continue;
            };
            answered += 1;
            if made.get(transfer) != Some(&asked.amount_minor) {
                return Err(format!(
                    "{key} was answered with transfer {transfer}, which is lost"
                ));
            }
        }
        if made.len() > answered + clients.waiting() {
            let made = made.len();
            return Err(format!(
                "{made} transfers were made where {answered} were answered"
            ));
        }
        Ok(())
    }

    async fn compare_rows(&self, store: &dyn Store) -> Result<(), String> {
        let mut seen = 0;
        for bank in banks() {
            for row in views::rows(store, &ACCOUNTS_BY_BALANCE, bank)
                .await
                .map_err(told)?
            {
                let id = crate::bank::id_of(&row.values).unwrap_or_default();
                let entered = self.ledger.accounts().find(|(it, _)| *it == (bank, id));
                if entered.map(|(_, sums)| sums) != Some(Sums::of(&row)) {
                    return Err(format!("the row of {id} is not what the log says: {row:?}"));
                }
                seen += 1;
            }
        }
        if seen == self.ledger.accounts().count() {
            return Ok(());
        }
        Err("an account has no row".to_owned())
    }

    /// The views that are kept in the commit of their event.
    async fn compare_with_rebuilt(&mut self, store: &dyn Store) -> Result<(), String> {
        let before = inline(store).await?;
        for projection in [&AccountRows as &dyn medcover_store::Projection, &SagaView] {
            let rebuilt = rebuild(store, projection).await;
            rebuilt.map_err(|error| error.to_string())?;
        }
        self.rebuilt += 1;
        if inline(store).await? == before {
            return Ok(());
        }
        Err("a view is not what it is rebuilt as".to_owned())
    }

    /// Lets everything come to its end, and holds every consumer and every saga against the books.
    pub(super) async fn at_the_end(
        &mut self,
        store: &Arc<dyn Store>,
        clock: &Arc<dyn Clock>,
        clients: &Clients,
    ) -> Result<(), String> {
        let bank = bank(store, clock)?;
        let workers = Workers::of(store, clock, &bank);
        let store = &**store;
        for _ in 0..ROUNDS {
            workers.run_until_idle(store).await?;
            match resume_parked(&bank).await? {
                0 => break,
                resumed => self.resumed += resumed,
            }
        }
        self.read_log(store).await?;
        for bank in banks() {
            for run in views::rows(store, &RUNS_BY_TIME, bank)
                .await
                .map_err(told)?
            {
                let id = crate::bank::id_of(&run.values).unwrap_or_default();
                let state = run.get("state").as_text().unwrap_or_default();
                let done = self.ledger.between(id);
                let done = done.map_err(|fault| format!("{fault}, and the saga is {state}"))?;
                if state != if done { "completed" } else { "compensated" } {
                    return Err(format!("saga {id} is {state}, which is not what it did"));
                }
            }
            for (transfer, times) in views::notices(store, bank).await.map_err(told)? {
                if times != 1 {
                    return Err(format!("of transfer {transfer} was told {times} times"));
                }
            }
        }
        let notices = views::notices(store, banks()[0]).await.map_err(told)?.len()
            + views::notices(store, banks()[1]).await.map_err(told)?.len();
        let answered = clients
            .told
            .values()
            .filter(|(asked, said)| matches!((asked, said), (Asked::Within(_), Said::Done(_))));
        let (answered, made) = (answered.count(), self.ledger.transfers().len());
        if (notices, made) != (answered, answered) {
            return Err(format!(
                "{answered} transfers were answered, {made} made, {notices} told of"
            ));
        }
        let compared = views::compare_with_rebuilt(store, &banks()).await;
        compared.map_err(|error| error.to_string())??;
        self.rebuilt += 1;
        Ok(())
    }
}

/// Resumes what is parked, as a person would: a step whose attempts were all cut off by kills waits for one.
async fn resume_parked(served: &Bank) -> Result<usize, String> {
    let mut resumed = 0;
    for bank in banks() {
        let context = Context::of(&Call::for_tests().for_tenant(bank));
        let parked = served
            .sagas()
            .runs(bank, Some("parked"), None, limits::PAGE);
        for run in parked.await.map_err(|error| error.to_string())?.rows {
            let saga = SagaId::from_uuid(crate::bank::id_of(&run.values).unwrap_or_default());
            let done = served
                .sagas()
                .resume(context.clone(), saga, "the kills are over");
            done.await.map_err(|error| error.to_string())?;
            resumed += 1;
        }
    }
    Ok(resumed)
}

async fn inline(store: &dyn Store) -> Result<String, String> {
    let mut text = String::new();
    for bank in banks() {
        for listing in [&ACCOUNTS_BY_BALANCE, &RUNS_BY_TIME] {
            for row in views::rows(store, listing, bank).await.map_err(told)? {
                writeln!(text, "{:?}", row.values).expect("a string takes all");
            }
        }
    }
    Ok(text)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `map_err`, which gives the error away"
)]
fn told(error: medcover_store::StoreError) -> String {
    error.to_string()
}
