//! Messages over real servers.

mod carried;
mod hearers;
mod hearing;
mod letters;
mod repair;
mod world;
