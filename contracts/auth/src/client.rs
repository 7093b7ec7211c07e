//! The auth service in another process.

use async_trait::async_trait;
use medcover_http::{HttpClient, Json, Path, Query};
use medcover_identity::Jwks;
use medcover_kernel::{Call, ClientId, Limit, Result, UserId};
use uuid::Uuid;

use crate::endpoints::{self as at, IdPath, NamePath, PageQuery};
use crate::{
    AcceptInvitationRequest, AuthApi, BreakGlassGrant, BreakGlassId, BreakGlassList,
    BreakGlassRequest, BreakGlassToken, ChangePasswordRequest, Client, ClientKey, ClientList,
    CreatedTenant, Discovery, IntrospectRequest, Introspection, Invitation, InviteUserRequest, Me,
    NewClientRequest, NewTenantRequest, Permissions, RefreshRequest, ReviewRequest, Role, RoleList,
    RoleRequest, RolesRequest, ServiceToken, ServiceTokenRequest, SignInRequest, SignOutRequest,
    SigningKeyList, TenantList, Tokens, User, UserList,
};

/// Asks the auth service over HTTP.
#[derive(Clone, Debug)]
pub struct AuthClient(HttpClient);

impl AuthClient {
    /// The service that `http` reaches.
    pub const fn new(http: HttpClient) -> Self {
        Self(http)
    }
}

const fn id(id: Uuid) -> Path<IdPath> {
    Path(IdPath { id })
}

fn named(name: &str) -> Path<NamePath> {
    let name = name.to_owned();
    Path(NamePath { name })
}

const fn page(after: Option<String>, limit: Limit) -> Query<PageQuery> {
    let limit = Some(limit);
    Query(PageQuery { after, limit })
}

#[async_trait]
impl AuthApi for AuthClient {
    async fn sign_in(&self, call: &Call, request: SignInRequest) -> Result<Tokens> {
        self.0.ask(&at::SIGN_IN, call, Json(request)).await
    }

    async fn refresh(&self, call: &Call, request: RefreshRequest) -> Result<Tokens> {
        self.0.ask(&at::REFRESH, call, Json(request)).await
    }

    async fn accept_invitation(&self, call: &Call, request: AcceptInvitationRequest) -> Result<()> {
        self.0
            .ask(&at::ACCEPT_INVITATION, call, Json(request))
            .await
    }

    async fn jwks(&self, call: &Call) -> Result<Jwks> {
        self.0.ask(&at::JWKS, call, ()).await
    }

    async fn discovery(&self, call: &Call) -> Result<Discovery> {
        self.0.ask(&at::DISCOVERY, call, ()).await
    }

    async fn me(&self, call: &Call) -> Result<Me> {
        self.0.ask(&at::ME, call, ()).await
    }

    async fn sign_out(&self, call: &Call, request: SignOutRequest) -> Result<()> {
        self.0.ask(&at::SIGN_OUT, call, Json(request)).await
    }

    async fn change_password(&self, call: &Call, request: ChangePasswordRequest) -> Result<()> {
        self.0.ask(&at::CHANGE_PASSWORD, call, Json(request)).await
    }

    async fn users(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<UserList> {
        self.0.ask(&at::USERS, call, page(after, limit)).await
    }

    async fn user(&self, call: &Call, user: UserId) -> Result<User> {
        self.0.ask(&at::USER, call, id(user.as_uuid())).await
    }

    async fn invite_user(&self, call: &Call, request: InviteUserRequest) -> Result<Invitation> {
        self.0.ask(&at::INVITE_USER, call, Json(request)).await
    }

    async fn reinvite_user(&self, call: &Call, user: UserId) -> Result<Invitation> {
        self.0
            .ask(&at::REINVITE_USER, call, id(user.as_uuid()))
            .await
    }

    async fn set_user_roles(
        &self,
        call: &Call,
        user: UserId,
        request: RolesRequest,
    ) -> Result<User> {
        let input = (id(user.as_uuid()), Json(request));
        self.0.ask(&at::SET_USER_ROLES, call, input).await
    }

    async fn disable_user(&self, call: &Call, user: UserId) -> Result<User> {
        self.0
            .ask(&at::DISABLE_USER, call, id(user.as_uuid()))
            .await
    }

    async fn enable_user(&self, call: &Call, user: UserId) -> Result<User> {
        self.0.ask(&at::ENABLE_USER, call, id(user.as_uuid())).await
    }

    async fn unlock_user(&self, call: &Call, user: UserId) -> Result<User> {
        self.0.ask(&at::UNLOCK_USER, call, id(user.as_uuid())).await
    }

    async fn roles(&self, call: &Call, after: Option<String>, limit: Limit) -> Result<RoleList> {
        self.0.ask(&at::ROLES, call, page(after, limit)).await
    }

    async fn put_role(&self, call: &Call, name: &str, request: RoleRequest) -> Result<Role> {
        self.0
            .ask(&at::PUT_ROLE, call, (named(name), Json(request)))
            .await
    }

    async fn remove_role(&self, call: &Call, name: &str) -> Result<()> {
        self.0.ask(&at::REMOVE_ROLE, call, named(name)).await
    }

    async fn permissions(&self, call: &Call) -> Result<Permissions> {
        self.0.ask(&at::PERMISSIONS, call, ()).await
    }

    async fn clients(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<ClientList> {
        self.0.ask(&at::CLIENTS, call, page(after, limit)).await
    }

    async fn create_client(&self, call: &Call, request: NewClientRequest) -> Result<ClientKey> {
        self.0.ask(&at::CREATE_CLIENT, call, Json(request)).await
    }

    async fn replace_client_key(&self, call: &Call, client: ClientId) -> Result<ClientKey> {
        self.0
            .ask(&at::REPLACE_CLIENT_KEY, call, id(client.as_uuid()))
            .await
    }

    async fn revoke_client(&self, call: &Call, client: ClientId) -> Result<Client> {
        self.0
            .ask(&at::REVOKE_CLIENT, call, id(client.as_uuid()))
            .await
    }

    async fn tenants(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<TenantList> {
        self.0.ask(&at::TENANTS, call, page(after, limit)).await
    }

    async fn create_tenant(&self, call: &Call, request: NewTenantRequest) -> Result<CreatedTenant> {
        self.0.ask(&at::CREATE_TENANT, call, Json(request)).await
    }

    async fn signing_keys(&self, call: &Call) -> Result<SigningKeyList> {
        self.0.ask(&at::SIGNING_KEYS, call, ()).await
    }

    async fn rotate_signing_key(&self, call: &Call) -> Result<SigningKeyList> {
        self.0.ask(&at::ROTATE_SIGNING_KEY, call, ()).await
    }

    async fn issue_service_token(
        &self,
        call: &Call,
        request: ServiceTokenRequest,
    ) -> Result<ServiceToken> {
        self.0
            .ask(&at::ISSUE_SERVICE_TOKEN, call, Json(request))
            .await
    }

    async fn introspect(&self, call: &Call, request: IntrospectRequest) -> Result<Introspection> {
        self.0
            .ask(&at::INTROSPECT_CREDENTIAL, call, Json(request))
            .await
    }

    async fn open_break_glass(
        &self,
        call: &Call,
        request: BreakGlassRequest,
    ) -> Result<BreakGlassToken> {
        self.0.ask(&at::OPEN_BREAK_GLASS, call, Json(request)).await
    }

    async fn break_glass_grants(
        &self,
        call: &Call,
        after: Option<String>,
        limit: Limit,
    ) -> Result<BreakGlassList> {
        self.0
            .ask(&at::BREAK_GLASS_GRANTS, call, page(after, limit))
            .await
    }

    async fn end_break_glass(&self, call: &Call, grant: BreakGlassId) -> Result<BreakGlassGrant> {
        self.0
            .ask(&at::END_BREAK_GLASS, call, id(grant.as_uuid()))
            .await
    }

    async fn review_break_glass(
        &self,
        call: &Call,
        grant: BreakGlassId,
        request: ReviewRequest,
    ) -> Result<BreakGlassGrant> {
        let input = (id(grant.as_uuid()), Json(request));
        self.0.ask(&at::REVIEW_BREAK_GLASS, call, input).await
    }
}
