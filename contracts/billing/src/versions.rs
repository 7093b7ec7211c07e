//! What has a version: for `ETag`.

use medcover_http::versioned;

use crate::{Invoice, Payment, Refund, WriteOff};

versioned! { Invoice, Payment, Refund, WriteOff }
