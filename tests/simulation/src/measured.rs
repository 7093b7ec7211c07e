//! The bank behind a real socket in this process, for measurements.

use std::sync::Arc;

use medcover_http::{HttpClient, Json, Server, Stopper, stop};
use medcover_kernel::{Call, Result, SystemClock};

use crate::bank::http::TRANSFER;
use crate::bank::{Bank, Transfer, Transferred};
use crate::drill::{on_a_free_port, router};

/// A bank that serves until dropped.
pub struct Served {
    client: HttpClient,
    /// Told when dropped.
    stopper: Stopper,
}

/// Serves `bank` on a free port of this machine.
pub async fn serve(bank: Arc<Bank>) -> std::result::Result<Served, String> {
    let server = Server::bind(&on_a_free_port()).await;
    let server = server.map_err(|error| error.to_string())?;
    let address = server.local_addr().map_err(|error| error.to_string())?;
    let (stopper, stop) = stop();
    tokio::spawn(async move { server.serve(router(bank), stop).await });
    let client = HttpClient::new(&format!("http://{address}"), Arc::new(SystemClock::new()));
    let client = client.map_err(|error| error.to_string())?;
    Ok(Served { client, stopper })
}

impl Served {
    /// Asks for a transfer over HTTP.
    pub async fn transfer(&self, call: &Call, request: Transfer) -> Result<Transferred> {
        self.client.ask(&TRANSFER, call, Json(request)).await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stopper.now();
    }
}
