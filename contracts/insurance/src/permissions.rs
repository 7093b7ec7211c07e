//! What the endpoints of the service ask for.

use medcover_kernel::{Permission as _, PermissionInfo, permission};

permission! {
    /// Reads payers, products and plans.
    pub ReadPlans = "plans.read";
    /// Makes payers, products, plans and their versions.
    pub ManagePlans = "plans.manage";
    /// Reads policies, members and premiums, and asks what is covered.
    pub ReadCoverage = "coverage.read";
    /// Makes policies, moves them on, enrols members.
    pub ManageCoverage = "coverage.manage";
    /// Reads authorisations.
    pub ReadAuthorisations = "authorisations.read";
    /// Asks for authorisations and takes them back.
    pub RequestAuthorisations = "authorisations.request";
    /// Decides on authorisations.
    pub DecideAuthorisations = "authorisations.decide";
    /// Reads claims, and why they were decided as they were.
    pub ReadClaims = "claims.read";
    /// Makes claims, mends them and takes them back.
    pub SubmitClaims = "claims.submit";
    /// Decides on claims, and takes decisions back.
    pub AdjudicateClaims = "claims.adjudicate";
    /// Reads remittances.
    pub ReadRemittances = "remittances.read";
    /// Pays adjudicated claims.
    pub IssueRemittances = "remittances.issue";
}

/// Every permission of the service.
pub const PERMISSIONS: &[PermissionInfo] = &[
    ReadPlans::INFO,
    ManagePlans::INFO,
    ReadCoverage::INFO,
    ManageCoverage::INFO,
    ReadAuthorisations::INFO,
    RequestAuthorisations::INFO,
    DecideAuthorisations::INFO,
    ReadClaims::INFO,
    SubmitClaims::INFO,
    AdjudicateClaims::INFO,
    ReadRemittances::INFO,
    IssueRemittances::INFO,
];
