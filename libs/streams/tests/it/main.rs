//! Messages over real servers.

mod carried;
mod letters;
mod repair;
mod world;
