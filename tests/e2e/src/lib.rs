#![doc = include_str!("../README.md")]

mod browser;
mod drill;
mod fleet;
mod http;
pub mod key;
mod node;
mod program;
mod schemathesis;
mod server;
mod upstream;
mod webdriver;

pub use browser::Browser;
pub use drill::{Drill, Figures, WorkFigures};
pub use fleet::{Fleet, FleetDrill, FleetFigures, HarmFigures, Harms, Member, Spread};
pub use http::Answer;
pub use node::{INTROSPECTS, Node, OF_JOURNEYS};
pub use schemathesis::Schemathesis;
pub use server::Server;
pub use upstream::{PhaseFigures, UpstreamDrill, UpstreamFigures};
