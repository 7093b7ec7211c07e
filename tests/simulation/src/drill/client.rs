//! Clients of the process: what they were told, and what they still wait for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use medcover_http::{HttpClient, Json};
use medcover_kernel::{
    Call, Caller, Credential, Error, ErrorKind, IdempotencyKey, Result as Answer, Rng, Scopes,
    SeededRng, SystemClock, TenantId,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::bank::http::{OPEN_ACCOUNT, TRANSFER, TRANSFER_BETWEEN_BANKS};
use crate::bank::{OpenAccount, Transfer, TransferBetweenBanks, Transferred, bank};

const BANKS: u64 = 2;
const ACCOUNTS: u64 = 16;
pub(super) const PAID_IN_MINOR: i64 = 1_000_000;
/// Answers asked for again after each kill.
const REPEATED: usize = 20;

/// The banks that clients ask.
pub(super) fn banks() -> [TenantId; BANKS as usize] {
    [bank(1), bank(2)]
}

/// Everything that clients sent.
pub(super) struct Clients {
    rng: Arc<SeededRng>,
    /// What was answered, by bank and key.
    pub(super) told: BTreeMap<(TenantId, IdempotencyKey), (Asked, Said)>,
    /// What was sent and not answered: it may have been done, or not.
    waiting: Vec<(TenantId, IdempotencyKey, Asked)>,
    accounts_open: bool,
    sent: u64,
    pub(super) sent_again: u64,
    pub(super) repeated: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Within(Transfer),
    Between(TransferBetweenBanks),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Done(Uuid),
    Refused(String),
}

/// Clients while a process lives.
pub(super) struct Life {
    clients: Mutex<Clients>,
    http: HttpClient,
    clock: Arc<SystemClock>,
    tasks: usize,
}

impl Clients {
    pub(super) const fn new(rng: Arc<SeededRng>) -> Self {
        Self {
            rng,
            told: BTreeMap::new(),
            waiting: Vec::new(),
            accounts_open: false,
            sent: 0,
            sent_again: 0,
            repeated: 0,
        }
    }

    pub(super) fn live(self, address: &str, tasks: usize) -> Result<Life, String> {
        let clock = Arc::new(SystemClock::new());
        let http = HttpClient::new(address, clock.clone()).map_err(|error| error.to_string())?;
        Ok(Life {
            clients: Mutex::new(self),
            http,
            clock,
            tasks,
        })
    }

    pub(super) fn answered(&self) -> u64 {
        self.told.len() as u64
    }

    /// Sagas that were begun.
    pub(super) fn sagas(&self) -> usize {
        let begun = |it: &&(Asked, Said)| matches!(it, (Asked::Between(_), Said::Done(_)));
        self.told.values().filter(begun).count()
    }

    /// Requests of which nobody knows whether they were done.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn next(&mut self) -> (TenantId, IdempotencyKey, Asked) {
        if let Some(waiting) = self.waiting.pop() {
            self.sent_again += 1;
            return waiting;
        }
        self.sent += 1;
        let key = format!("drill-{}", self.sent).parse().expect("a key");
        let number = self.rng.below(BANKS);
        let bank = banks()[number as usize];
        let account = || Uuid::from_u128(0xacc0 + u128::from(self.rng.below(ACCOUNTS)));
        let (from, to) = (account(), account());
        let amount_minor = 1 + self.rng.below(1_000).cast_signed();
        let asked = if self.rng.below(20) == 0 {
            Asked::Between(TransferBetweenBanks {
                from,
                bank: banks()[1 - number as usize].as_uuid(),
                to,
                amount_minor,
            })
        } else {
            Asked::Within(Transfer {
                from,
                to,
                amount_minor,
            })
        };
        (bank, key, asked)
    }
}

impl Life {
    /// Opens the accounts, the first time.
    pub(super) async fn open_accounts(&mut self) -> Result<(), String> {
        if self.clients().accounts_open {
            return Ok(());
        }
        for bank in banks() {
            for number in 0..u128::from(ACCOUNTS) {
                let request = OpenAccount {
                    account: Uuid::from_u128(0xacc0 + number),
                    owner: format!("owner {number}"),
                    balance_minor: PAID_IN_MINOR,
                };
                let key = format!("open-{number}").parse().expect("a key");
                let call = self.call(bank, key);
                let opened = self.http.ask(&OPEN_ACCOUNT, &call, Json(request)).await;
                opened.map_err(|error| error.to_string())?;
            }
        }
        self.clients().accounts_open = true;
        Ok(())
    }

    /// Asks again for some of what was answered before the kill; the answer must be the same.
    pub(super) async fn repeat(&mut self) -> Result<(), String> {
        let before: Vec<_> = {
            let clients = self.clients();
            let all: Vec<_> = clients.told.iter().collect();
            let some = (0..REPEATED.min(all.len())).map(|_| {
                let at = clients.rng.below(all.len() as u64) as usize;
                (all[at].0.clone(), all[at].1.clone())
            });
            some.collect()
        };
        for ((bank, key), (asked, said)) in before {
            let again = self.ask(bank, &key, &asked).await;
            if again.as_ref() != Some(&said) {
                return Err(format!("{key} was answered {said:?}, and then {again:?}"));
            }
            self.clients().repeated += 1;
        }
        Ok(())
    }

    /// Sends until the process is gone; gives back what was learnt.
    pub(super) async fn send(self) -> Result<Clients, String> {
        self.work(false).await
    }

    /// Sends what still waits for an answer, until everything has one.
    pub(super) async fn finish(self) -> Result<Clients, String> {
        self.work(true).await
    }

    async fn work(self, only_waiting: bool) -> Result<Clients, String> {
        let tasks = self.tasks;
        let life = Arc::new(self);
        let mut working = JoinSet::new();
        for _ in 0..tasks {
            working.spawn(Arc::clone(&life).one(only_waiting));
        }
        while let Some(ended) = working.join_next().await {
            ended.map_err(|error| error.to_string())?;
        }
        let life = Arc::into_inner(life).ok_or("a client goes on")?;
        life.clients.into_inner().map_err(|error| error.to_string())
    }

    async fn one(self: Arc<Self>, only_waiting: bool) {
        loop {
            let (bank, key, asked) = {
                let mut clients = self.clients();
                if only_waiting && clients.waiting.is_empty() {
                    return;
                }
                clients.next()
            };
            let said = self.ask(bank, &key, &asked).await;
            let mut clients = self.clients();
            if let Some(said) = said {
                clients.told.insert((bank, key), (asked, said));
                continue;
            }
            clients.waiting.push((bank, key, asked));
            if !only_waiting {
                return;
            }
        }
    }

    /// The answer, or `None` when there is none and nobody knows what was done.
    async fn ask(&self, bank: TenantId, key: &IdempotencyKey, asked: &Asked) -> Option<Said> {
        loop {
            let call = self.call(bank, key.clone());
            let answer: Answer<Transferred> = match asked.clone() {
                Asked::Within(request) => self.http.ask(&TRANSFER, &call, Json(request)).await,
                Asked::Between(request) => {
                    let endpoint = &TRANSFER_BETWEEN_BANKS;
                    self.http.ask(endpoint, &call, Json(request)).await
                }
            };
            match answer {
                Ok(done) => return Some(Said::Done(done.transfer)),
                Err(error) if is_final(&error) => return Some(Said::Refused(error.to_string())),
                Err(error) if is_busy(&error) => tokio::time::sleep(Duration::from_millis(2)).await,
                Err(_) => return None,
            }
        }
    }

    fn call(&self, bank: TenantId, key: IdempotencyKey) -> Call {
        let rng = Arc::clone(&self.clients().rng);
        let within = Duration::from_secs(10);
        let scopes = Scopes::none();
        let mut call = Call::by(Caller::Anonymous, bank, scopes, within, &*self.clock, &*rng);
        call.credential = Some(Credential::ApiKey(bank.to_string().into()));
        call.with_idempotency(key)
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().expect("no code panics under it")
    }
}

/// Whether the answer will not change.
fn is_final(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Conflict => error.slug() != "still-running",
        ErrorKind::Refused | ErrorKind::NotFound => true,
        _ => false,
    }
}

/// Whether the process is there and says that it could not do it now.
fn is_busy(error: &Error) -> bool {
    error.slug() == "still-running"
        || (error.kind() == ErrorKind::Unavailable && error.message().starts_with("The store"))
}
