//! What an endpoint takes: read by the server, written by the client.

use std::fmt::Write as _;

use axum::extract::{FromRequest as _, FromRequestParts as _, Request};
use bytes::Bytes;
use medcover_kernel::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::openapi::path::ParameterIn;
use utoipa::{IntoParams, ToSchema};

use crate::body;
use crate::extract::{Json, Path, Query};
use crate::problem::Problem;
use crate::schema::BodySchema;

/// A form in which endpoints take what they need: `()`, [`Path`], [`Query`], [`Json`], or a path with one of the others.
pub trait Input: Sized + Send + 'static {
    /// What the description says of it.
    #[doc(hidden)]
    fn shape() -> Shape;
    /// Reads it from a request, or says which field is at fault.
    fn read(request: Request) -> impl Future<Output = Result<Self, Problem>> + Send;
    /// Writes it into a request.
    fn write(&self, out: &mut Outgoing) -> Result<()>;
}

/// The parameters and body of an endpoint.
#[derive(Debug, Default)]
pub struct Shape {
    pub(crate) parameters: Vec<Value>,
    pub(crate) body: Option<BodySchema>,
}

/// A request on its way out.
#[derive(Debug)]
pub struct Outgoing {
    pub(crate) path_and_query: String,
    pub(crate) body: Option<Bytes>,
}

impl Outgoing {
    pub(crate) fn to(path: &str) -> Self {
        Self {
            path_and_query: path.to_owned(),
            body: None,
        }
    }

    pub(crate) fn json(&mut self, body: &impl Serialize) -> Result<()> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        self.body = Some(body.into());
        Ok(())
    }
}

impl Input for () {
    fn shape() -> Shape {
        Shape::default()
    }

    async fn read(request: Request) -> Result<Self, Problem> {
        body::discard(request).await;
        Ok(())
    }

    fn write(&self, _: &mut Outgoing) -> Result<()> {
        Ok(())
    }
}

impl<T: Parameters> Input for Path<T> {
    fn shape() -> Shape {
        Shape {
            parameters: described::<T>(&ParameterIn::Path),
            body: None,
        }
    }

    async fn read(request: Request) -> Result<Self, Problem> {
        let (mut parts, _) = request.into_parts();
        Self::from_request_parts(&mut parts, &()).await
    }

    fn write(&self, out: &mut Outgoing) -> Result<()> {
        for (name, value) in pairs(&self.0)? {
            let place = format!("{{{name}}}");
            out.path_and_query = out.path_and_query.replace(&place, &encoded(&value));
        }
        Ok(())
    }
}

impl<T: Parameters> Input for Query<T> {
    fn shape() -> Shape {
        Shape {
            parameters: described::<T>(&ParameterIn::Query),
            body: None,
        }
    }

    async fn read(request: Request) -> Result<Self, Problem> {
        let (mut parts, _) = request.into_parts();
        Self::from_request_parts(&mut parts, &()).await
    }

    fn write(&self, out: &mut Outgoing) -> Result<()> {
        for (place, (name, value)) in pairs(&self.0)?.into_iter().enumerate() {
            out.path_and_query.push(if place == 0 { '?' } else { '&' });
            let (name, value) = (encoded(&name), encoded(&value));
            out.path_and_query.extend([&*name, "=", &*value]);
        }
        Ok(())
    }
}

impl<T> Input for Json<T>
where
    T: Serialize + DeserializeOwned + ToSchema + Send + 'static,
{
    fn shape() -> Shape {
        Shape {
            parameters: Vec::new(),
            body: Some(BodySchema::of::<T>()),
        }
    }

    async fn read(request: Request) -> Result<Self, Problem> {
        Self::from_request(request, &()).await
    }

    fn write(&self, out: &mut Outgoing) -> Result<()> {
        out.json(&self.0)
    }
}

impl<T: Parameters, R: Input> Input for (Path<T>, R) {
    fn shape() -> Shape {
        let (mut path, rest) = (Path::<T>::shape(), R::shape());
        path.parameters.extend(rest.parameters);
        Shape {
            parameters: path.parameters,
            body: rest.body,
        }
    }

    async fn read(request: Request) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let path = Path::from_request_parts(&mut parts, &()).await?;
        let rest = R::read(Request::from_parts(parts, body)).await?;
        Ok((path, rest))
    }

    fn write(&self, out: &mut Outgoing) -> Result<()> {
        self.0.write(out)?;
        self.1.write(out)
    }
}

/// Parameters of a path or a query: a struct whose fields are plain values.
pub trait Parameters: Serialize + DeserializeOwned + IntoParams + Send + 'static {}

impl<T: Serialize + DeserializeOwned + IntoParams + Send + 'static> Parameters for T {}

fn described<T: IntoParams>(place: &ParameterIn) -> Vec<Value> {
    let parameters = T::into_params(|| Some(place.clone()));
    let plain = |parameter| serde_json::to_value(parameter).expect("descriptions are plain JSON");
    parameters.into_iter().map(plain).collect()
}

/// The fields of `parameters` that have a value, as text.
fn pairs(parameters: &impl Serialize) -> Result<Vec<(String, String)>> {
    let Value::Object(fields) = serde_json::to_value(parameters).map_err(Error::internal)? else {
        return Err(Error::internal("parameters are a struct with named fields"));
    };
    let mut pairs = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        match value {
            Value::Null => {}
            Value::String(text) => pairs.push((name, text)),
            Value::Bool(_) | Value::Number(_) => pairs.push((name, value.to_string())),
            Value::Array(_) | Value::Object(_) => {
                return Err(Error::internal(format!(
                    "the parameter `{name}` is no plain value"
                )));
            }
        }
    }
    Ok(pairs)
}

/// Every byte as `%41` that does not stand for itself everywhere in an address.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string succeeds");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoParams)]
    struct Wanted {
        q: String,
        limit: u32,
        exact: bool,
        #[serde(default)]
        after: Option<String>,
    }

    fn sent<I: Input>(input: &I, path: &str) -> Outgoing {
        let mut out = Outgoing::to(path);
        input.write(&mut out).expect("plain values");
        out
    }

    #[test]
    fn a_path_parameter_stays_one_part_of_the_path() {
        #[derive(Serialize, Deserialize, IntoParams)]
        struct At {
            code: String,
        }
        let code = "a/b ?é".to_owned();
        let out = sent(&Path(At { code }), "/codes/{code}/children");
        assert_eq!(out.path_and_query, "/codes/a%2Fb%20%3F%C3%A9/children");
    }

    #[test]
    fn what_is_absent_is_not_sent() {
        let wanted = Wanted {
            q: "a".to_owned(),
            limit: 3,
            exact: true,
            after: None,
        };
        let out = sent(&Query(wanted), "/s");
        assert_eq!(out.path_and_query, "/s?exact=true&limit=3&q=a");
    }

    proptest! {
        #[test]
        fn what_the_client_writes_the_server_reads(
            q in ".{0,40}", limit: u32, exact: bool, after in proptest::option::of(".{0,10}"),
        ) {
            let wanted = Wanted { q, limit, exact, after };
            let out = sent(&Query(wanted.clone()), "/s");
            let (_, query) = out.path_and_query.split_once('?').expect("a query");
            let read = Query::<Wanted>::read(query).expect("its own text");
            prop_assert_eq!(read, wanted);
        }
    }
}
