//! `medcover backup`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use medcover_http::HttpClient;
use medcover_kernel::{Call, Clock, Credential, SystemRng, TenantId};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::AtHand;
use crate::backups::{self, Backups, Folder, Listed, Restored, Target, asked};
use crate::cli::{Backup, BackupThen};
use crate::data_folder::ServerLock;
use crate::server::operators;
use crate::state::State;
use crate::terminal::{self, Column, Lines, Table};

/// How long a back-up may take.
const PATIENCE: Duration = Duration::from_hours(24);

pub(crate) fn run(at_hand: &AtHand, Backup { to, then }: Backup) -> Result<()> {
    match then {
        None => make(at_hand, to),
        Some(BackupThen::List) => list(at_hand),
        Some(BackupThen::Verify { backup }) => verify(at_hand, backup.as_deref()),
        Some(BackupThen::Drill { backup, at }) => drill(at_hand, backup.as_deref(), at),
        Some(BackupThen::Totals) => totals(at_hand),
    }
}

/// The folder that the settings name.
pub(super) fn folder(at_hand: &AtHand) -> Folder {
    let settings = &at_hand.settings.value;
    Folder::at(settings.backup.folder(&settings.data.dir))
}

pub(super) fn runtime() -> Result<Runtime> {
    Runtime::new().context("cannot start the threads of the services")
}

/// Makes one, in this process or in the server that has the data folder.
fn make(at_hand: &AtHand, to: Option<PathBuf>) -> Result<()> {
    let data = &at_hand.settings.value.data.dir;
    let path = runtime()?.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(at_hand.clock);
        let held = match ServerLock::take(data) {
            Ok(_lock) => return here(at_hand, &clock, to).await,
            Err(held) => held,
        };
        let socket = operators::socket(data);
        if !socket.exists() {
            return Err(held);
        }
        let mut call = Call::operator(PATIENCE, &*clock, &SystemRng);
        call.credential = Some(Credential::Bearer(TenantId::DEFAULT.to_string().into()));
        asked::ask(&HttpClient::through_socket(socket, clock), &call, to).await
    })?;
    let listed = folder(at_hand).find(Some(&path), None)?;
    let manifest = listed.manifest.as_ref();
    let manifest = manifest.map_err(|error| anyhow::anyhow!("{error:#}"))?;
    if at_hand.global.json {
        return Ok(terminal::print_json(&described(&listed))?);
    }
    let mut lines = Lines::default();
    lines.add(format_args!(
        "made {} in {:.1} s: {} files, {}",
        path.display(),
        seconds(manifest.took_ms),
        manifest.files.len(),
        size(manifest.bytes())
    ));
    if manifest.held_us > 0 {
        lines.add(format_args!(
            "writers stood still for {:.1} ms",
            seconds(manifest.held_us)
        ));
    }
    Ok(terminal::print(lines.text())?)
}

async fn here(at_hand: &AtHand, clock: &Arc<dyn Clock>, to: Option<PathBuf>) -> Result<PathBuf> {
    let settings = &at_hand.settings.value;
    let state = State::open(settings, &settings.roles()?, clock).await?;
    let backups = Backups::new(settings, &state, clock);
    let folder = to.map_or_else(|| backups.folder(), Folder::at);
    let made = backups.make(&folder).await;
    drop(backups);
    state.close().await;
    Ok(folder.path().join(made?.0))
}

fn list(at_hand: &AtHand) -> Result<()> {
    let folder = folder(at_hand);
    let listed = folder.list()?;
    if at_hand.global.json {
        let all: Vec<_> = listed.iter().map(described).collect();
        return Ok(terminal::print_json(&json!({ "backups": all }))?);
    }
    if listed.is_empty() {
        let told = format!("There is no back-up in {}.\n", folder.path().display());
        return Ok(terminal::print(&told)?);
    }
    let mut table = Table::new([
        Column::new("back-up").bold(),
        Column::new("shows"),
        Column::new("size").right(),
        Column::new("took").right(),
        Column::new("fault").gives_way(),
    ]);
    for it in listed {
        let row = match it.manifest {
            Ok(manifest) => [
                it.name,
                manifest.made_at.to_string(),
                size(manifest.bytes()),
                format!("{:.1} s", seconds(manifest.took_ms)),
                String::new(),
            ],
            Err(error) => {
                let empty = String::new;
                [it.name, empty(), empty(), empty(), format!("{error:#}")]
            }
        };
        table.row(row);
    }
    Ok(terminal::print(&table.for_stdout())?)
}

/// One as JSON, without its files.
fn described(listed: &Listed) -> Value {
    let path = listed.path.display().to_string();
    match &listed.manifest {
        Ok(manifest) => json!({
            "backup": listed.name,
            "path": path,
            "made_at": manifest.made_at.to_string(),
            "medcover": manifest.medcover,
            "engine": manifest.engine,
            "took_ms": manifest.took_ms,
            "held_us": manifest.held_us,
            "files": manifest.files.len(),
            "bytes": manifest.bytes(),
            "totals": manifest.totals,
            "fault": null,
        }),
        Err(error) => json!({"backup": listed.name, "path": path, "fault": format!("{error:#}")}),
    }
}

fn verify(at_hand: &AtHand, wanted: Option<&Path>) -> Result<()> {
    let listed = folder(at_hand).find(wanted, None)?;
    let manifest = listed.manifest?;
    backups::verify(&manifest, &listed.path)?;
    if at_hand.global.json {
        let told = json!({"backup": listed.name, "files": manifest.files.len(), "whole": true});
        return Ok(terminal::print_json(&told)?);
    }
    Ok(terminal::print(&format!(
        "{}: {} files, {}: whole\n",
        listed.name,
        manifest.files.len(),
        size(manifest.bytes())
    ))?)
}

fn drill(at_hand: &AtHand, wanted: Option<&Path>, at: Option<Target>) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(at_hand.clock);
    let target = at.unwrap_or(Target::Copied);
    let drilled = backups::drill(&at_hand.settings.value, &clock, wanted, target);
    let drilled = runtime()?.block_on(drilled)?;
    tell(at_hand, &drilled, None)
}

/// Says what was restored; fails when that is not as it must be.
pub(super) fn tell(at_hand: &AtHand, restored: &Restored, into: Option<&Path>) -> Result<()> {
    if at_hand.global.json {
        terminal::print_json(restored)?;
    } else {
        let mut lines = Lines::default();
        let place = into.map_or_else(
            || "and removed again".to_owned(),
            |into| format!("into {}", into.display()),
        );
        lines.add(format_args!("restored {} {place}", restored.backup));
        lines.add(format_args!(
            "recovery point: {}, {} s ago",
            restored.recovery_point, restored.age_s
        ));
        lines.add(format_args!(
            "recovery time: {:.1} s for {}, checked",
            seconds(restored.took_ms),
            size(restored.bytes)
        ));
        for it in &restored.totals.services {
            lines.add(format_args!(
                "{}: {} events, {} audit records",
                it.service, it.position, it.audit_records
            ));
        }
        for it in restored.totals.ledgers.iter().filter(|it| it.balanced) {
            lines.add(format_args!("the books of tenant {} balance", it.tenant));
        }
        terminal::print(lines.text())?;
    }
    if !restored.faults.is_empty() {
        bail!(
            "what was restored is not as it must be: {}",
            restored.faults.join("; ")
        );
    }
    Ok(())
}

fn totals(at_hand: &AtHand) -> Result<()> {
    let settings = &at_hand.settings.value;
    let totals = runtime()?.block_on(async {
        let _lock = ServerLock::take(&settings.data.dir)?;
        let clock: Arc<dyn Clock> = Arc::new(at_hand.clock);
        let state = State::open(settings, &settings.roles()?, &clock).await?;
        let totals = backups::totals(&state, &clock).await;
        state.close().await;
        totals
    })?;
    Ok(terminal::print_json(&totals)?)
}

/// Thousandths of something, whole.
fn seconds(thousandths: u64) -> f64 {
    thousandths as f64 / 1e3
}

fn size(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
