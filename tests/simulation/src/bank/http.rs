//! The bank over HTTP.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_http::{Accepted, Created, Endpoint, Identify, Identity, Json, Path, Routes, Shown};
use medcover_kernel::{Allowed, Call, Caller, ClientId, Error, Result, Scopes, TenantId, Tier};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    Balance, Bank, MoveMoney, OpenAccount, OpenAccounts, ReadAccounts, Transfer,
    TransferBetweenBanks, Transferred,
};

/// An account in an address.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct AccountPath {
    /// Its id.
    pub account: Uuid,
}

/// [`Bank::open_account`]
pub static OPEN_ACCOUNT: Endpoint<Json<OpenAccount>, Created<Balance>> =
    Endpoint::post("open_account", "/accounts")
        .summary("Opens an account.")
        .needs::<OpenAccounts>()
        .once();

/// [`Bank::transfer`]
pub static TRANSFER: Endpoint<Json<Transfer>, Created<Transferred>> =
    Endpoint::post("transfer", "/transfers")
        .summary("Moves money within the bank.")
        .needs::<MoveMoney>()
        .once();

/// [`Bank::transfer_between_banks`]
pub static TRANSFER_BETWEEN_BANKS: Endpoint<Json<TransferBetweenBanks>, Accepted<Transferred>> =
    Endpoint::post("transfer_between_banks", "/transfers-between-banks")
        .summary("Begins to move money to another bank.")
        .needs::<MoveMoney>()
        .once();

/// [`Bank::balance`]
pub static BALANCE: Endpoint<Path<AccountPath>, Json<Balance>> =
    Endpoint::get("balance", "/accounts/{account}")
        .summary("What is in an account.")
        .needs::<ReadAccounts>();

/// The endpoints with the use cases that answer them.
pub fn routes(bank: Arc<Bank>) -> Routes<Arc<Bank>> {
    Routes::new(bank)
        .answer(
            &OPEN_ACCOUNT,
            async |bank: Arc<Bank>, call: Call, Json(request)| {
                bank.open_account(Allowed::by(&call)?, request).await
            },
        )
        .answer(
            &TRANSFER,
            async |bank: Arc<Bank>, call: Call, Json(request)| {
                bank.transfer(Allowed::by(&call)?, request).await
            },
        )
        .answer(
            &TRANSFER_BETWEEN_BANKS,
            async |bank: Arc<Bank>, call: Call, Json(request)| {
                bank.transfer_between_banks(Allowed::by(&call)?, request)
                    .await
            },
        )
        .answer(
            &BALANCE,
            async |bank: Arc<Bank>, call: Call, Path(at): Path<AccountPath>| {
                bank.balance(Allowed::by(&call)?, at.account).await
            },
        )
}

/// Takes whoever shows the id of a bank as its key for a program of that bank that may do everything. The processes that
/// know it listen on this machine alone, and for the time of a drill.
pub struct KeyIsBank;

#[async_trait]
impl Identify for KeyIsBank {
    async fn identify(&self, shown: Shown<'_>, _: &Call) -> Result<Identity> {
        let bank: Option<TenantId> = match shown {
            Shown::ApiKey(key) => key.parse().ok(),
            Shown::Bearer(_) => None,
        };
        let tenant = bank.ok_or_else(|| Error::unauthenticated("The key is no bank's."))?;
        Ok(Identity {
            tenant,
            caller: Caller::Client(ClientId::from_uuid(tenant.as_uuid())),
            scopes: Scopes::of(["accounts.open", "accounts.read", "money.move"]),
            tier: Tier::Enterprise,
            purpose: None,
        })
    }
}
