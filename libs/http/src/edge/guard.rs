//! Who asks: found out where that decides whether they may ask, or how much.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, Entry};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::IntoResponse as _;
use medcover_kernel::{Call, Credential, Error, ErrorKind, PermissionInfo, Replay, Result, Tier};
use medcover_resilience::Cost;
use medcover_telemetry::Context;

use super::{Answering, Gate};
use crate::body;
use crate::endpoint::{Access, Spec};
use crate::extract::InCall;
use crate::identify::{Identity, Shown, key, purpose, shown};
use crate::problem::Problem;
use crate::traffic::{Asker, Counted, Limits, Told};

/// What an endpoint demands that is not public.
pub(super) struct Guard {
    permission: PermissionInfo,
    once: bool,
}

/// Who asks, and what they showed.
type Known = (Identity, Option<Credential>);

/// The limits that hold for a request, where it comes from, and when it came.
#[derive(Clone, Copy)]
struct Limited<'a> {
    limits: &'a Limits,
    origin: IpAddr,
    now: Duration,
}

impl Guard {
    /// `None` where everybody may ask.
    pub(super) fn of(spec: &Spec) -> Option<Self> {
        match spec.access {
            Access::Public => None,
            Access::Needs(permission) => Some(Self {
                permission,
                once: spec.once,
            }),
            Access::Undecided => panic!(
                "`{}` is neither public nor needs a permission",
                spec.operation
            ),
        }
    }

    fn check_key(&self, call: &mut Call, headers: &HeaderMap) -> Result<()> {
        call.idempotency = key(headers)?;
        if self.once {
            if call.idempotency.is_none() {
                return Err(Error::no_idempotency_key());
            }
            call.replay = Some(Replay::default());
        }
        Ok(())
    }
}

impl Gate {
    /// Lets `handle` answer `request` if whoever sent it may ask that, and so much.
    pub(super) fn guarded(
        self: &Arc<Self>,
        mut request: Request,
        cost: Cost,
        handle: impl FnOnce(Request) -> Answering + Send + 'static,
    ) -> Answering {
        let gate = Arc::clone(self);
        Box::pin(async move {
            let mut told = None;
            let admitted = match InCall::of(request.extensions_mut()) {
                Ok(InCall(call)) => gate.admitted(call, cost, &mut request, &mut told).await,
                Err(problem) => Err(problem),
            };
            let mut response = match admitted {
                Ok(()) => handle(request).await,
                Err(problem) => {
                    body::discard(request).await;
                    problem.into_response()
                }
            };
            if let Some(told) = told {
                told.write(response.headers_mut());
            }
            if gate.guard.is_some() {
                never_stored(response.headers_mut());
            }
            response
        })
    }

    /// Lets `handle` answer `request` if that much is left to `counted`, as those say who count it elsewhere.
    pub(super) fn counted(
        self: &Arc<Self>,
        request: Request,
        counted: Counted,
        (cost, now): (Cost, Duration),
        handle: impl FnOnce(Request) -> Answering + Send + 'static,
    ) -> Answering {
        let gate = Arc::clone(self);
        Box::pin(async move {
            let Some(limits) = gate.limits() else {
                return handle(request).await;
            };
            let charge = limits.charge(counted, cost, now).await;
            let mut response = match charge.refused {
                None => handle(request).await,
                Some(problem) => {
                    body::discard(request).await;
                    problem.into_response()
                }
            };
            charge.told.write(response.headers_mut());
            response
        })
    }

    /// Finds out who asks, charges them, and sees whether they may. Whoever shows nothing that holds is charged where they
    /// are: at their address.
    async fn admitted(
        &self,
        mut call: Call,
        cost: Cost,
        request: &mut Request,
        told: &mut Option<Told>,
    ) -> Result<(), Problem> {
        let limited = self.limited(request);
        let known = self.known(&call, request.headers(), limited).await;
        if let Some(limited) = limited
            && let Some(counted) = counted(known.as_ref().ok(), limited.origin)
        {
            let charge = limited.limits.charge(counted, cost, limited.now).await;
            *told = Some(charge.told);
            charge.refused.map_or(Ok(()), Err)?;
            request.extensions_mut().insert(counted);
        }
        if let Some(guard) = &self.guard {
            let (identity, credential) = known?;
            call.credential = credential;
            self.permit(guard, &mut call, identity, request.headers())
                .await?;
            Context::name_user(call.caller.to_string());
        }
        request.extensions_mut().insert(call);
        Ok(())
    }

    fn limited<'a>(&'a self, request: &Request) -> Option<Limited<'a>> {
        let limits = self.limits()?;
        Some(Limited {
            limits,
            origin: limits.origin(request)?,
            now: self.shared.clock.elapsed(),
        })
    }

    /// Who asks. Where too much was shown that does not hold, only what held lately is looked at.
    async fn known(
        &self,
        call: &Call,
        headers: &HeaderMap,
        limited: Option<Limited<'_>>,
    ) -> Result<Known, Problem> {
        let known = &self.shared.identify;
        let Some((shown, credential)) = shown(headers)? else {
            return Ok((known.unshown(call).await?, None));
        };
        let Some(Limited {
            limits,
            origin,
            now,
        }) = limited
        else {
            let identity = known.identify(shown, call).await;
            return Ok((
                identity.map_err(Problem::of_bad_credentials)?,
                Some(credential),
            ));
        };
        let text = text(shown);
        limits.may_show(text, origin, now)?;
        match known.identify(shown, call).await {
            Ok(identity) => {
                limits.held(text);
                Ok((identity, Some(credential)))
            }
            Err(error) => {
                if error.kind() == ErrorKind::Unauthenticated {
                    limits.did_not_hold(text, origin, now);
                }
                Err(Problem::of_bad_credentials(error))
            }
        }
    }

    /// Makes `call` that of whoever is known to ask, if they may make it.
    async fn permit(
        &self,
        guard: &Guard,
        call: &mut Call,
        identity: Identity,
        headers: &HeaderMap,
    ) -> Result<(), Problem> {
        call.tenant = identity.tenant;
        call.caller = identity.caller;
        call.scopes = identity.scopes;
        call.tier = identity.tier;
        if !call.scopes.has(guard.permission.name) {
            self.shared.identify.refused(call, guard.permission).await;
            return Err(Problem::lacks(guard.permission));
        }
        call.purpose = match identity.purpose {
            Some(purpose) => purpose,
            None => purpose(headers)?,
        };
        Ok(guard.check_key(call, headers)?)
    }
}

/// What somebody may see who is known is for nobody on the way to keep, nor for the disk of a browser.
fn never_stored(headers: &mut HeaderMap) {
    if let Entry::Vacant(entry) = headers.entry(CACHE_CONTROL) {
        entry.insert(HeaderValue::from_static("no-store"));
    }
}

/// As whom to count; `None` for those who are not limited.
fn counted(known: Option<&Known>, origin: IpAddr) -> Option<Counted> {
    match known {
        Some((identity, _)) => Some(Counted {
            tier: identity.tier,
            asker: Asker::of(&identity.caller)?,
        }),
        None => Some(Counted {
            tier: Tier::Anonymous,
            asker: Asker::at(origin),
        }),
    }
}

const fn text(shown: Shown<'_>) -> &[u8] {
    match shown {
        Shown::Bearer(text) | Shown::ApiKey(text) => text.as_bytes(),
    }
}
