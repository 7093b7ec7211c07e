//! What consumers have handled.

use medcover_kernel::{EventId, TenantId};

use crate::core_tables::INBOX;
use crate::{Store, StoreError};

/// Whether `consumer` has marked `event` of `tenant` as handled. Marks are forgotten after
/// [`limits::INBOX_KEPT`](crate::limits::INBOX_KEPT).
pub async fn is_handled(
    store: &dyn Store,
    tenant: TenantId,
    consumer: &str,
    event: EventId,
) -> Result<bool, StoreError> {
    let key = [consumer.into(), event.as_uuid().into()];
    let mark = store.row(&INBOX, tenant, &key).await?;
    Ok(mark.is_some())
}
