//! A small bank: accounts that never fall below zero, transfers, and transfers to other banks.
//!
//! Every tenant is a bank. It is what a service of medcover is in small: decisions are pure, a use case hands the store
//! one commit, and what spans two banks is a saga.

pub mod account;
mod accounts;
mod between;
mod events;
pub mod http;
mod notices;
mod statements;
pub mod tables;

use std::sync::Arc;

use medcover_idempotency::Once;
use medcover_kernel::{
    Allowed, Clock, Error, ErrorKind, MessageId, Result, Rng, SagaId, Scopes, ServiceName, TenantId,
};
use medcover_store::{
    Append, AuditEntry, AuditOutcome, CanonicalJson, Context, NewMessage, Store, Value,
};
use medcover_workflow::saga::{RegistryError, Saga, Sagas, Start};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use account::{Command, Entry};
use accounts::Accounts;
pub use accounts::stream;
pub use between::BETWEEN_BANKS;
use between::between_banks;
pub use events::read as event_of;
pub use notices::{NOTICES_QUEUE, Notices};
pub use statements::{STATEMENTS_QUEUE, statements};

medcover_kernel::permission! {
    /// Opens accounts.
    pub OpenAccounts = "accounts.open";
    /// Sees what is in an account.
    pub ReadAccounts = "accounts.read";
    /// Moves money between accounts.
    pub MoveMoney = "money.move";
}

/// In whose name the bank works when nobody asks.
pub const SERVICE: ServiceName = ServiceName::from_static("bank");

/// The use cases of the bank.
pub struct Bank {
    accounts: Accounts,
    once: Once,
    sagas: Sagas,
}

/// An account to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenAccount {
    /// Its id.
    pub account: Uuid,
    /// Whose it is.
    pub owner: String,
    /// What is paid in at first.
    pub balance_minor: i64,
}

/// Money to be moved within a bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The account that pays.
    pub from: Uuid,
    /// The account that is paid.
    pub to: Uuid,
    /// How much.
    pub amount_minor: i64,
}

/// Money to be moved to an account of another bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferBetweenBanks {
    /// The account that pays.
    pub from: Uuid,
    /// The other bank.
    pub bank: Uuid,
    /// The account that is paid there.
    pub to: Uuid,
    /// How much.
    pub amount_minor: i64,
}

/// A transfer that was made, or begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transferred {
    /// Its id: of a transfer between banks, that of the saga.
    pub transfer: Uuid,
}

/// What is in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Balance {
    /// What its owner may spend.
    pub balance_minor: i64,
    /// What is held for transfers to other banks.
    pub held_minor: i64,
    /// What is announced from other banks.
    pub pending_minor: i64,
}

impl Bank {
    /// The bank in `store`, and the saga for transfers between banks with `wrap` around it, which is for trials: it may
    /// put something around the steps.
    pub fn new(
        store: &Arc<dyn Store>,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
        wrap: impl FnOnce(Saga) -> Saga,
    ) -> Result<Arc<Self>, RegistryError> {
        let accounts = || Accounts::new(Arc::clone(store), Arc::clone(clock), Arc::clone(rng));
        let saga = wrap(between_banks(&Arc::new(accounts()))?);
        let sagas = Sagas::new(
            Arc::clone(store),
            Arc::clone(clock),
            Arc::clone(rng),
            medcover_workflow::saga::Registry::new().with(saga)?,
            SERVICE,
            Scopes::of(["money.move"]),
        );
        Ok(Arc::new(Self {
            accounts: accounts(),
            once: Once::new(Arc::clone(store)),
            sagas,
        }))
    }

    /// The sagas of the bank.
    pub const fn sagas(&self) -> &Sagas {
        &self.sagas
    }

    /// Opens an account.
    pub async fn open_account(
        &self,
        allowed: Allowed<'_, OpenAccounts>,
        request: OpenAccount,
    ) -> Result<Balance> {
        let work = async |keep: medcover_idempotency::Keep| {
            let opened = Balance {
                balance_minor: request.balance_minor,
                held_minor: 0,
                pending_minor: 0,
            };
            let open = Command::Open {
                owner: request.owner.clone(),
                balance_minor: request.balance_minor,
            };
            let more = |append| {
                let append = keep.answer(append, 201, &opened)?;
                Ok(append.audit(audit("account.opened", request.account)))
            };
            self.accounts
                .change(&allowed, &[(request.account, open)], more)
                .await?;
            Ok(opened)
        };
        self.once
            .run(&allowed, "open_account", &request, work)
            .await
    }

    /// Moves money: two events, two rows, a message, the answer and an audit record in one commit.
    pub async fn transfer(
        &self,
        allowed: Allowed<'_, MoveMoney>,
        request: Transfer,
    ) -> Result<Transferred> {
        let Transfer {
            from,
            to,
            amount_minor,
        } = request;
        let work = async |keep: medcover_idempotency::Keep| {
            if from == to {
                return Err(Error::new(
                    ErrorKind::Refused,
                    "same-account",
                    "An account pays another.",
                ));
            }
            let transfer = self.new_id();
            let answer = Transferred { transfer };
            let commands = [
                (from, Command::Move(Entry::Debit, transfer, amount_minor)),
                (to, Command::Move(Entry::Credit, transfer, amount_minor)),
            ];
            let more = |append| {
                let append = keep.answer(append, 201, &answer)?;
                let append = append.send(notice(to, &answer));
                Ok(append.audit(audit("transfer.made", transfer)))
            };
            self.accounts.change(&allowed, &commands, more).await?;
            Ok(answer)
        };
        self.once.run(&allowed, "transfer", &request, work).await
    }

    /// Begins a transfer to another bank; an account pays one at a time.
    pub async fn transfer_between_banks(
        &self,
        allowed: Allowed<'_, MoveMoney>,
        request: TransferBetweenBanks,
    ) -> Result<Transferred> {
        let work = async |keep: medcover_idempotency::Keep| {
            if request.bank == allowed.tenant.as_uuid() {
                return Err(Error::new(
                    ErrorKind::Refused,
                    "same-bank",
                    "That account is of this bank.",
                ));
            }
            let transfer = self.new_id();
            let answer = Transferred { transfer };
            let start = Start {
                saga: SagaId::from_uuid(transfer),
                name: BETWEEN_BANKS.to_owned(),
                input: serde_json::to_value(&request).map_err(Error::internal)?,
                key: Some(request.from.to_string()),
            };
            let append =
                Append::new(Context::of(&allowed)).audit(audit("transfer.begun", transfer));
            let append = keep.answer(append, 202, &answer)?;
            let append = self.sagas.begin(append, &start).await?;
            // A conflict is about the key of the payer alone: someone else begins or ends a transfer right now.
            self.accounts.store.commit(append).await?;
            Ok(answer)
        };
        self.once
            .run(&allowed, "transfer_between_banks", &request, work)
            .await
    }

    /// What is in an account.
    pub async fn balance(
        &self,
        allowed: Allowed<'_, ReadAccounts>,
        account: Uuid,
    ) -> Result<Balance> {
        let key = [account.into()];
        let store = &self.accounts.store;
        let row = store.row(&tables::ACCOUNTS, allowed.tenant, &key).await?;
        let row = row.ok_or_else(|| Error::not_found("There is no such account."))?;
        let minor = |column| *row.get(column).as_integer().unwrap_or(&0);
        Ok(Balance {
            balance_minor: minor("balance_minor"),
            held_minor: minor("held_minor"),
            pending_minor: minor("pending_minor"),
        })
    }

    fn new_id(&self) -> Uuid {
        MessageId::new(&*self.accounts.clock, &*self.accounts.rng).as_uuid()
    }
}

/// The work of telling whoever owns `to`; one transfer makes one notice, whose id is its own.
fn notice(to: Uuid, transferred: &Transferred) -> NewMessage {
    NewMessage {
        id: MessageId::from_uuid(transferred.transfer),
        queue: NOTICES_QUEUE.into(),
        key: Some(to.to_string()),
        payload: CanonicalJson::of(transferred).expect("an id has canonical JSON"),
        not_before: None,
    }
}

fn audit(action: &'static str, subject: Uuid) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject: subject.to_string(),
        data_subject: None,
        outcome: AuditOutcome::Done,
        details: CanonicalJson::empty(),
    }
}

/// The id in the first column of a row's key.
pub fn id_of(values: &[Value]) -> Option<Uuid> {
    values.first().and_then(Value::as_id).copied()
}

/// The tenant that is the bank `number`.
pub const fn bank(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(0xba00 + number))
}
