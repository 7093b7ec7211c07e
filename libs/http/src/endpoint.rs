//! An endpoint as data: the one constant that router, client, metrics, limits, deny tables and OpenAPI read.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use axum::routing::MethodFilter;
use medcover_kernel::{Permission, PermissionInfo};
use medcover_resilience::Priority;

use crate::input::{Input, Shape};
use crate::output::Output;
use crate::schema::BodySchema;

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

    pub(crate) const fn on_the_wire(self) -> axum::http::Method {
        match self {
            Self::Get => axum::http::Method::GET,
            Self::Post => axum::http::Method::POST,
            Self::Put => axum::http::Method::PUT,
            Self::Patch => axum::http::Method::PATCH,
            Self::Delete => axum::http::Method::DELETE,
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

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody has decided. No router takes such an endpoint.
    Undecided,
    /// Everybody, without credentials.
    Public,
    /// Whoever has this permission.
    Needs(PermissionInfo),
}

/// All that is decided about an endpoint but the types of what it takes and answers.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Spec {
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
    /// Who may ask.
    pub access: Access,
    /// Whether a request must name itself by an `Idempotency-Key`, under which it has its effect once.
    pub once: bool,
    /// What one request takes from the caller's rate limit, in hundredths of a request.
    pub weight_percent: u16,
    /// How much it matters when there is not room for all.
    pub priority: Priority,
    /// Whether it belongs to the API description; pages and files do not.
    pub described: bool,
    /// The status of its answer.
    pub status: u16,
    pub(crate) input: fn() -> Shape,
    pub(crate) output: fn() -> Option<BodySchema>,
}

/// One method on one path, and all that is decided about it before a request comes: it takes `I` and answers `O`.
///
/// `I` is made of [`Path`](crate::Path), [`Query`](crate::Query) and [`Json`](crate::Json), or `()`; `O` is `Json<T>`,
/// [`Created<T>`](crate::Created), [`Accepted<T>`](crate::Accepted), [`NoContent`](crate::NoContent), or `()` for what is
/// no JSON, such as a page. Router, client and description follow from the constant:
///
/// ```
/// use medcover_http::{Created, Endpoint, Json};
/// # #[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
/// # struct Account { name: String }
/// # medcover_kernel::permission! {
/// #     /// Opens accounts.
/// #     pub OpenAccounts = "accounts.open";
/// # }
/// static OPEN_ACCOUNT: Endpoint<Json<Account>, Created<Account>> = Endpoint::post("open_account", "/api/v1/accounts")
///     .summary("Opens an account.")
///     .needs::<OpenAccounts>()
///     .once();
/// assert_eq!(OPEN_ACCOUNT.status, 201);
/// ```
pub struct Endpoint<I = (), O = ()> {
    spec: Spec,
    types: PhantomData<fn(I) -> O>,
}

impl<I: Input, O: Output> Endpoint<I, O> {
    /// An endpoint that weighs one request. Whoever makes it must still say who may ask.
    pub const fn new(operation: &'static str, method: Method, path: &'static str) -> Self {
        Self {
            spec: Spec {
                operation,
                method,
                path,
                summary: "",
                tag: "",
                access: Access::Undecided,
                once: false,
                weight_percent: 100,
                priority: Priority::Normal,
                described: true,
                status: O::STATUS,
                input: I::shape,
                output: O::body,
            },
            types: PhantomData,
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

    /// [`Endpoint::new`] for PUT.
    pub const fn put(operation: &'static str, path: &'static str) -> Self {
        Self::new(operation, Method::Put, path)
    }

    /// [`Endpoint::new`] for PATCH.
    pub const fn patch(operation: &'static str, path: &'static str) -> Self {
        Self::new(operation, Method::Patch, path)
    }

    /// [`Endpoint::new`] for DELETE.
    pub const fn delete(operation: &'static str, path: &'static str) -> Self {
        Self::new(operation, Method::Delete, path)
    }
}

impl<I, O> Endpoint<I, O> {
    /// Says in one sentence what it does.
    #[must_use]
    pub const fn summary(mut self, summary: &'static str) -> Self {
        self.spec.summary = summary;
        self
    }

    /// Puts it into a chapter of the API description.
    #[must_use]
    pub const fn tag(mut self, tag: &'static str) -> Self {
        self.spec.tag = tag;
        self
    }

    /// Answers without credentials.
    #[must_use]
    pub const fn public(mut self) -> Self {
        self.spec.access = Access::Public;
        self
    }

    /// Answers whoever has the permission `P`; the others are refused at the edge.
    #[must_use]
    pub const fn needs<P: Permission>(mut self) -> Self {
        self.spec.access = Access::Needs(P::INFO);
        self
    }

    /// Demands an `Idempotency-Key`: a request sent again has its effect once. It makes sense only where somebody is
    /// known to ask, for keys are the caller's own.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.spec.once = true;
        self
    }

    /// Takes `percent` hundredths of a request from the caller's rate limit; 0 is never counted and never refused.
    #[must_use]
    pub const fn weight_percent(mut self, percent: u16) -> Self {
        self.spec.weight_percent = percent;
        self
    }

    /// Says how much it matters when there is not room for all: health and sign-in are critical, and what may be done later
    /// is background.
    #[must_use]
    pub const fn priority(mut self, priority: Priority) -> Self {
        self.spec.priority = priority;
        self
    }

    /// Leaves it out of the API description: for pages and files.
    #[must_use]
    pub const fn undescribed(mut self) -> Self {
        self.spec.described = false;
        self
    }

    /// All of it but the types.
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }
}

impl<I, O> Deref for Endpoint<I, O> {
    type Target = Spec;
    fn deref(&self) -> &Spec {
        &self.spec
    }
}

impl<I, O> fmt::Debug for Endpoint<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}

impl Spec {
    /// Whether it answers without credentials.
    pub fn is_public(&self) -> bool {
        self.access == Access::Public
    }

    /// The permission it needs.
    pub const fn permission(&self) -> Option<PermissionInfo> {
        match self.access {
            Access::Needs(permission) => Some(permission),
            Access::Public | Access::Undecided => None,
        }
    }
}
