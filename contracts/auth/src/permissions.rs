//! What the endpoints of the service ask for.

use medcover_kernel::{Permission as _, PermissionInfo, permission};

permission! {
    /// Uses one's own account: who am I, sign out, change the password. Every user has it.
    pub OwnAccount = "account.own";
    /// Lists users and roles.
    pub ReadUsers = "users.read";
    /// Invites users, gives them roles, locks them out and lets them in again.
    pub ManageUsers = "users.manage";
    /// Changes roles. Nobody gives more than they have.
    pub ManageRoles = "roles.manage";
    /// Makes, renews and revokes the keys of programs.
    pub ManageClients = "clients.manage";
    /// Makes tenants and lists them. Of the default tenant only.
    pub ManageTenants = "tenants.manage";
    /// Looks after the keys that sign tokens. Of the default tenant only.
    pub ManageSigningKeys = "signing-keys.manage";
    /// Gets tokens that one service shows to another. Of the default tenant only.
    pub IssueServiceTokens = "service-tokens.issue";
    /// Learns what tokens and keys are worth that were shown to another process. Of the default tenant only.
    pub IntrospectCredentials = "credentials.introspect";
    /// Declares an emergency, gives a reason, and sees more for a while.
    pub UseBreakGlass = "break-glass.use";
    /// Lists emergencies, ends and reviews them.
    pub ReviewBreakGlass = "break-glass.review";
}

/// Every permission of the service.
pub const PERMISSIONS: &[PermissionInfo] = &[
    OwnAccount::INFO,
    ReadUsers::INFO,
    ManageUsers::INFO,
    ManageRoles::INFO,
    ManageClients::INFO,
    ManageTenants::INFO,
    ManageSigningKeys::INFO,
    IssueServiceTokens::INFO,
    IntrospectCredentials::INFO,
    UseBreakGlass::INFO,
    ReviewBreakGlass::INFO,
];

/// Those that concern the installation rather than one tenant: nobody outside the default tenant has them.
pub const OF_THE_INSTALLATION: [&str; 4] = [
    ManageTenants::NAME,
    ManageSigningKeys::NAME,
    IssueServiceTokens::NAME,
    IntrospectCredentials::NAME,
];
