//! The real program, started as users start it.

mod backups;
mod commands;
mod configuration;
mod demo;
mod deploy;
mod encryption;
mod hostile;
mod leading;
mod operating;
mod point_in_time;
mod policy;
mod program;
mod serving;
mod tables;
