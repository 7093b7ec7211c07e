//! The rules: pure functions of state, command and moment. Nothing here reads a clock, a store or a password.

pub(crate) mod break_glass;
pub(crate) mod client;
pub(crate) mod lock;
pub(crate) mod names;
pub(crate) mod rights;
pub(crate) mod role;
pub(crate) mod session;
pub(crate) mod signing_keys;
pub(crate) mod taken;
pub(crate) mod tenant;
pub(crate) mod user;
