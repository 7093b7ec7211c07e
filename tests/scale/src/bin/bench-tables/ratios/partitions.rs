//! Partitions by chapters, beside one table with the same rows and the same indexes.

use std::sync::Arc;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_store::{ColumnKind, PostgresOptions, ReferenceTables, Value};
use medcover_terminology::Sample;

use super::{Part, Ratio, Way, times};
use crate::ask::{Asked, since};
use crate::measure::{Budget, Times, Timing};
use crate::server::{Loaded, SCHEMA, run};
use crate::{Outcome, find};

/// The schema of the one table.
const WHOLE: &str = "whole";
/// The queries that B-trees answer: those that name codes, and those that do not.
const COMPARED: [&str; 8] = [
    "a code",
    "codes by their beginning",
    "codes of a chapter",
    "billable codes with their titles",
    "categories",
    "titles by their beginning",
    "what stands below a code",
    "the release in its order",
];
/// What no index answers: titles within a letter by a word in their middle.
const SCAN: &str = "SELECT count(*) FROM icd10_master WHERE release = $1 AND code >= $2 AND code < $3 \
    AND position($4 IN term_key) > 0";

pub(crate) async fn measure(
    loaded: &Loaded,
    queries: &[Asked],
    samples: &[Sample],
    budget: Budget,
) -> Outcome<Ratio> {
    eprintln!("copying all rows into one table");
    copy(loaded).await?;
    let clock = SystemClock::new();
    let options = PostgresOptions {
        schema: WHOLE.to_owned(),
        ..loaded.options()
    };
    let parted = loaded.look()?;
    let whole = ReferenceTables::look(&options, Arc::new(clock))?;
    let mut parts = Vec::new();
    for what in COMPARED {
        eprintln!("{what}: partitions, and one table");
        let query = find(queries, what)?;
        let (mut plain, mut ours) = (Times::default(), Times::default());
        let end = clock.elapsed() + budget.span / 2;
        for sample in samples.iter().take(budget.asked) {
            if clock.elapsed() > end {
                break;
            }
            let began = clock.elapsed();
            query.ask(&parted, sample).await?;
            ours.push(since(&clock, began));
            let began = clock.elapsed();
            query.ask(&whole, sample).await?;
            plain.push(since(&clock, began));
        }
        parts.push(Part {
            what: what.to_owned(),
            plain: plain.timing(),
            ours: ours.timing(),
        });
    }
    parts.push(scan(&parted, &whole, samples, budget, clock).await?);
    parted.close().await;
    whole.close().await;
    run(
        &mut loaded.session().await?,
        &format!("DROP SCHEMA {WHOLE} CASCADE"),
    )
    .await?;
    Ok(ratio(parts))
}

fn ratio(parts: Vec<Part>) -> Ratio {
    let logs: f64 = parts.iter().map(|it| it.ratio().ln()).sum();
    let mean = (logs / parts.len().max(1) as f64).exp();
    let of_all = |timing: fn(&Part) -> Timing| {
        let each: Vec<_> = parts.iter().map(timing).collect();
        let count = each.iter().map(|it| it.count).sum();
        let sum: f64 = each.iter().map(|it| it.mean_ms * it.count as f64).sum();
        let most = |of: fn(&Timing) -> f64| each.iter().map(of).fold(0.0, f64::max);
        Timing {
            count,
            mean_ms: sum / count.max(1) as f64,
            p50_ms: most(|it| it.p50_ms),
            p99_ms: most(|it| it.p99_ms),
            max_ms: most(|it| it.max_ms),
        }
    };
    Ratio {
        what: "partitions ÷ one table",
        stated: "10 ×",
        found: format!("{} (geometric mean of {})", times(mean), parts.len()),
        why: "a B-tree over all rows is as deep as one over a partition, or a level deeper, so what names codes can gain a page at most by \
            looking into one partition, and what names none looks into twenty indexes instead of one. A scan within a letter reads \
            the same rows, there by the key. Partitions are for loading, archiving and building indexes piece by piece"
            .to_owned(),
        plain: Way::of("one table (p50, p99: the slowest query's)", of_all(|it| it.plain)),
        ours: Way::of("19 partitions (the same)", of_all(|it| it.ours)),
        parts,
    }
}

/// The same rows in one table, with the same B-trees. What GIN answers is compared with none in `trigrams`.
async fn copy(loaded: &Loaded) -> Outcome<()> {
    let mut session = loaded.session().await?;
    let tables = format!(
        "DROP SCHEMA IF EXISTS {WHOLE} CASCADE; CREATE SCHEMA {WHOLE}; \
        CREATE TABLE {WHOLE}.icd10_master (LIKE {SCHEMA}.icd10_master); \
        INSERT INTO {WHOLE}.icd10_master SELECT * FROM {SCHEMA}.icd10_master ORDER BY release, code; \
        ALTER TABLE {WHOLE}.icd10_master ADD CONSTRAINT idx_icd10_code PRIMARY KEY (release, code); \
        CREATE TABLE {WHOLE}.icd10_groups (LIKE {SCHEMA}.icd10_groups INCLUDING ALL); \
        INSERT INTO {WHOLE}.icd10_groups SELECT * FROM {SCHEMA}.icd10_groups; \
        CREATE VIEW {WHOLE}.icd10_concepts AS \
            SELECT * FROM {WHOLE}.icd10_groups UNION ALL SELECT * FROM {WHOLE}.icd10_master"
    );
    run(&mut session, &tables).await?;
    let definitions = "SELECT indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename = 'icd10_master' \
        AND indexname <> 'idx_icd10_code' AND indexdef LIKE '%USING btree%'";
    let definitions: Vec<String> = sqlx::query_scalar(definitions)
        .bind(SCHEMA)
        .fetch_all(&mut session)
        .await?;
    for definition in definitions {
        let here = format!(" ON ONLY {SCHEMA}.");
        let made = definition.replace(&here, &format!(" ON {WHOLE}."));
        if made == definition {
            return Err(format!("this index is not over all partitions: {definition}").into());
        }
        run(&mut session, &made).await?;
    }
    // Statements of its own: a vacuum stands in no transaction.
    for table in ["icd10_master", "icd10_groups"] {
        run(&mut session, &format!("VACUUM ANALYZE {WHOLE}.{table}")).await?;
    }
    Ok(())
}

/// All titles of a letter are read.
async fn scan(
    parted: &ReferenceTables,
    whole: &ReferenceTables,
    samples: &[Sample],
    budget: Budget,
    clock: SystemClock,
) -> Outcome<Part> {
    eprintln!("a scan within a letter: partitions, and one table");
    let (mut plain, mut ours) = (Times::default(), Times::default());
    let end = clock.elapsed() + budget.span;
    for sample in samples.iter().take(budget.asked) {
        if clock.elapsed() > end {
            break;
        }
        let letter = &sample.code[..1];
        let values: [Value; 4] = [
            sample.release.as_str().into(),
            format!("{letter}00").as_str().into(),
            format!("{letter}ZZ").as_str().into(),
            "fracture".into(),
        ];
        for (tables, times) in [(parted, &mut ours), (whole, &mut plain)] {
            let began = clock.elapsed();
            tables
                .rows(&SCAN.into(), &values, &[ColumnKind::Integer])
                .await?;
            times.push(since(&clock, began));
        }
    }
    Ok(Part {
        what: "titles of a letter with a word in them, without an index".to_owned(),
        plain: plain.timing(),
        ours: ours.timing(),
    })
}
