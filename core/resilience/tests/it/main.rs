//! Every machine, held against a naive model of itself, or run in a small simulation of what it is for.

mod adaptive;
mod balance;
mod breaker;
mod bulkhead;
mod limit;
mod retry;
