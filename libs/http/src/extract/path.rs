//! The parameters in the path of a request.

use std::borrow::Cow;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use medcover_kernel::Error;
use serde::de::DeserializeOwned;

use super::pairs;
use super::query::well_encoded;
use crate::problem::Problem;

/// The parameters of the path as the struct `T`, whose fields have their names.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if !well_encoded(parts.uri.path()) {
            return Err(badly_encoded());
        }
        let raw = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| badly_encoded())?;
        let value = pairs::read(|| {
            raw.iter()
                .map(|(name, value)| Ok((Cow::Borrowed(name), Cow::Borrowed(value))))
        })?;
        Ok(Self(value))
    }
}

fn badly_encoded() -> Problem {
    Error::invalid(
        "",
        "the path is not well encoded: UTF-8, with %41 and the like",
    )
    .into()
}
