//! `medcover load`: from a file, an address or the known places to a release that serves.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use medcover_terminology::load::fetch::Fetcher;
use medcover_terminology::load::{Input, LoadError, SystemKind, SystemName, TableRows};
use medcover_terminology::{Loaded, RowsLoaded, load_release};
use serde_json::{Value, json};

use super::AtHand;
use crate::cli::{Load, Place};
use crate::data_folder;
use crate::terminal::{self, Bars, Lines};

/// Short name of the one system that is fetched without being told from where.
const ICD10CM: &str = "icd10cm";
/// Bytes of a table that are read at once.
const READ_AT_ONCE: usize = 1 << 20;

pub(crate) fn run(at_hand: &AtHand, load: Load) -> Result<()> {
    let loaded = match load {
        Load::Icd10cmTable { from, release } => return rows(at_hand, &from, &release),
        Load::Icd10cm { from: None, order } => icd10cm(at_hand, order.as_deref()),
        Load::Icd10cm {
            from: Some(from),
            order,
        } => {
            let places: Vec<_> = [Some(&*from), order.as_deref()]
                .into_iter()
                .flatten()
                .collect();
            given(at_hand, &places, &SystemKind::Icd10Cm)
        }
        Load::Table {
            place,
            title,
            uri,
            release,
        } => {
            let Place { from, system } = place;
            let name = SystemName {
                system,
                uri,
                title,
                version: release,
            };
            given(at_hand, &[&*from], &SystemKind::Other(name))
        }
        Load::Codesystem { place } => {
            let Place { from, system } = place;
            let name = SystemName {
                system,
                uri: None,
                title: None,
                version: None,
            };
            given(at_hand, &[&*from], &SystemKind::Other(name))
        }
    };
    let loaded = loaded.context("nothing is loaded, and what was loaded before stays")?;
    if at_hand.global.json {
        terminal::print_json(&as_json(&loaded))?;
    } else {
        terminal::print(as_text(&loaded).text())?;
    }
    Ok(())
}

/// Loads the release of ICD-10-CM that medcover knows, fetched or from where it was put, with the order file at `order`.
fn icd10cm(at_hand: &AtHand, order: Option<&str>) -> Result<Loaded> {
    compile(at_hand, &SystemKind::Icd10Cm, |fetcher, bars| {
        let mut inputs = fetcher.known(ICD10CM, bars)?;
        if let Some(order) = order {
            inputs.extend(fetcher.given(&[order], bars)?);
        }
        Ok(inputs)
    })
}

fn given(at_hand: &AtHand, places: &[&str], kind: &SystemKind) -> Result<Loaded> {
    compile(at_hand, kind, |fetcher, bars| fetcher.given(places, bars))
}

/// Copies a table to PostgreSQL row by row.
fn rows(at_hand: &AtHand, from: &Path, release: &str) -> Result<()> {
    let settings = &at_hand.settings.value;
    let mut tables = settings
        .store
        .table_load(Arc::new(at_hand.clock))?
        .context("a table of ICD-10-CM goes to PostgreSQL, and store.engine is not `postgres`")?;
    let place = from.display().to_string();
    let opened = File::open(from).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (bytes, file) = opened.with_context(|| format!("{place} cannot be read"))?;
    let mut table = TableRows::open(
        place,
        Some(bytes),
        BufReader::with_capacity(READ_AT_ONCE, file),
    )?;
    let loaded = tables.load_rows(release, &mut table, &mut Bars::default());
    let RowsLoaded { concepts, billable } =
        loaded.context("nothing is loaded, and what was loaded before stays")?;
    if at_hand.global.json {
        terminal::print_json(
            &json!({"release": {"system": ICD10CM, "version": release, "concepts": concepts, "billable": billable}}),
        )?;
        return Ok(());
    }
    let mut lines = Lines::default();
    lines.add(format_args!(
        "loaded {ICD10CM} {release} into the tables: {concepts} rows, {billable} billable codes"
    ));
    terminal::print(lines.text())?;
    Ok(())
}

fn compile(
    at_hand: &AtHand,
    kind: &SystemKind,
    fetch: impl FnOnce(&Fetcher, &mut Bars) -> Result<Vec<Input>, LoadError>,
) -> Result<Loaded> {
    let settings = &at_hand.settings.value;
    let dir = &settings.data.dir;
    data_folder::make(dir)?;
    let fetcher = Fetcher {
        folder: dir.join("fetched"),
        enabled: settings.fetch.enabled,
    };
    let mut bars = Bars::default();
    let inputs = fetch(&fetcher, &mut bars)?;
    let mut tables = match kind {
        SystemKind::Icd10Cm => settings.store.table_load(Arc::new(at_hand.clock))?,
        SystemKind::Other(_) => None,
    };
    let tables = tables.as_mut();
    Ok(load_release(
        dir,
        &inputs,
        kind,
        tables,
        &at_hand.clock,
        &mut bars,
    )?)
}

/// What was loaded, for people.
fn as_text(loaded: &Loaded) -> Lines {
    let Loaded { release, report } = loaded;
    let mut lines = Lines::default();
    lines.add(format_args!(
        "loaded {} {} ({}): {report}",
        release.system, release.version, release.title
    ));
    for warning in &report.warnings {
        lines.add(format_args!("  doubtful: {warning}"));
    }
    lines
}

fn as_json(loaded: &Loaded) -> Value {
    let warnings = loaded.report.warnings.iter().map(|warning| {
        json!({"what": warning.what, "count": warning.count, "examples": warning.examples})
    });
    json!({"release": loaded.release, "warnings": warnings.collect::<Vec<_>>()})
}
