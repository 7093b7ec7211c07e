#![doc = include_str!("../README.md")]

mod body;
mod client;
mod conditional;
mod config;
mod edge;
mod endpoint;
mod extract;
mod identify;
mod input;
mod openapi;
mod output;
mod problem;
mod reads;
mod routes;
mod rules;
mod schema;
mod server;
mod traffic;
mod versioned;

pub use client::{Credentials, HttpClient, Refusal, Transport, Unanswered, Way, Why};
pub use conditional::{Conditional, ETag};
pub use config::{AccessLog, EdgeConfig, PathDeadline, ServerConfig, TlsConfig};
pub use edge::Answering;
pub use edge::{Edge, Passage, TRACEPARENT, TRACESTATE};
pub use endpoint::{Access, Endpoint, Method, Spec};
pub use extract::{InCall, Json, Path, Query, RawJson};
pub use identify::{
    API_KEY, IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, Identify, Identity, PURPOSE, Shown, TIMEOUT_MS,
};
pub use input::{Input, Parameters};
pub use medcover_resilience::Priority;
pub use openapi::{Info, openapi, schema_clashes};
pub use output::{Accepted, Created, NoContent, Output};
pub use problem::{ApiResult, CALLER_NOT_LISTED, Problem, ProblemBody};
pub use reads::{DEGRADED, Reads};
pub use routes::Routes;
pub use rules::{Abort, Keep, Keeping, Pass, RouteRules};
pub use server::{
    CertificateFault, Certificates, EVENT_INTERVAL, Encrypted, Ended, LocalServer, Peer, Server,
    Stop, Stopper, Threads, stop,
};
pub use traffic::{
    CallerUsage, LimitFigures, LimitUsage, LimitsConfig, LimitsShared, Network, NotCounted,
    REFUSED_BY, ReadTraffic, RefusalCount, SharedCounts, Sharing, SharingFigures, SlotFigures,
    SlotsConfig, TRAFFIC_PERMISSIONS, TierConfig, TierFigures, Traffic, TrafficFigures,
};
pub use versioned::{BasedOn, IfMatch, Tagged, Versioned};
