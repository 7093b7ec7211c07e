//! Extractors that name the field at fault.

mod call;
mod json;
mod pairs;
mod path;
mod query;

pub use call::InCall;
pub use json::{Json, RawJson};
pub use path::Path;
pub use query::Query;
