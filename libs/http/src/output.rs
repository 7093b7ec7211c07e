//! What an endpoint answers: written by the server, read by the client.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use medcover_kernel::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::extract::Json;
use crate::schema::BodySchema;

/// A form in which endpoints answer.
pub trait Output: 'static {
    /// What is answered.
    type Value: Send;
    /// The status of the answer.
    const STATUS: u16;
    /// The schema of the body, where there is one.
    #[doc(hidden)]
    fn body() -> Option<BodySchema>;
    /// The answer on the wire.
    fn write(value: Self::Value) -> Response;
    /// The answer from the wire.
    fn read(bytes: &Bytes) -> Result<Self::Value>;
}

/// Something new was made (201): its present state.
#[derive(Clone, Copy, Debug)]
pub struct Created<T>(pub T);

/// The work was taken and goes on after the answer (202): how to ask for it.
#[derive(Clone, Copy, Debug)]
pub struct Accepted<T>(pub T);

/// It was done, and there is nothing to say about it (204).
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        with_status(StatusCode::CREATED, self.0)
    }
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        with_status(StatusCode::ACCEPTED, self.0)
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// The body as JSON; a body that cannot be written keeps the status of that fault.
fn with_status(status: StatusCode, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}

fn from_json<T: DeserializeOwned>(bytes: &Bytes) -> Result<T> {
    serde_json::from_slice(bytes).map_err(Error::internal)
}

macro_rules! json_output {
    ($($form:ident $status:literal,)+) => {$(
        impl<T: Serialize + DeserializeOwned + ToSchema + Send + 'static> Output for $form<T> {
            type Value = T;
            const STATUS: u16 = $status;
            fn body() -> Option<BodySchema> {
                Some(BodySchema::of::<T>())
            }
            fn write(value: T) -> Response {
                $form(value).into_response()
            }
            fn read(bytes: &Bytes) -> Result<T> {
                from_json(bytes)
            }
        }
    )+};
}

json_output! { Json 200, Created 201, Accepted 202, }

impl Output for NoContent {
    type Value = ();
    const STATUS: u16 = 204;
    fn body() -> Option<BodySchema> {
        None
    }
    fn write((): ()) -> Response {
        Self.into_response()
    }
    fn read(_: &Bytes) -> Result<()> {
        Ok(())
    }
}

/// A page, a file, or whatever else is no JSON.
impl Output for () {
    type Value = Response;
    const STATUS: u16 = 200;
    fn body() -> Option<BodySchema> {
        None
    }
    fn write(value: Response) -> Response {
        value
    }
    fn read(bytes: &Bytes) -> Result<Response> {
        Ok(bytes.clone().into_response())
    }
}
