//! What must hold: while the world runs, after each power cut, and at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Call, IdempotencyKey, SagaId, TenantId};
use medcover_store::{CommitError, Context, Store as _, StoreError, limits};
use medcover_workflow::queue::DeadLetters;
use medcover_workflow::saga::RUNS_BY_TIME;
use tokio::time::sleep;
use uuid::Uuid;

use super::client::{Request, Said, Told, scope};
use super::ledger::Sums;
use super::{BANKS, World, views};
use crate::bank::{Bank, NOTICES_QUEUE, STATEMENTS_QUEUE, bank, tables};

/// Looks at the world once it is calm, before it counts as never coming to rest.
const LOOKS: usize = 400;

/// Every bank there is.
pub(super) fn banks() -> Vec<TenantId> {
    (1..=u128::from(BANKS)).map(bank).collect()
}

impl World {
    /// Reads what is new in the log and holds it against the books; then the rows of accounts against both.
    pub(super) async fn look(&self) -> Result<(), String> {
        loop {
            let after = self.ledger().position();
            let page = self.disk.read_log(after, limits::PAGE).await;
            let page = page.map_err(|error| error.to_string())?;
            for recorded in &page {
                self.ledger().follow(recorded)?;
            }
            if page.len() < limits::PAGE {
                break;
            }
        }
        let (balances, changed) = {
            let mut ledger = self.ledger();
            (ledger.balances(), ledger.changed())
        };
        balances?;
        for ((bank, account), sums) in changed {
            let row = self
                .disk
                .row(&tables::ACCOUNTS, bank, &[account.into()])
                .await;
            let row = row.map_err(|error| error.to_string())?;
            let shown = row.as_ref().map(Sums::of);
            if shown != Some(sums) {
                return Err(format!(
                    "the row of {account} has {shown:?}, the log {sums:?}"
                ));
            }
        }
        Ok(())
    }

    /// What must have outlived a power cut: every answer that was given, and the audit trail.
    pub(super) async fn look_for_losses(&self) -> Result<(), String> {
        let told: Vec<_> = self.told().clone();
        for Told {
            bank,
            key,
            request,
            kept,
            ..
        } in &told
        {
            let found = self.kept(*bank, request, key).await;
            if found.as_ref() != Some(kept) {
                return Err(format!("{key} was answered {kept}, and {found:?} is kept"));
            }
        }
        let report = self.disk.verify_audit().await;
        let report = report.map_err(|error| error.to_string())?;
        match report.faults.first() {
            Some(fault) => Err(format!("the audit trail: {fault:?}")),
            None => Ok(()),
        }
    }

    pub(super) async fn kept(
        &self,
        bank: TenantId,
        request: &Request,
        key: &IdempotencyKey,
    ) -> Option<String> {
        let kept = self
            .disk
            .on_disk()
            .answer(&scope(bank, request, key))
            .await
            .ok()??;
        Some(format!("{} {}", kept.status, kept.body.as_str()))
    }

    /// Lets everything that was begun come to its end, with a person who resumes and replays what waits for one.
    pub(super) async fn come_to_rest(&self, bank: &Bank) -> Result<(), String> {
        for _ in 0..LOOKS {
            if self.trace.is_wrong() || self.is_at_rest().await.map_err(told)? {
                return Ok(());
            }
            self.help(bank).await?;
            sleep(Duration::from_secs(2)).await;
        }
        let depths = self.disk.queues().await.map_err(told)?;
        Err(format!("the world does not come to rest: {depths:?}"))
    }

    async fn is_at_rest(&self) -> Result<bool, StoreError> {
        let depths = self.disk.queues().await?;
        let empty = depths.iter().all(|it| it.ready + it.waiting + it.dead == 0);
        let heard = self.disk.checkpoint(STATEMENTS_QUEUE).await?;
        if !empty || heard < *self.disk.head().borrow() {
            return Ok(false);
        }
        for bank in banks() {
            for run in views::rows(&*self.disk, &RUNS_BY_TIME, bank).await? {
                let state = run.get("state").as_text();
                if !matches!(state, Some("completed" | "compensated")) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    async fn help(&self, bank: &Bank) -> Result<(), String> {
        let letters = DeadLetters::new(Arc::clone(&self.ground.store));
        for tenant in banks() {
            let context = Context::of(&Call::for_tests().for_tenant(tenant));
            for queue in [NOTICES_QUEUE, STATEMENTS_QUEUE] {
                let replayed = letters.replay_all(context.clone(), queue).await;
                replayed.map_err(|error| error.to_string())?;
            }
            let parked = bank
                .sagas()
                .runs(tenant, Some("parked"), None, limits::PAGE);
            for run in parked.await.map_err(|error| error.to_string())?.rows {
                let saga = SagaId::from_uuid(crate::bank::id_of(&run.values).unwrap_or_default());
                let resumed = bank.sagas().resume(context.clone(), saga, "all is calm");
                resumed.await.map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    /// What must hold at the end, when everything has come to rest.
    pub(super) async fn look_back(&self) -> Result<(), String> {
        self.look().await?;
        self.look_for_losses().await?;
        let told_of: Vec<_> = self.told().clone();
        let expected = self.expected(&told_of).await?;
        let found: BTreeMap<_, _> = {
            let ledger = self.ledger();
            ledger
                .accounts()
                .map(|(id, sums)| (id, sums.balance))
                .collect()
        };
        if expected != found {
            let wrong = expected
                .iter()
                .find(|(id, minor)| found.get(id) != Some(minor));
            return Err(format!(
                "by what was answered, {wrong:?}; by the log, {found:?}"
            ));
        }
        self.compare_consumers(&told_of).await?;
        let rebuilt = views::compare_with_rebuilt(&*self.disk, &banks()).await;
        rebuilt.map_err(|error: CommitError| error.to_string())?
    }

    /// What is in each account by the answers alone, and by how each saga says it ended.
    async fn expected(&self, told_of: &[Told]) -> Result<BTreeMap<(TenantId, Uuid), i64>, String> {
        let mut balances = BTreeMap::new();
        for Told {
            bank,
            request,
            answer,
            ..
        } in told_of
        {
            let Said::Done(transfer) = answer else {
                continue;
            };
            let mut add = |bank: TenantId, account: Uuid, minor: i64| {
                *balances.entry((bank, account)).or_insert(0) += minor;
            };
            match request {
                Request::Open(open) => add(*bank, open.account, open.balance_minor),
                Request::Within(it) => {
                    add(*bank, it.from, -it.amount_minor);
                    add(*bank, it.to, it.amount_minor);
                }
                Request::Between(it) => {
                    let saga = transfer.ok_or("a saga without an id")?;
                    if self.is_done(*bank, saga).await? {
                        add(*bank, it.from, -it.amount_minor);
                        add(TenantId::from_uuid(it.bank), it.to, it.amount_minor);
                    }
                }
            }
        }
        Ok(balances)
    }

    /// Whether a saga says that it is done; its entries in the books must agree.
    async fn is_done(&self, bank: TenantId, saga: Uuid) -> Result<bool, String> {
        use medcover_workflow::saga::RUNS;
        let run = self
            .disk
            .row(&RUNS, bank, &[saga.into()])
            .await
            .map_err(told)?;
        let run = run.ok_or_else(|| format!("saga {saga} was begun, and is not there"))?;
        let said = match run.get("state").as_text() {
            Some("completed") => true,
            Some("compensated") => false,
            other => return Err(format!("saga {saga} ended as {other:?}")),
        };
        if self.ledger().between(saga)? == said {
            return Ok(said);
        }
        Err(format!(
            "saga {saga} says {said} of being done, the log not"
        ))
    }

    /// The queue's consumer has told of every transfer once, and the bus's consumer has counted every entry once.
    async fn compare_consumers(&self, told_of: &[Told]) -> Result<(), String> {
        for bank in banks() {
            let made = told_of
                .iter()
                .filter_map(|it| match (&it.request, &it.answer) {
                    (Request::Within(_), Said::Done(transfer)) if it.bank == bank => *transfer,
                    _ => None,
                });
            let made: BTreeSet<_> = made.collect();
            let told_once = views::notices(&*self.disk, bank).await.map_err(told)?;
            if let Some((transfer, times)) = told_once.iter().find(|(_, times)| *times != 1) {
                return Err(format!("of transfer {transfer} was told {times} times"));
            }
            let told_once: BTreeSet<_> = told_once.into_iter().map(|(it, _)| it).collect();
            if let Some(transfer) = made.symmetric_difference(&told_once).next() {
                return Err(format!(
                    "transfer {transfer} and the notice of it do not match"
                ));
            }
            let rows = views::rows(&*self.disk, &tables::TURNOVER_BY_KIND, bank).await;
            let counted = rows.map_err(told)?;
            let counted = counted.iter().map(|row| {
                let number = |name| row.get(name).as_integer().copied().unwrap_or(-1);
                let kind = row.get("kind").as_text().unwrap_or_default().to_owned();
                (kind, (number("entries"), number("amount_minor")))
            });
            let (counted, entered) = (counted.collect(), self.ledger().turnover(bank));
            if entered != counted {
                return Err(format!("the turnover is {counted:?}, and not {entered:?}"));
            }
        }
        let made = self.ledger().transfers().len();
        let answered = told_of.iter().filter(|it| {
            matches!(
                (&it.request, &it.answer),
                (Request::Within(_), Said::Done(_))
            )
        });
        if made == answered.count() {
            return Ok(());
        }
        Err(format!(
            "{made} transfers were made, not as many as were answered"
        ))
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `map_err`, which gives the error away"
)]
fn told(error: StoreError) -> String {
    error.to_string()
}
