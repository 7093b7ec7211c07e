//! How the API description shows the types of this crate, where the feature `schema` is on.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::{BasisPoints, Currency, Money, Rounding};

/// The schema of an id.
pub fn of_id() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
        .into()
}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("An ISO 4217 currency code."))
            .pattern(Some("^[A-Z]{3}$"))
            .into()
    }
}

impl ToSchema for Currency {}

impl PartialSchema for BasisPoints {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .description(Some("A rate in basis points: 10,000 are the whole."))
            .minimum(Some(0))
            .maximum(Some(10_000))
            .into()
    }
}

impl ToSchema for BasisPoints {}

impl PartialSchema for Rounding {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("What happens to the half of a minor unit."))
            .enum_values(Some(["half-even", "half-up"]))
            .into()
    }
}

impl ToSchema for Rounding {}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        let amount: Object = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(-Self::MAX_MINOR))
            .maximum(Some(Self::MAX_MINOR))
            .build();
        ObjectBuilder::new()
            .description(Some(
                "An amount in the minor units of a currency, such as cents.",
            ))
            .property("amount_minor", amount)
            .required("amount_minor")
            .property("currency", Currency::schema())
            .required("currency")
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
            .into()
    }
}

impl ToSchema for Money {}
