//! The real program, started as users start it.

mod backups;
mod commands;
mod configuration;
mod demo;
mod encryption;
mod hostile;
mod operating;
mod point_in_time;
mod policy;
mod program;
mod serving;
mod tables;
