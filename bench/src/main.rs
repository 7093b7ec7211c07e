#![doc = include_str!("../README.md")]

mod cache;
mod connections;
mod corpus;
mod gateway;
mod http;
mod load;
mod machine;
mod output;
mod overload;
mod random;
mod sample;
mod search;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(name = "bench", about)]
enum Command {
    /// The index in process, beside Tantivy and PostgreSQL.
    Search(search::Options),
    /// The server over HTTP, beside a bare one, and how it starts.
    Http(http::Options),
    /// The cache in process, beside quick_cache and moka alone.
    Cache(cache::Options),
    /// What the way through a gateway process adds.
    Gateway(gateway::Options),
    /// Ten thousand idle connections, and a thousand active ones.
    Connections(connections::Options),
    /// Three times what one core can answer, for a minute.
    Overload(overload::Options),
    /// The bare server that `http` measures beside ours.
    #[command(hide = true)]
    Bare(http::bare::Options),
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Search(options) => search::run(&options),
        Command::Http(options) => http::run(&options),
        Command::Cache(options) => cache::run(&options),
        Command::Gateway(options) => gateway::run(&options),
        Command::Connections(options) => connections::run(&options),
        Command::Overload(options) => overload::run(&options),
        Command::Bare(options) => http::bare::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
