//! Filling the tables with a table that is read row by row, however long it is.

use std::io::BufRead;

use medcover_kernel::{Clock, Error, ErrorKind, Result};
use medcover_store::Bulk;
use medcover_terms::source::Level;

use super::load::{INTO, ReleaseRow, count, forget, make_current, wait};
use super::{Icd10Tables, row};
use crate::load::{Progress, TableRows};

/// Longest name of a release, in bytes.
const MAX_VERSION: usize = 64;
const TITLE: &str = "ICD-10-CM";
const URI: &str = "http://hl7.org/fhir/sid/icd-10-cm";

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowsLoaded {
    /// Rows, with chapters and blocks.
    pub concepts: u64,
    /// Codes among them that may stand on a claim.
    pub billable: u64,
}

/// Copies `rows` within a transaction in which they are current.
pub(super) async fn fill_rows<R: BufRead>(
    tables: &Icd10Tables,
    version: &str,
    rows: &mut TableRows<R>,
    clock: &dyn Clock,
    progress: &mut dyn Progress,
) -> Result<(Bulk, RowsLoaded)> {
    check(version)?;
    let mut turn = wait(tables, progress).await?;
    forget(&mut turn, version).await?;
    let loaded = copy(&mut turn, version, rows, progress).await?;
    count(&mut turn, progress).await?;
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let release = ReleaseRow {
        version,
        title: TITLE,
        uri: URI,
        valid_from: None,
        // The rows were not kept, so nobody can tell whether others are the same.
        source_sha256: "",
        concepts: number(loaded.concepts),
        billable: number(loaded.billable),
    };
    make_current(&mut turn, &release, clock).await?;
    Ok((turn, loaded))
}

/// A name goes into addresses, logs and the key of each row.
fn check(version: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if (1..=MAX_VERSION).contains(&version.len()) && version.bytes().all(plain) {
        return Ok(());
    }
    let reason = format!(
        "`{version}` is no name of a release: it has 1 to {MAX_VERSION} letters, digits, `.`, `-` and `_`."
    );
    Err(Error::new(ErrorKind::Refused, "release-refused", reason))
}

async fn copy<R: BufRead>(
    turn: &mut Bulk,
    version: &str,
    rows: &mut TableRows<R>,
    progress: &mut dyn Progress,
) -> Result<RowsLoaded> {
    progress.begin("Copying to PostgreSQL", rows.bytes());
    let mut loaded = RowsLoaded::default();
    let mut told = 0;
    let mut fault = None;
    let mut place = 0_u32;
    let mut waiting = rows.next_row()?;
    for (table, groups) in INTO {
        let into = format!("{table} {}", row::COPIED);
        let next = |out: &mut Vec<u8>| {
            let of_table = |level: Level| (level < Level::Category) == groups;
            let Some(row) = waiting.take_if(|it| of_table(it.concept.level)) else {
                return false;
            };
            row::write(
                out,
                version,
                place,
                &row.concept,
                row.parent.as_deref(),
                None,
            );
            place += 1;
            loaded.concepts += 1;
            loaded.billable += u64::from(row.concept.billable && row.concept.active);
            progress.advance(rows.position().saturating_sub(told));
            told = rows.position();
            match rows.next_row() {
                Ok(next) => waiting = next,
                Err(error) => fault = Some(error),
            }
            waiting.is_some()
        };
        turn.copy(&into, next).await?;
        if let Some(fault) = fault.take() {
            return Err(fault.into());
        }
    }
    if loaded.concepts == 0 {
        return Err(rows.fault("the table has no row after its header").into());
    }
    progress.finish();
    Ok(loaded)
}
