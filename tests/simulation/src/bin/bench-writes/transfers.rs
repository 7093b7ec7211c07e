//! Our side: transfers of the bank, over HTTP or in process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{
    Allowed, Call, Caller, ClientId, Clock, Credential, Rng, Scopes, SystemClock, SystemRng,
};
use medcover_simulation::bank::{Bank, OpenAccount, Transfer, bank, tables};
use medcover_simulation::measured::{Served, serve};
use medcover_store::{SqliteOptions, SqliteStore, Store, limits};
use uuid::Uuid;

use crate::CLIENTS;
use crate::measure::{Figure, measure};
use crate::writer;

/// Accounts among which money moves.
const ACCOUNTS: u64 = 2_048;

/// A bank with accounts, whose store takes `batch` commits into one transaction.
struct Ready {
    store: Arc<dyn Store>,
    bank: Arc<Bank>,
    /// The thread of the connection that writes.
    writer: Option<u64>,
}

pub(crate) async fn over_http(data: &Path, span: Duration, batch: usize) -> Result<Figure, String> {
    let folder = tempfile::tempdir_in(data).map_err(|error| error.to_string())?;
    let ready = Ready::open(folder.path(), batch).await?;
    let served = Arc::new(serve(Arc::clone(&ready.bank)).await?);
    let act = {
        let served = Arc::clone(&served);
        move |_| {
            let served = Arc::clone(&served);
            async move { over_the_wire(&served).await }
        }
    };
    let (figure, writer_use_percent) = writer::watching(ready.writer, measure(span, act)).await;
    ready.check().await?;
    Ok(Figure {
        writer_use_percent,
        ..figure?
    })
}

pub(crate) async fn in_process(data: &Path, span: Duration) -> Result<Figure, String> {
    let folder = tempfile::tempdir_in(data).map_err(|error| error.to_string())?;
    let ready = Ready::open(folder.path(), limits::BATCH).await?;
    let act = {
        let bank = Arc::clone(&ready.bank);
        move |_| {
            let bank = Arc::clone(&bank);
            async move {
                let call = call();
                let allowed = Allowed::by(&call).map_err(|error| error.to_string())?;
                let moved = bank.transfer(allowed, transfer()).await;
                moved.map(drop).map_err(|error| error.to_string())
            }
        }
    };
    let (figure, writer_use_percent) = writer::watching(ready.writer, measure(span, act)).await;
    ready.check().await?;
    Ok(Figure {
        writer_use_percent,
        ..figure?
    })
}

async fn over_the_wire(served: &Served) -> Result<(), String> {
    let mut call = call();
    call.credential = Some(Credential::ApiKey(bank(1).to_string().into()));
    let moved = served.transfer(&call, transfer()).await;
    moved.map(drop).map_err(|error| error.to_string())
}

fn transfer() -> Transfer {
    let from = SystemRng.below(ACCOUNTS);
    let to = (from + 1 + SystemRng.below(ACCOUNTS - 1)) % ACCOUNTS;
    Transfer {
        from: account(from),
        to: account(to),
        amount_minor: 1 + SystemRng.below(100).cast_signed(),
    }
}

fn account(number: u64) -> Uuid {
    Uuid::from_u128(0xacc0 + u128::from(number))
}

fn call() -> Call {
    let clock = SystemClock::new();
    let caller = Caller::Client(ClientId::from_uuid(bank(1).as_uuid()));
    let within = Duration::from_secs(30);
    let call = Call::by(caller, bank(1), Scopes::all(), within, &clock, &SystemRng);
    let key = call.request.to_string().parse().expect("an id is a key");
    call.with_idempotency(key)
}

impl Ready {
    async fn open(folder: &Path, batch: usize) -> Result<Self, String> {
        let before = writer::connections();
        let options = SqliteOptions::new(folder.join("bank.sqlite")).batch(batch);
        let store = SqliteStore::open(options, tables::schema(), Arc::new(SystemClock::new()));
        let store: Arc<dyn Store> = Arc::new(store.await.map_err(|error| error.to_string())?);
        // The connection that writes is opened before those that read.
        let writer = writer::connections().difference(&before).next().copied();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let rng: Arc<dyn Rng> = Arc::new(SystemRng);
        let bank = Bank::new(&store, &clock, &rng, |saga| saga);
        let bank = bank.map_err(|error| error.to_string())?;
        let ready = Self {
            store,
            bank,
            writer,
        };
        ready.open_accounts().await?;
        Ok(ready)
    }

    async fn open_accounts(&self) -> Result<(), String> {
        let mut opening = tokio::task::JoinSet::new();
        for first in 0..CLIENTS as u64 {
            let bank = Arc::clone(&self.bank);
            opening.spawn(async move {
                for number in (first..ACCOUNTS).step_by(CLIENTS) {
                    let request = OpenAccount {
                        account: account(number),
                        owner: format!("owner {number}"),
                        balance_minor: 1_000_000,
                    };
                    let call = call();
                    let allowed = Allowed::by(&call)?;
                    bank.open_account(allowed, request).await?;
                }
                Ok::<_, medcover_kernel::Error>(())
            });
        }
        while let Some(opened) = opening.join_next().await {
            let opened = opened.map_err(|error| error.to_string())?;
            opened.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// What was written so fast must also be right.
    async fn check(&self) -> Result<(), String> {
        let report = self.store.verify_audit().await;
        let report = report.map_err(|error| error.to_string())?;
        if report.faults.is_empty() {
            return Ok(());
        }
        Err(format!("the audit trail is broken: {:?}", report.faults))
    }
}
