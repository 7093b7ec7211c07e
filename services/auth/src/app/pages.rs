//! Lists, a page at a time.

use medcover_kernel::{Error, Limit, Result, TenantId};
use medcover_store::{Listing, Row, Select, Value};
use uuid::Uuid;

use super::service::AuthService;

/// A page of rows, and whether more follow.
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    pub(super) more: bool,
}

impl Page {
    /// What names the last row in `after`, where more follow.
    pub(super) fn next(&self) -> Option<String> {
        let last = self.rows.last().filter(|_| self.more)?;
        last.get("id").as_id().map(Uuid::to_string)
    }
}

impl AuthService {
    /// The rows of `listing` after the one whose id is `after`. A row that is gone meanwhile has no place any more, and
    /// the caller begins again.
    pub(super) async fn page(
        &self,
        listing: &'static Listing,
        tenant: TenantId,
        after: Option<String>,
        limit: Limit,
    ) -> Result<Page> {
        let select = Select::first(listing, tenant, Vec::new(), limit.get() + 1);
        self.rows(select, after).await
    }

    /// As [`AuthService::page`], with the last rows first.
    pub(super) async fn last_page(
        &self,
        listing: &'static Listing,
        tenant: TenantId,
        after: Option<String>,
        limit: Limit,
    ) -> Result<Page> {
        let mut select = Select::first(listing, tenant, Vec::new(), limit.get() + 1);
        select.descending = true;
        self.rows(select, after).await
    }

    /// One row more is asked for than is wanted: it tells whether there are more.
    async fn rows(&self, mut select: Select, after: Option<String>) -> Result<Page> {
        if let Some(after) = after {
            select.after = Some(self.place(select.listing, select.tenant, &after).await?);
        }
        let wanted = select.limit - 1;
        let mut rows = self.store.select(&select).await?;
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        Ok(Page { rows, more })
    }

    async fn place(
        &self,
        listing: &'static Listing,
        tenant: TenantId,
        after: &str,
    ) -> Result<Vec<Value>> {
        let unknown = || Error::invalid("/after", "must be the `next` of the page before");
        let id: Uuid = after.parse().map_err(|_| unknown())?;
        let row = self.store.row(listing.table, tenant, &[id.into()]).await?;
        row.map(|row| row.cursor(listing)).ok_or_else(unknown)
    }
}
