//! Clients: they send requests, send them again when no answer comes, and remember what they were told.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{
    Allowed, Call, Caller, ClientId, Error, ErrorKind, IdempotencyKey, Result, Scopes, TenantId,
};
use medcover_store::AnswerScope;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{World, watch};
use crate::bank::{Bank, OpenAccount, Transfer, TransferBetweenBanks, Transferred, bank};

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Open(OpenAccount),
    Within(Transfer),
    Between(TransferBetweenBanks),
}

/// A request with its key, and what was answered.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) bank: TenantId,
    pub(super) key: IdempotencyKey,
    pub(super) request: Request,
    pub(super) answer: Said,
    /// The answer as the store keeps it.
    pub(super) kept: String,
}

/// An answer, as far as it must stay the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Done(Option<Uuid>),
    Refused(String),
}

impl Request {
    pub(super) const fn route(&self) -> &'static str {
        match self {
            Self::Open(_) => "open_account",
            Self::Within(_) => "transfer",
            Self::Between(_) => "transfer_between_banks",
        }
    }

    async fn ask(self, bank: &Bank, call: &Call) -> Result<Option<Uuid>> {
        let id = |told: Transferred| Some(told.transfer);
        match self {
            Self::Open(request) => bank
                .open_account(Allowed::by(call)?, request)
                .await
                .map(|_| None),
            Self::Within(request) => bank.transfer(Allowed::by(call)?, request).await.map(id),
            Self::Between(request) => bank
                .transfer_between_banks(Allowed::by(call)?, request)
                .await
                .map(id),
        }
    }
}

/// The scope under which the answer to a request is kept.
pub(super) fn scope(bank: TenantId, request: &Request, key: &IdempotencyKey) -> AnswerScope {
    AnswerScope {
        tenant: bank,
        caller: caller(bank),
        route: request.route().into(),
        key: key.clone(),
    }
}

fn caller(bank: TenantId) -> Caller {
    Caller::Client(ClientId::from_uuid(bank.as_uuid()))
}

impl World {
    /// Sends `request` until it is answered.
    pub(super) async fn ask(
        self: &Arc<Self>,
        bank: TenantId,
        key: &IdempotencyKey,
        request: &Request,
    ) -> Said {
        let mut tries = 0;
        loop {
            tries += 1;
            if tries > 500 {
                self.trace.wrong(format!("{key} is never answered"));
                return Said::Refused("never".to_owned());
            }
            match self.send(bank, key, request.clone()).await {
                Some(Ok(done)) => return Said::Done(done),
                Some(Err(error)) if is_final(&error) => {
                    return Said::Refused(format!("{}: {}", error.slug(), error.message()));
                }
                Some(Err(error)) if error.kind() == ErrorKind::Internal => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    self.trace.wrong(format!("{key} failed: {error} {cause:?}"));
                    return Said::Refused("internal".to_owned());
                }
                Some(Err(_)) | None => sleep(self.fate.time(300)).await,
            }
        }
    }

    /// Sends `request` once; `None` when nothing is heard of it.
    async fn send(
        self: &Arc<Self>,
        bank: TenantId,
        key: &IdempotencyKey,
        request: Request,
    ) -> Option<Result<Option<Uuid>>> {
        self.fate.hesitate().await;
        let mut call = Call::by(
            caller(bank),
            bank,
            Scopes::of(["accounts.open", "money.move"]),
            Duration::from_secs(30),
            &*self.clock,
            &*self.ground.rng,
        );
        call.idempotency = Some(key.clone());
        let (answer, answered) = oneshot::channel();
        self.on_some_node(|node| {
            let bank = Arc::clone(&node.bank);
            node.tasks.spawn(async move {
                // Whoever asked may have gone.
                let _ = answer.send(request.ask(&bank, &call).await);
            });
        })?;
        let patience = Duration::from_millis(20) + self.fate.time(400);
        timeout(patience, answered).await.ok()?.ok()
    }

    /// One client's whole work: so many requests, one after the other.
    pub(super) async fn client(self: Arc<Self>, number: usize, requests: usize) {
        for at in 0..requests {
            if self.trace.is_wrong() {
                return;
            }
            if self.fate.happens(150) {
                self.ask_again().await;
            } else {
                let key = format!("client-{number}-{at}").parse().expect("a key");
                let bank = self.some_bank();
                self.ask_anew(bank, key, self.some_request(bank)).await;
            }
            if self.fate.happens(200) {
                sleep(self.fate.time(200)).await;
            }
        }
    }

    pub(super) async fn ask_anew(
        self: &Arc<Self>,
        bank: TenantId,
        key: IdempotencyKey,
        request: Request,
    ) {
        let answer = self.ask(bank, &key, &request).await;
        self.trace
            .note(format_args!("{key} {request:?}: {answer:?}"));
        let Some(kept) = self.kept(bank, &request, &key).await else {
            self.trace
                .wrong(format!("{key} was answered, and the answer is not kept"));
            return;
        };
        let told = Told {
            bank,
            key,
            request,
            answer,
            kept,
        };
        self.told().push(told);
    }

    /// Sends an earlier request again, or another one under its key.
    async fn ask_again(self: &Arc<Self>) {
        let Some(told) = self.some_told() else {
            return;
        };
        if self.fate.happens(200) {
            let other = Request::Within(Transfer {
                from: Uuid::nil(),
                to: Uuid::max(),
                amount_minor: 1,
            });
            if told.request.route() == other.route() {
                let said = self.ask(told.bank, &told.key, &other).await;
                let refused = matches!(&said, Said::Refused(why) if why.starts_with("idempotency-key-reused"));
                if !refused {
                    let key = &told.key;
                    self.trace
                        .wrong(format!("{key} was taken for another request: {said:?}"));
                }
            }
            return;
        }
        let said = self.ask(told.bank, &told.key, &told.request).await;
        if said != told.answer {
            let Told { key, answer, .. } = &told;
            self.trace
                .wrong(format!("{key} was answered {answer:?}, and then {said:?}"));
        }
    }

    fn some_told(&self) -> Option<Told> {
        let told = self.told();
        let at = self.fate.below(told.len() as u64) as usize;
        told.get(at).cloned()
    }

    fn some_bank(&self) -> TenantId {
        bank(1 + u128::from(self.fate.below(super::BANKS)))
    }

    fn some_account(&self) -> Uuid {
        // In a storm all want the same two.
        let accounts = if self.fate.happens(self.storm_per_mille) {
            2
        } else {
            super::ACCOUNTS
        };
        account(self.fate.below(accounts))
    }

    fn some_request(&self, bank: TenantId) -> Request {
        let (from, to) = (self.some_account(), self.some_account());
        let amount_minor = 1 + self.fate.below(self.largest_minor).cast_signed();
        if self.fate.happens(80) {
            // Now and then it is paid to an account that is not there.
            let to = if self.fate.happens(100) {
                Uuid::max()
            } else {
                to
            };
            let other = watch::banks().into_iter().find(|other| *other != bank);
            let other = other.filter(|_| !self.fate.happens(50)).unwrap_or(bank);
            return Request::Between(TransferBetweenBanks {
                from,
                bank: other.as_uuid(),
                to,
                amount_minor,
            });
        }
        Request::Within(Transfer {
            from,
            to,
            amount_minor,
        })
    }
}

/// The account `number` of every bank.
pub(super) fn account(number: u64) -> Uuid {
    Uuid::from_u128(0xacc0 + u128::from(number))
}

/// Whether sending the same again would change nothing.
fn is_final(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Conflict => error.slug() != "still-running",
        ErrorKind::Refused | ErrorKind::NotFound | ErrorKind::Invalid => true,
        _ => false,
    }
}
