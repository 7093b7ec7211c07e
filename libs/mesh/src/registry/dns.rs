//! What a host's name stands for.

use std::io;
use std::net::SocketAddr;

use async_trait::async_trait;

/// Looks names of hosts up.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, with `port`.
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The resolver of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let found = tokio::net::lookup_host((host, port)).await?;
        Ok(found.collect())
    }
}
