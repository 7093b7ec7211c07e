//! The call that the edge made of the request.

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use medcover_kernel::{Call, Error};

use crate::problem::Problem;

/// Hands the handler its [`Call`]: `InCall(call): InCall`. It is taken rather than copied, so ask for it once.
#[derive(Clone, Debug)]
pub struct InCall(pub Call);

impl<S: Sync> FromRequestParts<S> for InCall {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(&mut parts.extensions)
    }
}

impl InCall {
    pub(crate) fn of(extensions: &mut Extensions) -> Result<Self, Problem> {
        let call = extensions.remove::<Call>();
        call.map(Self)
            .ok_or_else(|| Error::internal("the route does not stand behind the edge").into())
    }
}
