//! Upstreams over real sockets, before instances that do as their script says.

mod breaking;
mod cancelling;
mod hedging;
mod house;
mod members;
mod reconfiguring;
mod registry;
mod retrying;
mod seen;
mod tasks;
mod timing;
mod unrepeated;
