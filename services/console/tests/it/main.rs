//! The console as its readers see it, over a handful of codes with hard wordings.

mod pages;
mod shelf;
