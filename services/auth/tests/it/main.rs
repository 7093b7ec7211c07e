//! The whole service over its router, on a store in memory and on SQLite.

mod break_glass;
mod clients;
mod contract;
mod doors;
mod first_start;
mod house;
mod introspection;
mod journey;
mod keys;
mod refresh;
mod refusals;
mod roles;
mod service_tokens;
mod several_processes;
mod sign_in;
mod tenants;
mod users;
