//! The service over HTTP. What an endpoint takes and answers is in its constant, so there is nothing but the table.

pub(crate) mod router;
