//! An endpoint as data: the one constant that router, metrics, limits, deny tables and OpenAPI read.

use std::borrow::Cow;

use axum::routing::MethodFilter;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, ToSchema};

/// The methods that endpoints answer to. HEAD comes with GET; OPTIONS comes with every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Does, or makes.
    Post,
    /// Replaces.
    Put,
    /// Changes in part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The name as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// One method on one path, and all that is decided about it before a request comes.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// Its unique name: label of its metrics, field of its log lines, `operationId` of its description.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with parameters in braces: `/api/v1/codes/{code}`.
    pub path: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// The chapter of the API description it stands in.
    pub tag: &'static str,
    /// Whether it answers without credentials.
    pub public: bool,
    /// What one request takes from the caller's rate limit, in hundredths of a request.
    pub weight_percent: u16,
    /// Whether it belongs to the API description; pages and files do not.
    pub described: bool,
    pub(crate) path_parameters: Option<Parameters>,
    pub(crate) query_parameters: Option<Parameters>,
    pub(crate) request: Option<BodySchema>,
    pub(crate) answer: Option<BodySchema>,
}

impl Endpoint {
    /// An endpoint that needs credentials, weighs one request and answers JSON of no described shape.
    pub const fn new(operation: &'static str, method: Method, path: &'static str) -> Self {
        Self {
            operation,
            method,
            path,
            summary: "",
            tag: "",
            public: false,
            weight_percent: 100,
            described: true,
            path_parameters: None,
            query_parameters: None,
            request: None,
            answer: None,
        }
    }

    /// [`Endpoint::new`] for GET.
    pub const fn get(operation: &'static str, path: &'static str) -> Self {
        Self::new(operation, Method::Get, path)
    }

    /// [`Endpoint::new`] for POST.
    pub const fn post(operation: &'static str, path: &'static str) -> Self {
        Self::new(operation, Method::Post, path)
    }

    /// Says in one sentence what it does.
    #[must_use]
    pub const fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Puts it into a chapter of the API description.
    #[must_use]
    pub const fn tag(mut self, tag: &'static str) -> Self {
        self.tag = tag;
        self
    }

    /// Answers without credentials.
    #[must_use]
    pub const fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// Takes `percent` hundredths of a request from the caller's rate limit.
    #[must_use]
    pub const fn weight_percent(mut self, percent: u16) -> Self {
        self.weight_percent = percent;
        self
    }

    /// Leaves it out of the API description: for pages and files.
    #[must_use]
    pub const fn undescribed(mut self) -> Self {
        self.described = false;
        self
    }

    /// Takes the parameters of its path from the fields of `T`.
    #[must_use]
    pub const fn path<T: IntoParams>(mut self) -> Self {
        self.path_parameters = Some(Parameters::of::<T>());
        self
    }

    /// Takes the parameters of its query from the fields of `T`.
    #[must_use]
    pub const fn query<T: IntoParams>(mut self) -> Self {
        self.query_parameters = Some(Parameters::of::<T>());
        self
    }

    /// Takes a JSON body of type `T`.
    #[must_use]
    pub const fn takes<T: ToSchema>(mut self) -> Self {
        self.request = Some(BodySchema::of::<T>());
        self
    }

    /// Answers a JSON body of type `T`.
    #[must_use]
    pub const fn answers<T: ToSchema>(mut self) -> Self {
        self.answer = Some(BodySchema::of::<T>());
        self
    }
}

/// The parameters that a type's fields describe.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters(pub(crate) fn(ParameterIn) -> Vec<Parameter>);

impl Parameters {
    const fn of<T: IntoParams>() -> Self {
        Self(|place| T::into_params(|| Some(place.clone())))
    }
}

type Named = (String, RefOr<Schema>);

/// The schema of a body, with the schemas it refers to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodySchema {
    pub(crate) name: fn() -> Cow<'static, str>,
    pub(crate) schema: fn() -> RefOr<Schema>,
    pub(crate) nested: fn(&mut Vec<Named>),
}

impl BodySchema {
    pub(crate) const fn of<T: ToSchema>() -> Self {
        Self {
            name: T::name,
            schema: T::schema,
            nested: T::schemas,
        }
    }
}
