//! Every address of the service.

use std::sync::Arc;

use medcover_contract_auth::endpoints::{self as at, IdPath, NamePath, PageQuery};
use medcover_contract_auth::{AuthApi as _, BreakGlassId};
use medcover_http::{Json, Path, Query, Routes};
use medcover_kernel::{Call, ClientId, Limit, UserId};

use crate::app::AuthService;

type App = Arc<AuthService>;

/// The addresses with what answers them.
pub(crate) fn router(service: App) -> Routes<App> {
    of_clients(of_users(of_sessions(Routes::new(service))))
        .answer(&at::TENANTS, async |app: App, call: Call, Query(page)| {
            app.tenants(&call, page.after.clone(), limit(&page)).await
        })
        .answer(
            &at::CREATE_TENANT,
            async |app: App, call: Call, Json(request)| app.create_tenant(&call, request).await,
        )
        .answer(
            &at::OPEN_BREAK_GLASS,
            async |app: App, call: Call, Json(request)| app.open_break_glass(&call, request).await,
        )
        .answer(
            &at::BREAK_GLASS_GRANTS,
            async |app: App, call: Call, Query(page)| {
                app.break_glass_grants(&call, page.after.clone(), limit(&page))
                    .await
            },
        )
        .answer(
            &at::END_BREAK_GLASS,
            async |app: App, call: Call, Path(at)| app.end_break_glass(&call, emergency(at)).await,
        )
        .answer(
            &at::REVIEW_BREAK_GLASS,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.review_break_glass(&call, emergency(at), request).await
            },
        )
}

fn of_sessions(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(&at::SIGN_IN, async |app: App, call: Call, Json(request)| {
            app.sign_in(&call, request).await
        })
        .answer(&at::REFRESH, async |app: App, call: Call, Json(request)| {
            app.refresh(&call, request).await
        })
        .answer(
            &at::ACCEPT_INVITATION,
            async |app: App, call: Call, Json(request)| app.accept_invitation(&call, request).await,
        )
        .answer(&at::JWKS, async |app: App, call: Call, ()| {
            app.jwks(&call).await
        })
        .answer(&at::DISCOVERY, async |app: App, call: Call, ()| {
            app.discovery(&call).await
        })
        .answer(&at::ME, async |app: App, call: Call, ()| {
            app.me(&call).await
        })
        .answer(
            &at::SIGN_OUT,
            async |app: App, call: Call, Json(request)| app.sign_out(&call, request).await,
        )
        .answer(
            &at::CHANGE_PASSWORD,
            async |app: App, call: Call, Json(request)| app.change_password(&call, request).await,
        )
}

fn of_users(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(&at::USERS, async |app: App, call: Call, Query(page)| {
            app.users(&call, page.after.clone(), limit(&page)).await
        })
        .answer(&at::USER, async |app: App, call: Call, Path(at)| {
            app.user(&call, user(at)).await
        })
        .answer(
            &at::INVITE_USER,
            async |app: App, call: Call, Json(request)| app.invite_user(&call, request).await,
        )
        .answer(
            &at::REINVITE_USER,
            async |app: App, call: Call, Path(at)| app.reinvite_user(&call, user(at)).await,
        )
        .answer(
            &at::SET_USER_ROLES,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.set_user_roles(&call, user(at), request).await
            },
        )
        .answer(&at::DISABLE_USER, async |app: App, call: Call, Path(at)| {
            app.disable_user(&call, user(at)).await
        })
        .answer(&at::ENABLE_USER, async |app: App, call: Call, Path(at)| {
            app.enable_user(&call, user(at)).await
        })
        .answer(&at::UNLOCK_USER, async |app: App, call: Call, Path(at)| {
            app.unlock_user(&call, user(at)).await
        })
        .answer(&at::ROLES, async |app: App, call: Call, Query(page)| {
            app.roles(&call, page.after.clone(), limit(&page)).await
        })
        .answer(
            &at::PUT_ROLE,
            async |app: App, call: Call, (Path(NamePath { name }), Json(request))| {
                app.put_role(&call, &name, request).await
            },
        )
        .answer(
            &at::REMOVE_ROLE,
            async |app: App, call: Call, Path(NamePath { name })| {
                app.remove_role(&call, &name).await
            },
        )
        .answer(&at::PERMISSIONS, async |app: App, call: Call, ()| {
            app.permissions(&call).await
        })
}

fn of_clients(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(&at::CLIENTS, async |app: App, call: Call, Query(page)| {
            app.clients(&call, page.after.clone(), limit(&page)).await
        })
        .answer(
            &at::CREATE_CLIENT,
            async |app: App, call: Call, Json(request)| app.create_client(&call, request).await,
        )
        .answer(
            &at::REPLACE_CLIENT_KEY,
            async |app: App, call: Call, Path(at)| app.replace_client_key(&call, client(at)).await,
        )
        .answer(
            &at::REVOKE_CLIENT,
            async |app: App, call: Call, Path(at)| app.revoke_client(&call, client(at)).await,
        )
        .answer(&at::SIGNING_KEYS, async |app: App, call: Call, ()| {
            app.signing_keys(&call).await
        })
        .answer(&at::ROTATE_SIGNING_KEY, async |app: App, call: Call, ()| {
            app.rotate_signing_key(&call).await
        })
        .answer(
            &at::ISSUE_SERVICE_TOKEN,
            async |app: App, call: Call, Json(request)| {
                app.issue_service_token(&call, request).await
            },
        )
        .answer(
            &at::INTROSPECT_CREDENTIAL,
            async |app: App, call: Call, Json(request)| app.introspect(&call, request).await,
        )
}

fn limit(page: &PageQuery) -> Limit {
    page.limit.unwrap_or(Limit::DEFAULT)
}

const fn user(at: IdPath) -> UserId {
    UserId::from_uuid(at.id)
}

const fn client(at: IdPath) -> ClientId {
    ClientId::from_uuid(at.id)
}

const fn emergency(at: IdPath) -> BreakGlassId {
    BreakGlassId::from_uuid(at.id)
}
