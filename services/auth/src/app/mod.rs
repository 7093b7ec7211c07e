//! The use cases, one a file, and the service that offers them.

mod accept_invitation;
mod break_glass;
mod change_password;
mod change_user;
mod clients;
mod create_client;
mod create_tenant;
mod elsewhere;
mod identify;
mod introspect;
mod invite_user;
mod issue_service_token;
mod known;
mod live;
mod me;
mod pages;
mod published;
mod refresh;
mod refusals;
mod roles;
mod service;
mod set_user_roles;
mod sign_in;
mod sign_out;
mod signing_keys;
mod start;
mod tokens;
mod users;

pub use service::AuthService;
pub use start::FirstAdministrator;
pub(crate) use start::start;

use async_trait::async_trait;
use medcover_contract_auth::{
    AcceptInvitationRequest, AuthApi, BreakGlassGrant, BreakGlassId, BreakGlassList,
    BreakGlassRequest, BreakGlassToken, ChangePasswordRequest, Client, ClientKey, ClientList,
    CreatedTenant, Discovery, IntrospectRequest, Introspection, Invitation, InviteUserRequest, Me,
    NewClientRequest, NewTenantRequest, Permissions, RefreshRequest, ReviewRequest, Role, RoleList,
    RoleRequest, RolesRequest, ServiceToken, ServiceTokenRequest, SignInRequest, SignOutRequest,
    SigningKeyList, TenantList, Tokens, User, UserList,
};
use medcover_identity::Jwks;
use medcover_kernel::{Allowed, Call, ClientId, Limit, Result, UserId};

#[async_trait]
impl AuthApi for AuthService {
    async fn sign_in(&self, call: &Call, request: SignInRequest) -> Result<Tokens> {
        self.begin(call)?;
        sign_in::sign_in(self, call, request).await
    }

    async fn refresh(&self, call: &Call, request: RefreshRequest) -> Result<Tokens> {
        self.begin(call)?;
        refresh::refresh(self, call, request).await
    }

    async fn accept_invitation(&self, call: &Call, request: AcceptInvitationRequest) -> Result<()> {
        self.begin(call)?;
        accept_invitation::accept_invitation(self, call, request).await
    }

    async fn jwks(&self, call: &Call) -> Result<Jwks> {
        self.begin(call)?;
        Ok(published::jwks(self))
    }

    async fn discovery(&self, call: &Call) -> Result<Discovery> {
        self.begin(call)?;
        Ok(published::discovery(self))
    }

    async fn me(&self, call: &Call) -> Result<Me> {
        self.begin(call)?;
        me::me(self, Allowed::by(call)?).await
    }

    async fn sign_out(&self, call: &Call, request: SignOutRequest) -> Result<()> {
        self.begin(call)?;
        sign_out::sign_out(self, Allowed::by(call)?, &request).await
    }

    async fn change_password(&self, call: &Call, request: ChangePasswordRequest) -> Result<()> {
        self.begin(call)?;
        change_password::change_password(self, Allowed::by(call)?, request).await
    }

    async fn users(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<UserList> {
        self.begin(call)?;
        users::users(self, Allowed::by(call)?, after, limit).await
    }

    async fn user(&self, call: &Call, user: UserId) -> Result<User> {
        self.begin(call)?;
        users::user(self, Allowed::by(call)?, user).await
    }

    async fn invite_user(&self, call: &Call, request: InviteUserRequest) -> Result<Invitation> {
        self.begin(call)?;
        invite_user::invite_user(self, Allowed::by(call)?, request).await
    }

    async fn reinvite_user(&self, call: &Call, user: UserId) -> Result<Invitation> {
        self.begin(call)?;
        invite_user::reinvite_user(self, Allowed::by(call)?, user).await
    }

    async fn set_user_roles(
        &self,
        call: &Call,
        user: UserId,
        request: RolesRequest,
    ) -> Result<User> {
        self.begin(call)?;
        set_user_roles::set_user_roles(self, Allowed::by(call)?, user, request.roles).await
    }

    async fn disable_user(&self, call: &Call, user: UserId) -> Result<User> {
        self.begin(call)?;
        change_user::disable_user(self, Allowed::by(call)?, user).await
    }

    async fn enable_user(&self, call: &Call, user: UserId) -> Result<User> {
        self.begin(call)?;
        change_user::enable_user(self, Allowed::by(call)?, user).await
    }

    async fn unlock_user(&self, call: &Call, user: UserId) -> Result<User> {
        self.begin(call)?;
        change_user::unlock_user(self, Allowed::by(call)?, user).await
    }

    async fn roles(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<RoleList> {
        self.begin(call)?;
        roles::roles(self, Allowed::by(call)?, after, limit).await
    }

    async fn put_role(&self, call: &Call, name: &str, request: RoleRequest) -> Result<Role> {
        self.begin(call)?;
        roles::put_role(self, Allowed::by(call)?, name, request.permissions).await
    }

    async fn remove_role(&self, call: &Call, name: &str) -> Result<()> {
        self.begin(call)?;
        roles::remove_role(self, Allowed::by(call)?, name).await
    }

    async fn permissions(&self, call: &Call) -> Result<Permissions> {
        self.begin(call)?;
        Ok(roles::permissions(self, Allowed::by(call)?))
    }

    async fn clients(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<ClientList> {
        self.begin(call)?;
        clients::clients(self, Allowed::by(call)?, after, limit).await
    }

    async fn create_client(&self, call: &Call, request: NewClientRequest) -> Result<ClientKey> {
        self.begin(call)?;
        create_client::create_client(self, Allowed::by(call)?, request).await
    }

    async fn replace_client_key(&self, call: &Call, client: ClientId) -> Result<ClientKey> {
        self.begin(call)?;
        clients::replace_client_key(self, Allowed::by(call)?, client).await
    }

    async fn revoke_client(&self, call: &Call, client: ClientId) -> Result<Client> {
        self.begin(call)?;
        clients::revoke_client(self, Allowed::by(call)?, client).await
    }

    async fn tenants(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<TenantList> {
        self.begin(call)?;
        create_tenant::tenants(self, Allowed::by(call)?, after, limit).await
    }

    async fn create_tenant(&self, call: &Call, request: NewTenantRequest) -> Result<CreatedTenant> {
        self.begin(call)?;
        create_tenant::create_tenant(self, Allowed::by(call)?, request).await
    }

    async fn signing_keys(&self, call: &Call) -> Result<SigningKeyList> {
        self.begin(call)?;
        signing_keys::signing_keys(self, Allowed::by(call)?).await
    }

    async fn rotate_signing_key(&self, call: &Call) -> Result<SigningKeyList> {
        self.begin(call)?;
        signing_keys::rotate_signing_key(self, Allowed::by(call)?).await
    }

    async fn introspect(&self, call: &Call, request: IntrospectRequest) -> Result<Introspection> {
        self.begin(call)?;
        introspect::introspect(self, Allowed::by(call)?, &request).await
    }

    async fn issue_service_token(
        &self,
        call: &Call,
        request: ServiceTokenRequest,
    ) -> Result<ServiceToken> {
        self.begin(call)?;
        issue_service_token::issue_service_token(self, Allowed::by(call)?, &request).await
    }

    async fn open_break_glass(
        &self,
        call: &Call,
        request: BreakGlassRequest,
    ) -> Result<BreakGlassToken> {
        self.begin(call)?;
        break_glass::open_break_glass(self, Allowed::by(call)?, request).await
    }

    async fn break_glass_grants(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<BreakGlassList> {
        self.begin(call)?;
        break_glass::break_glass_grants(self, Allowed::by(call)?, after, limit).await
    }

    async fn end_break_glass(&self, call: &Call, id: BreakGlassId) -> Result<BreakGlassGrant> {
        self.begin(call)?;
        break_glass::end_break_glass(self, Allowed::by(call)?, id).await
    }

    async fn review_break_glass(
        &self,
        call: &Call,
        id: BreakGlassId,
        request: ReviewRequest,
    ) -> Result<BreakGlassGrant> {
        self.begin(call)?;
        break_glass::review_break_glass(self, Allowed::by(call)?, id, request).await
    }
}
