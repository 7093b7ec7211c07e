//! The service as its callers see it.

use async_trait::async_trait;
use medcover_identity::Jwks;
use medcover_kernel::{Call, ClientId, Limit, Result, UserId};

use crate::{
    AcceptInvitationRequest, BreakGlassGrant, BreakGlassId, BreakGlassList, BreakGlassRequest,
    BreakGlassToken, ChangePasswordRequest, Client, ClientKey, ClientList, CreatedTenant,
    Discovery, IntrospectRequest, Introspection, Invitation, InviteUserRequest, Me,
    NewClientRequest, NewTenantRequest, Permissions, RefreshRequest, ReviewRequest, Role, RoleList,
    RoleRequest, RolesRequest, ServiceToken, ServiceTokenRequest, SignInRequest, SignOutRequest,
    SigningKeyList, TenantList, Tokens, User, UserList,
};

/// The auth service. In process it is the service itself, elsewhere its HTTP client.
///
/// Lists go on after the entry that `after` names: the `next` of the page before.
#[async_trait]
pub trait AuthApi: Send + Sync {
    /// Tokens for a name and a password. `Unauthenticated`, after the same time, whether there is no such user, the
    /// password is wrong, or the user is locked or disabled.
    async fn sign_in(&self, call: &Call, request: SignInRequest) -> Result<Tokens>;

    /// The next tokens for a refresh token. One that was used before ends its session.
    async fn refresh(&self, call: &Call, request: RefreshRequest) -> Result<Tokens>;

    /// Sets the first password of an invited user, who is active from then on.
    async fn accept_invitation(&self, call: &Call, request: AcceptInvitationRequest) -> Result<()>;

    /// The public keys that tokens are checked with.
    async fn jwks(&self, call: &Call) -> Result<Jwks>;

    /// What `OpenID` Connect Discovery tells.
    async fn discovery(&self, call: &Call) -> Result<Discovery>;

    /// Who is signed in.
    async fn me(&self, call: &Call) -> Result<Me>;

    /// Ends the session of the token shown, or all of the user's.
    async fn sign_out(&self, call: &Call, request: SignOutRequest) -> Result<()>;

    /// Changes the caller's own password, and ends all of their sessions.
    async fn change_password(&self, call: &Call, request: ChangePasswordRequest) -> Result<()>;

    /// A page of users.
    async fn users(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<UserList>;

    /// One user.
    async fn user(&self, call: &Call, user: UserId) -> Result<User>;

    /// Makes a user and an invitation for them.
    async fn invite_user(&self, call: &Call, request: InviteUserRequest) -> Result<Invitation>;

    /// Makes a new invitation: for a user whose first one has expired, or who has forgotten the password.
    async fn reinvite_user(&self, call: &Call, user: UserId) -> Result<Invitation>;

    /// Sets the roles of a user, who has them from the next refresh on.
    async fn set_user_roles(
        &self,
        call: &Call,
        user: UserId,
        request: RolesRequest,
    ) -> Result<User>;

    /// Ends every session of a user and lets them begin none.
    async fn disable_user(&self, call: &Call, user: UserId) -> Result<User>;

    /// Lets a disabled user sign in again.
    async fn enable_user(&self, call: &Call, user: UserId) -> Result<User>;

    /// Ends the lock after too many wrong passwords.
    async fn unlock_user(&self, call: &Call, user: UserId) -> Result<User>;

    /// A page of roles.
    async fn roles(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<RoleList>;

    /// Makes a role or replaces what it holds.
    async fn put_role(&self, call: &Call, name: &str, request: RoleRequest) -> Result<Role>;

    /// Removes a role; whoever has it loses what it held, and has it again if one of that name is made anew.
    async fn remove_role(&self, call: &Call, name: &str) -> Result<()>;

    /// Every permission that a role may hold.
    async fn permissions(&self, call: &Call) -> Result<Permissions>;

    /// A page of clients.
    async fn clients(&self, call: &Call, after: Option<String>, limit: Limit)
    -> Result<ClientList>;

    /// Makes a client with its key.
    async fn create_client(&self, call: &Call, request: NewClientRequest) -> Result<ClientKey>;

    /// Gives a client another key; the old one is good no more.
    async fn replace_client_key(&self, call: &Call, client: ClientId) -> Result<ClientKey>;

    /// Ends a client's key.
    async fn revoke_client(&self, call: &Call, client: ClientId) -> Result<Client>;

    /// A page of tenants.
    async fn tenants(&self, call: &Call, after: Option<String>, limit: Limit)
    -> Result<TenantList>;

    /// Makes a tenant and invites its administrator.
    async fn create_tenant(&self, call: &Call, request: NewTenantRequest) -> Result<CreatedTenant>;

    /// The signing keys.
    async fn signing_keys(&self, call: &Call) -> Result<SigningKeyList>;

    /// Makes the next signing key at once; it signs as soon as it may be known everywhere.
    async fn rotate_signing_key(&self, call: &Call) -> Result<SigningKeyList>;

    /// A token for one call of one service to another.
    async fn issue_service_token(
        &self,
        call: &Call,
        request: ServiceTokenRequest,
    ) -> Result<ServiceToken>;

    /// What a token or key is worth that was shown to another process. A service token has then been shown.
    async fn introspect(&self, call: &Call, request: IntrospectRequest) -> Result<Introspection>;

    /// Declares an emergency.
    async fn open_break_glass(
        &self,
        call: &Call,
        request: BreakGlassRequest,
    ) -> Result<BreakGlassToken>;

    /// A page of emergencies, the last first.
    async fn break_glass_grants(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<BreakGlassList>;

    /// Ends an emergency: one's own, or as a reviewer another's.
    async fn end_break_glass(&self, call: &Call, id: BreakGlassId) -> Result<BreakGlassGrant>;

    /// Reviews another's emergency that is over.
    async fn review_break_glass(
        &self,
        call: &Call,
        id: BreakGlassId,
        request: ReviewRequest,
    ) -> Result<BreakGlassGrant>;
}
