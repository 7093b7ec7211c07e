//! The views of a bank, read whole, and made again from the log.

use std::fmt::Write as _;

use medcover_kernel::TenantId;
use medcover_store::{CommitError, Listing, Row, Select, Store, StoreError, limits, rebuild};
use medcover_workflow::saga::{RUNS_BY_TIME, SagaView};

use crate::bank::tables::{
    ACCOUNTS_BY_BALANCE, AccountRows, NOTICES_BY_TIMES, STATEMENT_LINES, Statements,
    TURNOVER_BY_KIND,
};

/// The views that follow from the log.
const VIEWS: [&Listing; 4] = [
    &ACCOUNTS_BY_BALANCE,
    &STATEMENT_LINES,
    &TURNOVER_BY_KIND,
    &RUNS_BY_TIME,
];

/// Every row of a listing.
pub async fn rows(
    store: &dyn Store,
    listing: &'static Listing,
    bank: TenantId,
) -> Result<Vec<Row>, StoreError> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let first = Select::first(listing, bank, Vec::new(), limits::PAGE);
        let page = store.select(&Select { after, ..first }).await?;
        let full = page.len() == limits::PAGE;
        after = page.last().map(|row| row.cursor(listing));
        all.extend(page);
        if !full {
            return Ok(all);
        }
    }
}

/// The rows of every view of `banks` that follows from the log, in one text.
pub async fn text(store: &dyn Store, banks: &[TenantId]) -> Result<String, StoreError> {
    let mut text = String::new();
    for bank in banks {
        for listing in VIEWS {
            for row in rows(store, listing, *bank).await? {
                let (table, values) = (listing.table.name, row.values);
                writeln!(text, "{bank} {table} {values:?}").expect("a string takes all");
            }
        }
    }
    Ok(text)
}

/// Makes every view again from the log; says where one is not what it was.
pub async fn compare_with_rebuilt(
    store: &dyn Store,
    banks: &[TenantId],
) -> Result<Result<(), String>, CommitError> {
    let live = text(store, banks).await?;
    rebuild(store, &AccountRows).await?;
    rebuild(store, &Statements).await?;
    rebuild(store, &SagaView).await?;
    let rebuilt = text(store, banks).await?;
    let differs = live
        .lines()
        .zip(rebuilt.lines())
        .find(|(one, other)| one != other);
    Ok(match differs {
        Some((live, rebuilt)) => Err(format!("a view has {live} and is rebuilt as {rebuilt}")),
        None if live.len() != rebuilt.len() => {
            Err("a view has other rows than it is rebuilt with".to_owned())
        }
        None => Ok(()),
    })
}

/// Transfers that somebody was told of, with how often.
pub async fn notices(
    store: &dyn Store,
    bank: TenantId,
) -> Result<Vec<(uuid::Uuid, i64)>, StoreError> {
    let rows = rows(store, &NOTICES_BY_TIMES, bank).await?;
    let told = rows.iter().filter_map(|row| {
        let transfer = crate::bank::id_of(&row.values)?;
        Some((transfer, *row.get("times").as_integer()?))
    });
    Ok(told.collect())
}
