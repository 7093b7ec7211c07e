//! The measure of what HTTP itself costs: one axum route that returns a fixed number of bytes, with nothing around it.

use std::net::SocketAddr;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use clap::Args;
use tokio::net::TcpListener;

#[derive(Args)]
pub struct Options {
    /// Where to listen.
    #[arg(long)]
    pub listen: SocketAddr,
    /// How many bytes each answer has.
    #[arg(long)]
    pub bytes: usize,
}

/// Serves until it is killed.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(options.listen).await?.tap_io(|stream| {
            // As ours does; a refusal would only make it slower.
            let _ = stream.set_nodelay(true);
        });
        let body = Bytes::from(vec![b'x'; options.bytes]);
        let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
        axum::serve(listener, Router::new().route("/", get(answer))).await?;
        Ok(())
    })
}
