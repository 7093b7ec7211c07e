//! Lists, a page at a time.

use medcover_kernel::{Error, Result};
use uuid::Uuid;

use crate::{Row, Select, Store};

/// A page of rows, and whether more follow.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rows, in the order of the listing.
    pub rows: Vec<Row>,
    /// Whether more follow.
    pub more: bool,
}

impl Page {
    /// What names the last row to whoever asks for the next page, where more follow: its `id`.
    pub fn next(&self) -> Option<String> {
        let last = self.rows.last().filter(|_| self.more)?;
        last.get("id").as_id().map(Uuid::to_string)
    }
}

/// The rows of `select`, whose table has the key `id` alone, after the one whose id is `after`. `Invalid` (`/after`) where
/// there is no such row: one that is gone meanwhile has no place any more, and the caller begins again.
pub async fn page(store: &dyn Store, mut select: Select, after: Option<&str>) -> Result<Page> {
    if let Some(after) = after {
        let unknown = || Error::invalid("/after", "must be the `next` of the page before");
        let id: Uuid = after.parse().map_err(|_| unknown())?;
        let listing = select.listing;
        let row = store
            .row(listing.table, select.tenant, &[id.into()])
            .await?;
        select.after = Some(row.map(|row| row.cursor(listing)).ok_or_else(unknown)?);
    }
    let wanted = select.limit;
    // One row more than is wanted tells whether there are more.
    select.limit += 1;
    let mut rows = store.select(&select).await?;
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    Ok(Page { rows, more })
}
