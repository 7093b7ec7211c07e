//! The edge and the server as clients meet them.

mod client;
mod demo;
mod description;
mod encryption;
mod extractors;
mod hostile;
mod identification;
mod kept_connections;
mod limits;
mod requests;
mod sharing;
mod slots;
mod sockets;
mod threads;
mod tiers;
mod traces;
mod versions;
