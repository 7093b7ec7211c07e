//! A small release of our own making, compiled and searched.

mod damage;
mod finding;
mod sample;
