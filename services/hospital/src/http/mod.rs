//! The service over HTTP.

pub(crate) mod router;
