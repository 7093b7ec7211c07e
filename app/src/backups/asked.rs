//! Back-ups that are asked for through the operator's socket. There is no other way to ask a server: where a back-up lies is a
//! path on its machine.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use medcover_http::{Accepted, Endpoint, HttpClient, Json, Routes, Stop};
use medcover_kernel::{Call, Error, ErrorKind, permission};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::time::sleep;
use utoipa::ToSchema;

use super::{Backups, Folder};

permission! {
    /// Makes back-ups. Operators have it, and no role can.
    pub(crate) MakeBackups = "backups.make";
}

static MAKE: Endpoint<Json<Wish>, Accepted<Progress>> =
    Endpoint::post("make_backup", "/operator/backups")
        .needs::<MakeBackups>()
        .undescribed();
static PROGRESS: Endpoint<(), Json<Progress>> =
    Endpoint::get("backup_progress", "/operator/backups/progress")
        .needs::<MakeBackups>()
        .undescribed();

/// How often it is asked how far it is.
const ASK_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

/// What is asked for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
struct Wish {
    /// The folder, if it is not that of the settings: an absolute path.
    folder: Option<String>,
}

/// How far that is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct Progress {
    /// Counts what was asked for since the process started.
    number: u64,
    /// Whether it is being made.
    running: bool,
    /// Where it lies, once it is made.
    path: Option<String>,
    /// Why it was not made.
    fault: Option<String>,
}

/// The addresses on the operator's socket. What is asked for ends when `stop` drains.
pub(crate) fn routes(backups: Backups, stop: Stop) -> Routes<(Backups, Stop)> {
    Routes::new((backups, stop))
        .answer(&MAKE, make)
        .answer(&PROGRESS, progress)
}

async fn progress(
    (backups, _): (Backups, Stop),
    _: Call,
    (): (),
) -> medcover_kernel::Result<Progress> {
    Ok(backups.standing().asked.clone())
}

async fn make(
    (backups, mut stop): (Backups, Stop),
    _: Call,
    Json(wish): Json<Wish>,
) -> medcover_kernel::Result<Progress> {
    let folder = match wish.folder.map(PathBuf::from) {
        Some(path) if path.is_relative() => {
            return Err(Error::invalid("/folder", "must be an absolute path"));
        }
        Some(path) => Folder::at(path),
        None => backups.folder(),
    };
    let begun = {
        let asked = &mut backups.standing().asked;
        if asked.running {
            return Err(Error::new(
                ErrorKind::Conflict,
                "conflict",
                "A back-up is being made already.",
            ));
        }
        *asked = Progress {
            number: asked.number + 1,
            running: true,
            ..Progress::default()
        };
        asked.clone()
    };
    tokio::task::spawn_blocking(move || {
        let made = Handle::current().block_on(async {
            tokio::select! {
                made = backups.make(&folder) => made,
                () = stop.draining() => Err(anyhow::anyhow!("the server stops")),
            }
        });
        let asked = &mut backups.standing().asked;
        asked.running = false;
        match made {
            Ok((name, _)) => asked.path = Some(folder.path().join(name).display().to_string()),
            Err(error) => asked.fault = Some(format!("{error:#}")),
        }
    });
    Ok(begun)
}

/// Asks the server behind `http` for a back-up, and waits until it is made; where it lies.
pub(crate) async fn ask(
    http: &HttpClient,
    call: &Call,
    folder: Option<PathBuf>,
) -> Result<PathBuf> {
    let folder = folder.map(std::path::absolute).transpose()?;
    let folder = folder.map(|path| path.display().to_string());
    let begun = http.ask(&MAKE, call, Json(Wish { folder })).await?;
    loop {
        sleep(ASK_EVERY).await;
        let now = http.ask(&PROGRESS, call, ()).await?;
        if now.number != begun.number {
            bail!(
                "the server does not know of the back-up any more; `medcover backup list` says what there is"
            );
        }
        if !now.running {
            if let Some(fault) = now.fault {
                bail!(fault);
            }
            let path = now.path.map(PathBuf::from);
            return path.context("the server has not said where the back-up is");
        }
    }
}
