//! Every address of the service, as data.

use medcover_http::{Created, Endpoint, Json, NoContent, Path, Priority, Query};
use medcover_identity::Jwks;
use medcover_kernel::Limit;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::permissions::{
    IntrospectCredentials, IssueServiceTokens, ManageClients, ManageRoles, ManageSigningKeys,
    ManageTenants, ManageUsers, OwnAccount, ReadUsers, ReviewBreakGlass, UseBreakGlass,
};
use crate::{
    AcceptInvitationRequest, BreakGlassGrant, BreakGlassList, BreakGlassRequest, BreakGlassToken,
    ChangePasswordRequest, Client, ClientKey, ClientList, CreatedTenant, Discovery,
    IntrospectRequest, Introspection, Invitation, InviteUserRequest, Me, NewClientRequest,
    NewTenantRequest, Permissions, RefreshRequest, ReviewRequest, Role, RoleList, RoleRequest,
    RolesRequest, ServiceToken, ServiceTokenRequest, SignInRequest, SignOutRequest, SigningKeyList,
    TenantList, Tokens, User, UserList,
};

const TAG: &str = "Auth";

/// The id in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct IdPath {
    /// The id.
    pub id: Uuid,
}

/// The name in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct NamePath {
    /// The name.
    pub name: String,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// [`AuthApi::sign_in`](crate::AuthApi::sign_in)
pub static SIGN_IN: Endpoint<Json<SignInRequest>, Json<Tokens>> =
    Endpoint::post("sign_in", "/api/v1/auth/sign-in")
        .summary("Tokens for a name and a password.")
        .tag(TAG)
        .public()
        .weight_percent(200)
        .priority(Priority::Critical);

/// [`AuthApi::refresh`](crate::AuthApi::refresh)
pub static REFRESH: Endpoint<Json<RefreshRequest>, Json<Tokens>> =
    Endpoint::post("refresh", "/api/v1/auth/refresh")
        .summary("The next tokens for a refresh token, which is good once.")
        .tag(TAG)
        .public()
        .priority(Priority::Critical);

/// [`AuthApi::accept_invitation`](crate::AuthApi::accept_invitation)
pub static ACCEPT_INVITATION: Endpoint<Json<AcceptInvitationRequest>, NoContent> =
    Endpoint::post("accept_invitation", "/api/v1/auth/invitations/accept")
        .summary("Sets the password of an invited user.")
        .tag(TAG)
        .public()
        .weight_percent(200)
        .priority(Priority::Critical);

/// [`AuthApi::jwks`](crate::AuthApi::jwks)
pub static JWKS: Endpoint<(), Json<Jwks>> = Endpoint::get("jwks", "/api/v1/auth/jwks")
    .summary("The public keys that tokens are checked with.")
    .tag(TAG)
    .public();

/// [`AuthApi::discovery`](crate::AuthApi::discovery)
pub static DISCOVERY: Endpoint<(), Json<Discovery>> =
    Endpoint::get("discovery", "/.well-known/openid-configuration")
        .summary("OpenID Connect Discovery, as far as there is anything to tell.")
        .tag(TAG)
        .public();

/// [`AuthApi::me`](crate::AuthApi::me)
pub static ME: Endpoint<(), Json<Me>> = Endpoint::get("me", "/api/v1/auth/me")
    .summary("Who is signed in.")
    .tag(TAG)
    .needs::<OwnAccount>();

/// [`AuthApi::sign_out`](crate::AuthApi::sign_out)
pub static SIGN_OUT: Endpoint<Json<SignOutRequest>, NoContent> =
    Endpoint::post("sign_out", "/api/v1/auth/sign-out")
        .summary("Ends this session, or all of one's own.")
        .tag(TAG)
        .needs::<OwnAccount>();

/// [`AuthApi::change_password`](crate::AuthApi::change_password)
pub static CHANGE_PASSWORD: Endpoint<Json<ChangePasswordRequest>, NoContent> =
    Endpoint::post("change_password", "/api/v1/auth/password")
        .summary("Changes one's own password and ends all of one's sessions.")
        .tag(TAG)
        .needs::<OwnAccount>()
        .weight_percent(200);

/// [`AuthApi::users`](crate::AuthApi::users)
pub static USERS: Endpoint<Query<PageQuery>, Json<UserList>> =
    Endpoint::get("users", "/api/v1/auth/users")
        .summary("The users, by name.")
        .tag(TAG)
        .needs::<ReadUsers>();

/// [`AuthApi::user`](crate::AuthApi::user)
pub static USER: Endpoint<Path<IdPath>, Json<User>> =
    Endpoint::get("user", "/api/v1/auth/users/{id}")
        .summary("One user.")
        .tag(TAG)
        .needs::<ReadUsers>();

/// [`AuthApi::invite_user`](crate::AuthApi::invite_user)
pub static INVITE_USER: Endpoint<Json<InviteUserRequest>, Created<Invitation>> =
    Endpoint::post("invite_user", "/api/v1/auth/users")
        .summary("Makes a user and an invitation for them.")
        .tag(TAG)
        .needs::<ManageUsers>()
        .once();

/// [`AuthApi::reinvite_user`](crate::AuthApi::reinvite_user)
pub static REINVITE_USER: Endpoint<Path<IdPath>, Json<Invitation>> =
    Endpoint::post("reinvite_user", "/api/v1/auth/users/{id}/invitation")
        .summary("Makes a new invitation; those before it are good no more.")
        .tag(TAG)
        .needs::<ManageUsers>();

/// [`AuthApi::set_user_roles`](crate::AuthApi::set_user_roles)
pub static SET_USER_ROLES: Endpoint<(Path<IdPath>, Json<RolesRequest>), Json<User>> =
    Endpoint::put("set_user_roles", "/api/v1/auth/users/{id}/roles")
        .summary("Sets the roles of a user.")
        .tag(TAG)
        .needs::<ManageUsers>();

/// [`AuthApi::disable_user`](crate::AuthApi::disable_user)
pub static DISABLE_USER: Endpoint<Path<IdPath>, Json<User>> =
    Endpoint::post("disable_user", "/api/v1/auth/users/{id}/disable")
        .summary("Ends every session of a user and lets them begin none.")
        .tag(TAG)
        .needs::<ManageUsers>();

/// [`AuthApi::enable_user`](crate::AuthApi::enable_user)
pub static ENABLE_USER: Endpoint<Path<IdPath>, Json<User>> =
    Endpoint::post("enable_user", "/api/v1/auth/users/{id}/enable")
        .summary("Lets a disabled user sign in again.")
        .tag(TAG)
        .needs::<ManageUsers>();

/// [`AuthApi::unlock_user`](crate::AuthApi::unlock_user)
pub static UNLOCK_USER: Endpoint<Path<IdPath>, Json<User>> =
    Endpoint::post("unlock_user", "/api/v1/auth/users/{id}/unlock")
        .summary("Ends the lock after too many wrong passwords.")
        .tag(TAG)
        .needs::<ManageUsers>();

/// [`AuthApi::roles`](crate::AuthApi::roles)
pub static ROLES: Endpoint<Query<PageQuery>, Json<RoleList>> =
    Endpoint::get("roles", "/api/v1/auth/roles")
        .summary("The roles, by name.")
        .tag(TAG)
        .needs::<ReadUsers>();

/// [`AuthApi::put_role`](crate::AuthApi::put_role)
pub static PUT_ROLE: Endpoint<(Path<NamePath>, Json<RoleRequest>), Json<Role>> =
    Endpoint::put("put_role", "/api/v1/auth/roles/{name}")
        .summary("Makes a role or replaces what it holds.")
        .tag(TAG)
        .needs::<ManageRoles>();

/// [`AuthApi::remove_role`](crate::AuthApi::remove_role)
pub static REMOVE_ROLE: Endpoint<Path<NamePath>, NoContent> =
    Endpoint::delete("remove_role", "/api/v1/auth/roles/{name}")
        .summary("Removes a role; whoever has it loses what it held.")
        .tag(TAG)
        .needs::<ManageRoles>();

/// [`AuthApi::permissions`](crate::AuthApi::permissions)
pub static PERMISSIONS: Endpoint<(), Json<Permissions>> =
    Endpoint::get("permissions", "/api/v1/auth/permissions")
        .summary("Every permission that a role may hold.")
        .tag(TAG)
        .needs::<ReadUsers>();

/// [`AuthApi::clients`](crate::AuthApi::clients)
pub static CLIENTS: Endpoint<Query<PageQuery>, Json<ClientList>> =
    Endpoint::get("clients", "/api/v1/auth/clients")
        .summary("The programs that have an API key, by name.")
        .tag(TAG)
        .needs::<ManageClients>();

/// [`AuthApi::create_client`](crate::AuthApi::create_client)
pub static CREATE_CLIENT: Endpoint<Json<NewClientRequest>, Created<ClientKey>> =
    Endpoint::post("create_client", "/api/v1/auth/clients")
        .summary("Makes a client and its API key, which is shown once.")
        .tag(TAG)
        .needs::<ManageClients>()
        .once();

/// [`AuthApi::replace_client_key`](crate::AuthApi::replace_client_key)
pub static REPLACE_CLIENT_KEY: Endpoint<Path<IdPath>, Json<ClientKey>> =
    Endpoint::post("replace_client_key", "/api/v1/auth/clients/{id}/key")
        .summary("Gives a client another API key; the old one is good no more.")
        .tag(TAG)
        .needs::<ManageClients>();

/// [`AuthApi::revoke_client`](crate::AuthApi::revoke_client)
pub static REVOKE_CLIENT: Endpoint<Path<IdPath>, Json<Client>> =
    Endpoint::post("revoke_client", "/api/v1/auth/clients/{id}/revoke")
        .summary("Ends a client's API key.")
        .tag(TAG)
        .needs::<ManageClients>();

/// [`AuthApi::tenants`](crate::AuthApi::tenants)
pub static TENANTS: Endpoint<Query<PageQuery>, Json<TenantList>> =
    Endpoint::get("tenants", "/api/v1/auth/tenants")
        .summary("The tenants, by name.")
        .tag(TAG)
        .needs::<ManageTenants>();

/// [`AuthApi::create_tenant`](crate::AuthApi::create_tenant)
pub static CREATE_TENANT: Endpoint<Json<NewTenantRequest>, Created<CreatedTenant>> =
    Endpoint::post("create_tenant", "/api/v1/auth/tenants")
        .summary("Makes a tenant and invites its administrator.")
        .tag(TAG)
        .needs::<ManageTenants>()
        .once();

/// [`AuthApi::signing_keys`](crate::AuthApi::signing_keys)
pub static SIGNING_KEYS: Endpoint<(), Json<SigningKeyList>> =
    Endpoint::get("signing_keys", "/api/v1/auth/signing-keys")
        .summary("The keys that sign tokens.")
        .tag(TAG)
        .needs::<ManageSigningKeys>();

/// [`AuthApi::rotate_signing_key`](crate::AuthApi::rotate_signing_key)
pub static ROTATE_SIGNING_KEY: Endpoint<(), Json<SigningKeyList>> =
    Endpoint::post("rotate_signing_key", "/api/v1/auth/signing-keys/rotate")
        .summary("Makes the next signing key at once.")
        .tag(TAG)
        .needs::<ManageSigningKeys>();

/// [`AuthApi::issue_service_token`](crate::AuthApi::issue_service_token)
pub static ISSUE_SERVICE_TOKEN: Endpoint<Json<ServiceTokenRequest>, Json<ServiceToken>> =
    Endpoint::post("issue_service_token", "/api/v1/auth/service-tokens")
        .summary("A token for one call of one service to another.")
        .tag(TAG)
        .needs::<IssueServiceTokens>();

/// [`AuthApi::introspect`](crate::AuthApi::introspect)
pub static INTROSPECT_CREDENTIAL: Endpoint<Json<IntrospectRequest>, Json<Introspection>> =
    Endpoint::post("introspect_credential", "/api/v1/auth/introspect")
        .summary("What a token or key is worth that was shown to another process.")
        .tag(TAG)
        .needs::<IntrospectCredentials>()
        .priority(Priority::Critical);

/// [`AuthApi::open_break_glass`](crate::AuthApi::open_break_glass)
pub static OPEN_BREAK_GLASS: Endpoint<Json<BreakGlassRequest>, Created<BreakGlassToken>> =
    Endpoint::post("open_break_glass", "/api/v1/auth/break-glass")
        .summary(
            "Declares an emergency: more permissions for a while, for a reason that is reviewed.",
        )
        .tag(TAG)
        .needs::<UseBreakGlass>()
        .once()
        .priority(Priority::Critical);

/// [`AuthApi::break_glass_grants`](crate::AuthApi::break_glass_grants)
pub static BREAK_GLASS_GRANTS: Endpoint<Query<PageQuery>, Json<BreakGlassList>> =
    Endpoint::get("break_glass_grants", "/api/v1/auth/break-glass")
        .summary("The emergencies, the last first.")
        .tag(TAG)
        .needs::<ReviewBreakGlass>();

/// [`AuthApi::end_break_glass`](crate::AuthApi::end_break_glass)
pub static END_BREAK_GLASS: Endpoint<Path<IdPath>, Json<BreakGlassGrant>> =
    Endpoint::post("end_break_glass", "/api/v1/auth/break-glass/{id}/end")
        .summary("Ends an emergency: one's own, or as a reviewer another's.")
        .tag(TAG)
        .needs::<OwnAccount>();

/// [`AuthApi::review_break_glass`](crate::AuthApi::review_break_glass)
pub static REVIEW_BREAK_GLASS: Endpoint<
    (Path<IdPath>, Json<ReviewRequest>),
    Json<BreakGlassGrant>,
> = Endpoint::post("review_break_glass", "/api/v1/auth/break-glass/{id}/review")
    .summary("Reviews another's emergency that is over.")
    .tag(TAG)
    .needs::<ReviewBreakGlass>();
