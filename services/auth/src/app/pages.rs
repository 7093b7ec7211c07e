//! Lists, a page at a time.

use medcover_kernel::{Limit, Result, TenantId};
use medcover_store::{Listing, Page, Select, page};

use super::service::AuthService;

impl AuthService {
    /// The rows of `listing` after the one whose id is `after`.
    pub(super) async fn page(
        &self,
        listing: &'static Listing,
        tenant: TenantId,
        after: Option<String>,
        limit: Limit,
    ) -> Result<Page> {
        let select = Select::first(listing, tenant, Vec::new(), limit.get());
        page(&*self.store, select, after.as_deref()).await
    }

    /// As [`AuthService::page`], with the last rows first.
    pub(super) async fn last_page(
        &self,
        listing: &'static Listing,
        tenant: TenantId,
        after: Option<String>,
        limit: Limit,
    ) -> Result<Page> {
        let mut select = Select::first(listing, tenant, Vec::new(), limit.get());
        select.descending = true;
        page(&*self.store, select, after.as_deref()).await
    }
}
