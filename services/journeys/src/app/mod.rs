//! The use cases: runs are begun, and hear that their visit is coded.

mod checks;
mod service;
mod starting;
mod visit_coded;

pub use service::JourneysService;
