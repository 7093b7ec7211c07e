//! The schemas of bodies, as the description needs them.

use std::borrow::Cow;

use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

type Named = (String, RefOr<Schema>);

/// The schema of a body, with the schemas it refers to.
#[derive(Clone, Copy, Debug)]
pub struct BodySchema {
    pub(crate) name: fn() -> Cow<'static, str>,
    pub(crate) schema: fn() -> RefOr<Schema>,
    pub(crate) nested: fn(&mut Vec<Named>),
}

impl BodySchema {
    /// The schema of `T`.
    pub(crate) const fn of<T: ToSchema>() -> Self {
        Self {
            name: T::name,
            schema: T::schema,
            nested: T::schemas,
        }
    }
}
