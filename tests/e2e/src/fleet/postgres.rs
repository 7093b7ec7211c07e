//! A primary and two replicas of PostgreSQL, each behind a proxy.

use std::io;

use medcover_testkit::{Fault, FaultProxy, PostgresServer};
use tokio::runtime::Runtime;

/// How many servers there are.
const SERVERS: usize = 3;

/// Three servers, of which one takes writes.
#[derive(Debug)]
pub(super) struct Postgres {
    servers: Vec<PostgresServer>,
    proxies: Vec<FaultProxy>,
    primary: usize,
}

impl Postgres {
    pub(super) fn start(runtime: &Runtime) -> io::Result<Self> {
        let primary = PostgresServer::start()?;
        let replicas = [primary.replica()?, primary.replica()?];
        let servers: Vec<_> = [primary].into_iter().chain(replicas).collect();
        let proxies = servers
            .iter()
            .map(|server| runtime.block_on(FaultProxy::start(server.addr())));
        Ok(Self {
            proxies: proxies.collect(),
            servers,
            primary: 0,
        })
    }

    /// The address of all of them, for whoever writes.
    pub(super) fn url(&self) -> String {
        let places: Vec<_> = self.proxies.iter().map(|proxy| proxy.addr).collect();
        self.servers[0].url_by(PostgresServer::USER, &places)
    }

    /// The addresses of those that are replicas at first, for whoever reads.
    pub(super) fn replicas(&self) -> String {
        let replicas = self.proxies.iter().skip(1);
        let urls = replicas
            .map(|proxy| self.servers[0].url_by(PostgresServer::READER, &[proxy.addr]))
            .collect::<Vec<_>>();
        urls.join(",")
    }

    /// The name of the server that takes writes.
    pub(super) fn primary(&self) -> String {
        name(self.primary)
    }

    /// The names of those that follow it.
    pub(super) fn following(&self) -> Vec<String> {
        let numbers = (0..SERVERS).filter(|number| *number != self.primary);
        numbers.map(name).collect()
    }

    /// What an operator does before the machine of the primary is taken away: stops it, promotes a replica that has all of
    /// it, and lets the others follow.
    pub(super) fn promote(&mut self) -> io::Result<()> {
        let old = self.primary;
        self.servers[old].stop()?;
        self.primary = (old + 1) % SERVERS;
        let primary = &self.servers[self.primary];
        primary.promote()?;
        for (number, server) in self.servers.iter().enumerate() {
            if number != self.primary {
                server.follow(primary)?;
            }
        }
        Ok(())
    }

    pub(super) fn kill(&self, number: usize) -> io::Result<()> {
        self.servers[number].crash()
    }

    pub(super) fn start_again(&self, number: usize) -> io::Result<()> {
        self.servers[number].start_again()
    }

    pub(super) fn harm(&self, number: usize, fault: Fault) {
        self.proxies[number].set(fault);
    }

    /// The names and addresses of all, with what each is.
    pub(super) fn members(&self) -> impl Iterator<Item = (String, String, &'static str)> {
        self.proxies.iter().enumerate().map(|(number, proxy)| {
            let role = if number == self.primary {
                "primary"
            } else {
                "replica"
            };
            (name(number), proxy.addr.to_string(), role)
        })
    }
}

fn name(number: usize) -> String {
    format!("postgres-{}", number + 1)
}
