//! JSON bodies, in and out.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use medcover_kernel::{Error, ErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use crate::body;
use crate::problem::Problem;

/// As a parameter, the JSON body as `T`, refused with a pointer to the value at fault; nesting is bounded at 128 levels.
/// As an answer, `T` as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// An answer that is JSON text already.
#[derive(Clone, Debug)]
pub struct RawJson(pub Vec<u8>);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            body::discard(request).await;
            return Err(Problem::wrong_content_type());
        }
        let bytes = body::read(request.into_body()).await?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| explain::<T>(&bytes, &error).into())
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(given) = headers.get(CONTENT_TYPE).and_then(|h| h.to_str().ok()) else {
        return false;
    };
    let essence = given.split(';').next().unwrap_or_default().trim();
    let ends_in_json = essence
        .len()
        .checked_sub("+json".len())
        .and_then(|at| essence.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case("+json"));
    essence.eq_ignore_ascii_case("application/json")
        || (ends_in_json && essence.to_ascii_lowercase().starts_with("application/"))
}

/// Reads the body again, slowly, to find where it is wrong.
#[cold]
fn explain<T: DeserializeOwned>(bytes: &Bytes, error: &serde_json::Error) -> Error {
    if !error.is_data() {
        let detail = format!("The body is not JSON: {error}.");
        return Error::new(ErrorKind::Invalid, "invalid-json", detail);
    }
    let mut again = serde_json::Deserializer::from_slice(bytes);
    let (pointer, detail) = match serde_path_to_error::deserialize::<_, T>(&mut again) {
        Err(found) => (pointer(found.path()), without_place(found.inner())),
        Ok(_) => (String::new(), without_place(error)),
    };
    Error::new(
        ErrorKind::Invalid,
        "invalid-request",
        "The request has a field that is not valid.",
    )
    .with_fault(pointer, detail)
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                let key = &key[..key.floor_char_boundary(100)];
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Unknown => pointer.push('?'),
        }
    }
    pointer
}

/// The message without "at line 1 column 9": the pointer says it better.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message
        .strip_suffix(&place)
        .map_or(message.clone(), ToOwned::to_owned)
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(text) => RawJson(text).into_response(),
            Err(error) => Problem::from(Error::internal(error)).into_response(),
        }
    }
}

impl IntoResponse for RawJson {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.0));
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Batch {
        #[expect(dead_code, reason = "only its type matters")]
        codes: Vec<Code>,
        #[expect(dead_code, reason = "only its type matters")]
        limit: Option<u8>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Code {
        #[expect(dead_code, reason = "only its type matters")]
        code: String,
    }

    fn fault(body: &'static str) -> (String, String) {
        let bytes = Bytes::from_static(body.as_bytes());
        let error = serde_json::from_slice::<Batch>(&bytes).expect_err("at fault");
        let error = explain::<Batch>(&bytes, &error);
        let pointer = error.faults().first().map(|f| f.pointer.to_string());
        (pointer.unwrap_or_default(), error.to_string())
    }

    #[test]
    fn points_at_the_value() {
        assert_eq!(
            fault(r#"{"codes":[{"code":"a"},{"code":7}]}"#).0,
            "/codes/1/code"
        );
        assert_eq!(fault(r#"{"codes":[],"limit":300}"#).0, "/limit");
        assert_eq!(fault(r#"{"codes":[],"limt":3}"#).0, "/limt");
        assert_eq!(fault(r#"{"codes":[{"kode":"a"}]}"#).0, "/codes/0/kode");
        let missing = fault(r#"{"limit":3}"#);
        assert!(missing.1.contains("missing field `codes`"), "{missing:?}");
        assert!(!missing.1.contains("column"), "{missing:?}");
    }

    #[test]
    fn says_where_the_text_is_no_json() {
        assert!(fault("{\"codes\":[}").1.contains("line 1 column 11"));
        let deep: &'static str = Box::leak("[".repeat(100_000).into_boxed_str());
        assert!(
            fault(deep).1.contains("recursion limit") || fault(deep).1.contains("invalid type")
        );
    }

    #[test]
    fn knows_json_by_its_type() {
        let of = |text: &str| {
            let value = HeaderValue::from_str(text).expect("a value");
            is_json(&HeaderMap::from_iter([(CONTENT_TYPE, value)]))
        };
        assert!(of("application/json; charset=utf-8") && of("Application/FHIR+json"));
        assert!(!of("text/json") && !of("application/jsonp") && !of("+json"));
    }
}
