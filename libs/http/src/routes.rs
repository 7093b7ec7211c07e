//! Endpoints with their handlers, and the router made of them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::header::{ALLOW, IF_NONE_MATCH};
use axum::http::{HeaderValue, Method as HttpMethod, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodRouter;
use medcover_kernel::{Call, Result};
use tower::service_fn;

use crate::body;
use crate::conditional::unless_held;
use crate::edge::{Answering, Edge, Gate};
use crate::endpoint::{Endpoint, Method, Spec};
use crate::extract::InCall;
use crate::identify::IDEMPOTENCY_REPLAYED;
use crate::input::Input;
use crate::output::Output;
use crate::problem::{ApiResult, Problem};

/// Under this name requests are counted that fit no endpoint.
const UNMATCHED: &str = "unmatched";

/// Endpoints with the handlers that answer them, which share the state `S`.
pub struct Routes<S = ()> {
    state: S,
    mounts: Vec<Mount>,
}

struct Mount {
    endpoint: &'static Spec,
    put: Box<Put>,
}

/// Puts a handler among the methods of its path, behind its gate.
type Put = dyn FnOnce(Arc<Gate>, MethodRouter) -> MethodRouter + Send;

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet; their handlers may take `state`.
    pub fn new(state: S) -> Self {
        Self {
            state,
            mounts: Vec::new(),
        }
    }

    /// Lets `use_case` answer `endpoint`: it is given the state, the call and what the endpoint takes, and its answer is
    /// written as the endpoint says.
    #[must_use]
    pub fn answer<I, O, F, A>(self, endpoint: &'static Endpoint<I, O>, use_case: F) -> Self
    where
        I: Input,
        O: Output,
        F: Fn(S, Call, I) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<O::Value>> + Send,
    {
        self.add(endpoint, async move |state: State<S>, request: Request| {
            answered::<_, I, O, _, _>(state.0, request, use_case).await
        })
    }

    /// Lets `handler`, which reads the request and writes the answer by itself, answer `endpoint`.
    #[must_use]
    pub fn add<I, O, H, T>(mut self, endpoint: &'static Endpoint<I, O>, handler: H) -> Self
    where
        H: Handler<T, S, Future = Answering>,
        T: 'static,
    {
        let endpoint = endpoint.spec();
        let state = self.state.clone();
        let put = move |gate: Arc<Gate>, methods: MethodRouter| {
            let service = service_fn(move |request: Request| {
                let (gate, handler, state) = (Arc::clone(&gate), handler.clone(), state.clone());
                let answer = gate.pass(request, |request| handler.call(request, state));
                async { Ok::<_, Infallible>(answer.await) }
            });
            methods.on_service(endpoint.method.filter(), service)
        };
        self.mounts.push(Mount {
            endpoint,
            put: Box::new(put),
        });
        self
    }
}

impl<S> Routes<S> {
    /// Adds the routes of another part, whatever its state.
    #[must_use]
    pub fn merge<O>(mut self, other: Routes<O>) -> Self {
        self.mounts.extend(other.mounts);
        self
    }

    /// Every endpoint that is answered, in the order in which they were added.
    pub fn endpoints(&self) -> Vec<&'static Spec> {
        self.mounts.iter().map(|mount| mount.endpoint).collect()
    }
}

impl<S> fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self
            .mounts
            .iter()
            .map(|mount| (mount.endpoint.method.as_str(), mount.endpoint.path));
        f.debug_list().entries(named).finish()
    }
}

async fn answered<S, I, O, F, A>(state: S, mut request: Request, use_case: F) -> ApiResult<Response>
where
    I: Input,
    O: Output,
    F: Fn(S, Call, I) -> A,
    A: Future<Output = Result<O::Value>>,
{
    let InCall(call) = InCall::of(request.extensions_mut())?;
    let is_read = matches!(*request.method(), HttpMethod::GET | HttpMethod::HEAD);
    let held = request.headers().get(IF_NONE_MATCH).filter(|_| is_read);
    let held = held.cloned();
    let input = I::read(request).await?;
    let replay = call.replay.clone();
    let answered = use_case(state, call, input).await;
    let mut response = answered.map_or_else(|error| Problem::from(error).into_response(), O::write);
    if replay.is_some_and(|replay| replay.is_noted()) {
        let headers = response.headers_mut();
        headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(unless_held(response, held.as_ref()))
}

pub(crate) fn assemble<S>(edge: &Edge, routes: Routes<S>) -> Router {
    let mut by_path = BTreeMap::<_, Vec<Mount>>::new();
    for mount in routes.mounts {
        by_path.entry(mount.endpoint.path).or_default().push(mount);
    }
    let mut assembled = Router::new();
    for (path, mounts) in by_path {
        assembled = assembled.route(path, methods_of(edge, path, mounts));
    }
    let nowhere = edge.gate(UNMATCHED, "");
    assembled.fallback_service(service_fn(move |request: Request| {
        let answer = Arc::clone(&nowhere).pass(request, |request| Box::pin(no_such_path(request)));
        async { Ok::<_, Infallible>(answer.await) }
    }))
}

async fn no_such_path(request: Request) -> Response {
    body::discard(request).await;
    Problem::no_such_path().into_response()
}

fn methods_of(edge: &Edge, path: &str, mounts: Vec<Mount>) -> MethodRouter {
    let allow = allowed(mounts.iter().map(|mount| mount.endpoint.method));
    let mut methods = MethodRouter::new();
    for mount in mounts {
        methods = (mount.put)(edge.gate_of(mount.endpoint), methods);
    }
    let gate = edge.gate(UNMATCHED, path);
    methods.fallback_service(service_fn(move |request: Request| {
        let allow = allow.clone();
        let answer =
            Arc::clone(&gate).pass(request, |request| Box::pin(other_method(request, allow)));
        async { Ok::<_, Infallible>(answer.await) }
    }))
}

fn allowed(methods: impl Iterator<Item = Method>) -> HeaderValue {
    let mut names = Vec::new();
    for method in methods {
        names.push(method.as_str());
        if method == Method::Get {
            names.push("HEAD");
        }
    }
    names.push("OPTIONS");
    HeaderValue::from_str(&names.join(", ")).expect("method names are plain text")
}

async fn other_method(request: Request, allow: HeaderValue) -> Response {
    let is_options = request.method() == HttpMethod::OPTIONS;
    body::discard(request).await;
    if is_options {
        (StatusCode::NO_CONTENT, [(ALLOW, allow)]).into_response()
    } else {
        Problem::wrong_method(allow).into_response()
    }
}
