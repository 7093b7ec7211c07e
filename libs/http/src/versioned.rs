//! Versions of things as entity tags: `ETag` where one is read, `If-Match` where one is changed.
//!
//! The tag is the version in quotes. Compression weakens it on the way (`W/"7"`), and it still names that version, so
//! `If-Match` takes it in both forms.

use axum::extract::Request;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use medcover_kernel::{Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use utoipa::ToSchema;

use crate::extract::Json;
use crate::input::{Input, Outgoing, Shape};
use crate::output::Output;
use crate::problem::Problem;
use crate::schema::BodySchema;

/// An answer that tells the version of what it shows.
pub trait Versioned {
    /// The version. Equal versions of a thing are equal answers.
    fn version(&self) -> u64;
}

/// A change that may name the version it was made on.
pub trait BasedOn {
    /// The place of the version; nothing is compared where there is none.
    fn based_on(&mut self) -> &mut Option<u64>;
}

/// Says of answers that their field `version` is their version.
#[macro_export]
macro_rules! versioned {
    ($($answer:ty),+ $(,)?) => {$(
        impl $crate::Versioned for $answer {
            fn version(&self) -> u64 {
                self.version
            }
        }
    )+};
}

/// Says of changes that their field `version` names the version they were made on.
#[macro_export]
macro_rules! based_on {
    ($($request:ty),+ $(,)?) => {$(
        impl $crate::BasedOn for $request {
            fn based_on(&mut self) -> &mut Option<u64> {
                &mut self.version
            }
        }
    )+};
}

/// As an answer, `T` as JSON with its version as `ETag`. Whoever says by `If-None-Match` that they hold it is told 304.
#[derive(Clone, Copy, Debug)]
pub struct Tagged<T>(pub T);

/// As a parameter, `T` as JSON, whose version may come as `If-Match`.
#[derive(Clone, Copy, Debug)]
pub struct IfMatch<T>(pub T);

impl<T> Output for Tagged<T>
where
    T: Versioned + Serialize + DeserializeOwned + ToSchema + Send + 'static,
{
    type Value = T;
    const STATUS: u16 = 200;

    fn body() -> Option<BodySchema> {
        Some(BodySchema::of::<T>())
    }

    fn write(value: T) -> Response {
        let tag = HeaderValue::from_str(&format!("\"{}\"", value.version()));
        let mut response = Json(value).into_response();
        if response.status() == StatusCode::OK {
            let tag = tag.expect("digits in quotes");
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }

    fn read(bytes: &Bytes) -> Result<T> {
        serde_json::from_slice(bytes).map_err(Error::internal)
    }
}

impl<T> Input for IfMatch<T>
where
    T: BasedOn + Serialize + DeserializeOwned + ToSchema + Send + 'static,
{
    fn shape() -> Shape {
        let mut shape = Json::<T>::shape();
        shape.parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": false,
            "description": "The `ETag` of the version that the change was made on. If there is another by now, nothing is \
                            changed (412).",
            "schema": {"type": "string"},
        }));
        shape
    }

    async fn read(request: Request) -> Result<Self, Problem> {
        let wanted = wanted(request.headers());
        let Json(mut change) = <Json<T> as Input>::read(request).await?;
        if let Some(wanted) = wanted? {
            let version = change.based_on();
            if version.is_some_and(|version| version != wanted) {
                let detail = "names another version than `If-Match`";
                return Err(Error::invalid("/version", detail).into());
            }
            *version = Some(wanted);
        }
        Ok(Self(change))
    }

    fn write(&self, out: &mut Outgoing) -> Result<()> {
        out.json(&self.0)
    }
}

/// The version that `If-Match` names; none where it says "any", or nothing.
fn wanted(headers: &HeaderMap) -> Result<Option<u64>> {
    let mut given = headers.get_all(IF_MATCH).iter();
    let Some(header) = given.next() else {
        return Ok(None);
    };
    let text = header.to_str().unwrap_or_default().trim();
    if given.next().is_some() || text.contains(',') {
        return Err(Error::invalid("/If-Match", "names more than one version"));
    }
    if text == "*" {
        return Ok(None);
    }
    let tag = text.strip_prefix("W/").unwrap_or(text);
    let quoted = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let Some(opaque) = quoted else {
        return Err(Error::invalid(
            "/If-Match",
            "must be a tag in quotes, as `ETag` gives it",
        ));
    };
    // A tag that no answer ever carried fits no version.
    opaque.parse().map(Some).map_err(|_| {
        let message = "`If-Match` names no version of this: read it again.";
        Error::new(ErrorKind::PreconditionFailed, "version-changed", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&'static str]) -> Result<Option<u64>, ErrorKind> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append(IF_MATCH, HeaderValue::from_static(text));
        }
        wanted(&headers).map_err(|error| error.kind())
    }

    #[test]
    fn a_tag_names_a_version_or_none() {
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&["*"]), Ok(None));
        assert_eq!(of(&["\"7\""]), Ok(Some(7)));
        assert_eq!(of(&[" W/\"7\""]), Ok(Some(7)), "compression weakens tags");
        assert_eq!(of(&["\"abc\""]), Err(ErrorKind::PreconditionFailed));
        assert_eq!(of(&["\"-1\""]), Err(ErrorKind::PreconditionFailed));
        for wrong in [
            &["7"][..],
            &[""],
            &["\"7"],
            &["\"7\", \"8\""],
            &["\"7\"", "\"7\""],
        ] {
            assert_eq!(of(wrong), Err(ErrorKind::Invalid), "{wrong:?}");
        }
    }
}
