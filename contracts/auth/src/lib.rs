#![doc = include_str!("../README.md")]

mod api;
mod break_glass;
mod client;
mod clients;
pub mod endpoints;
pub mod events;
mod introspection;
mod keys;
pub mod permissions;
mod remote_identify;
mod roles;
mod service_tokens;
mod sign_in;
mod tenants;
mod users;

pub use api::AuthApi;
pub use break_glass::{
    BreakGlassGrant, BreakGlassId, BreakGlassList, BreakGlassRequest, BreakGlassState,
    BreakGlassToken, ReviewRequest,
};
pub use client::AuthClient;
pub use clients::{Client, ClientKey, ClientList, NewClientRequest};
pub use introspection::{CredentialHolder, CredentialKind, IntrospectRequest, Introspection};
pub use keys::{
    Discovery, ServiceToken, ServiceTokenRequest, SigningKeyInfo, SigningKeyList, SigningKeyState,
};
pub use remote_identify::{IDENTITY_KEPT, RemoteIdentify, identity_tag};
pub use roles::{PermissionView, Permissions, Role, RoleList, RoleRequest};
pub use service_tokens::ServiceTokens;
pub use sign_in::{
    AcceptInvitationRequest, ChangePasswordRequest, Me, RefreshRequest, SignInRequest,
    SignOutRequest, Tokens,
};
pub use tenants::{CreatedTenant, NewTenantRequest, Tenant, TenantList};
pub use users::{Invitation, InviteUserRequest, RolesRequest, User, UserList, UserStatus};

/// Most characters of the name of a user, tenant, role or client.
pub const MAX_NAME_CHARS: usize = 64;
/// Most roles of a user.
pub const MAX_ROLES: usize = 50;
/// Fewest characters of a reason for an emergency: one word is none.
pub const MIN_REASON_CHARS: usize = 10;
/// Most characters of a reason or a note.
pub const MAX_REASON_CHARS: usize = 500;
/// The role that holds every permission of its tenant. It is always there and cannot be changed.
pub const ADMINISTRATOR: &str = "administrator";
/// The name of the tenant that exists from the first start.
pub const DEFAULT_TENANT: &str = "default";
