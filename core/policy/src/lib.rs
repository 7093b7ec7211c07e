#![doc = include_str!("../README.md")]

mod check;
mod compiled;
mod diff;
mod document;
mod effective;
mod fallback;
mod fault;
mod pattern;
mod places;
mod schema;
mod service;
mod text;
mod trace;

pub use compiled::Policy;
pub use diff::{Change, diff};
pub use document::{
    Abort, CacheKeys, CacheRules, Cors, Delay, Document, FaultInjection, HeaderChange, HeaderRules,
    Match, Rewrite, Route, Rules, Share,
};
pub use effective::{Effective, EffectiveService, EndpointBase, Origin, ServiceBase, Sourced};
pub use fallback::{FallbackRules, FixedAnswer, StandIn};
pub use fault::PolicyFault;
pub use pattern::RequestLine;
pub use schema::schema;
pub use service::{Balancing, ServiceRules};
pub use trace::{Met, Simulated, TraceLine, TraceSums, simulate};
