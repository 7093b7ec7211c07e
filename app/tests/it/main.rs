//! The real program, started as users start it.

mod commands;
mod configuration;
mod hostile;
mod program;
mod serving;
