//! The tables on a server.

mod answers;
mod kept;
mod loads;
mod partitions;
mod plans;
mod rows;
mod usage;

use std::sync::Arc;

use medcover_kernel::{Clock, SystemClock};
use medcover_store::{ColumnKind, PostgresOptions};
use medcover_terms::source::{Level, Source, SourceConcept};
use medcover_testkit::PostgresServer;

use super::load::{Facts, fill};
use super::{Icd10Tables, schema};
use crate::load::Quiet;

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

pub(super) fn server() -> PostgresServer {
    assert!(
        PostgresServer::is_installed(),
        "needs PostgreSQL: apt-get install postgresql-15"
    );
    PostgresServer::start().expect("it starts")
}

pub(super) fn options(server: &PostgresServer) -> PostgresOptions {
    PostgresOptions::new(server.url(), "terminology", "unused.anchors")
}

pub(super) async fn tables(server: &PostgresServer) -> Icd10Tables {
    let tables = Icd10Tables::open(&options(server), clock()).await;
    tables.expect("they are made")
}

/// Copies `source` and lets it be seen.
pub(super) async fn load(tables: &Icd10Tables, source: &Source, sha256: &str) {
    let facts = facts(source, sha256);
    let filled = fill(tables, source, &facts, &*clock(), &mut Quiet).await;
    let kept = filled.expect("it is copied").commit().await;
    kept.expect("it is kept");
}

pub(super) fn facts<'a>(source: &Source, sha256: &'a str) -> Facts<'a> {
    Facts {
        source_sha256: sha256,
        concepts: source.concepts.len() as u32,
        billable: 0,
    }
}

/// The rows of one or two columns of texts.
pub(super) async fn texts(tables: &Icd10Tables, sql: &str, columns: usize) -> Vec<Vec<String>> {
    let kinds = vec![ColumnKind::Text; columns];
    let rows = tables.tables.rows(&sql.into(), &[], &kinds).await;
    let rows = rows.expect("it is answered").into_iter();
    let text = |cell: medcover_store::Value| cell.as_text().unwrap_or("-").to_owned();
    rows.map(|row| row.into_iter().map(text).collect())
        .collect()
}

/// A release of `each` codes in every category of ten for each partition, under a chapter for each.
pub(super) fn generated(version: &str, each: u32) -> Source {
    let mut source = Source {
        system: "icd10cm".to_owned(),
        uri: "http://hl7.org/fhir/sid/icd-10-cm".to_owned(),
        title: "ICD-10-CM".to_owned(),
        version: version.to_owned(),
        dotted: true,
        ..Source::default()
    };
    for (number, (name, from, _)) in (1..).zip(schema::PARTITIONS) {
        let chapter = source.concepts.len() as u32;
        source.concepts.push(SourceConcept {
            code: number.to_string(),
            title: format!("Chapter of {name}"),
            level: Level::Chapter,
            chapter: number,
            active: true,
            ..SourceConcept::default()
        });
        for category in 0..10 {
            let code = format!("{}{category}", &from[..2]);
            // Some partitions hold two chapters.
            let number = if category < 5 { number } else { number + 20 };
            add(&mut source, chapter, &code, Level::Category, number);
            let parent = source.concepts.len() as u32 - 1;
            for below in 0..each {
                let code = format!("{code}.{below:03}");
                add(&mut source, parent, &code, Level::Subcategory, number);
            }
        }
    }
    source
}

fn add(source: &mut Source, parent: u32, code: &str, level: Level, chapter: u8) {
    const WORDS: [&str; 12] = [
        "acute",
        "chronic",
        "benign",
        "malignant",
        "disorder",
        "fracture",
        "infection",
        "lesion",
        "ulcer",
        "syndrome",
        "injury",
        "stenosis",
    ];
    let place = source.concepts.len();
    let word = |step: usize| WORDS[place / step % WORDS.len()];
    source.concepts.push(SourceConcept {
        code: code.to_owned(),
        title: format!("{} {} of site {code}, {}", word(1), word(12), word(144)),
        level,
        parent: Some(parent),
        chapter,
        billable: level == Level::Subcategory && !place.is_multiple_of(3),
        active: !place.is_multiple_of(50),
        ..SourceConcept::default()
    });
}
