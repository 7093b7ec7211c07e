//! What the endpoints ask for.
//!
//! A saga works with the permissions of the service, so whoever may start it may do all that it does: there is one permission
//! for each profession.

use medcover_kernel::{Permission as _, PermissionInfo, permission};

permission! {
    /// Starts registrations of patients with their cover.
    pub StartRegistrations = "journeys.register";
    /// Starts visits from slot to cash, tells that they are coded, and ends those that do not take place.
    pub StartVisits = "journeys.visit";
    /// Starts postings of remittances and reversals of claims.
    pub StartSettlements = "journeys.settle";
    /// Starts collections of premiums.
    pub StartPremiums = "journeys.premium";
}

/// Every permission of the service.
pub const PERMISSIONS: &[PermissionInfo] = &[
    StartRegistrations::INFO,
    StartVisits::INFO,
    StartSettlements::INFO,
    StartPremiums::INFO,
];
