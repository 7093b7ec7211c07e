//! A tenant: `tenant/<id>`, and the key stream of its name; both stand in the default tenant.

use medcover_kernel::TenantId;

use super::sample::TENANT;
use medcover_store::event;

event! {
    /// A tenant has the name now; the stream is that of the name.
    pub TenantNameTaken = "tenant-name.taken", 1 {
        /// Which.
        tenant: TenantId = TENANT,
    }
}
event! {
    /// A tenant was made.
    pub TenantCreated = "tenant.created", 1 {
        /// Its name.
        name: String = "st-anna".to_owned(),
    }
}
