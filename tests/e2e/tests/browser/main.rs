//! The console in a real browser, over the real program.

mod accessibility;
mod code;
mod demo;
mod search;
mod theme;
