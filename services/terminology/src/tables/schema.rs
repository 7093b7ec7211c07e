//! The tables of ICD-10-CM on PostgreSQL: a partition for each range of chapters, and the indexes.

use std::fmt::Write as _;

use medcover_store::{Migration, PartitionedIndex, ReferenceSchema};

use crate::search_log::create_search_logs;

/// A part of `icd10_master`: its name after `icd10_`, its first code, and the first beyond it.
pub(crate) type Partition = (&'static str, &'static str, &'static str);

/// Ranges are half-open and compared byte by byte. Chapters 2 and 3, 7 and 8, 20 and 22 share one, because their codes share
/// a letter or stand on both sides of another's.
pub(crate) const PARTITIONS: [Partition; 19] = [
    ("infectious_parasitic", "A00", "C00"),
    ("neoplasms_blood", "C00", "E00"),
    ("endocrine_metabolic", "E00", "F00"),
    ("mental_behavioral", "F00", "G00"),
    ("nervous_system", "G00", "H00"),
    ("eye_ear", "H00", "I00"),
    ("circulatory", "I00", "J00"),
    ("respiratory", "J00", "K00"),
    ("digestive", "K00", "L00"),
    ("skin", "L00", "M00"),
    ("musculoskeletal", "M00", "N00"),
    ("genitourinary", "N00", "O00"),
    ("pregnancy_childbirth", "O00", "P00"),
    ("perinatal", "P00", "Q00"),
    ("congenital", "Q00", "R00"),
    ("symptoms_signs", "R00", "S00"),
    ("injury_poisoning", "S00", "U00"),
    ("special_external", "U00", "Z00"),
    ("health_factors", "Z00", "ZZZ"),
];

/// How many chapters ICD-10-CM has.
const CHAPTERS: u8 = 22;

/// Where a code would land that lies in no chapter; it stays empty.
const DEFAULT: &str = "default";

/// The extension for similarity. PostgreSQL's own package brings it; a database has it once somebody has made it there.
pub(crate) const TRIGRAM: &str = "pg_trgm";

/// The extension by which an index of words or trigrams holds those of each release apart: of four releases side by side, only the
/// quarter is looked at that is asked for.
const RELEASES: &str = "btree_gin";

/// What full-text search looks at.
pub(super) const FULL_TEXT: &str =
    "to_tsvector('english', term || ' ' || COALESCE(short_description, ''))";

/// An index over all partitions: its name after `idx_icd10_`, what it is of, and the extension that it needs. Besides these there
/// is the key (release, code), `idx_icd10_code`.
const INDEXES: [(&str, &str, Option<&str>); 10] = [
    (
        "active_chapter_code",
        "(release, chapter, code) WHERE active",
        None,
    ),
    (
        "term_active_billable",
        "(release, term_key, code) WHERE active AND billable",
        None,
    ),
    (
        "term_gin",
        "USING gin ({gains}to_tsvector('english', term || ' ' || COALESCE(short_description, '')))",
        None,
    ),
    (
        "term_trigram",
        "USING gin ({gains}term {extension}.gin_trgm_ops)",
        Some(TRIGRAM),
    ),
    ("term_prefix", "(release, term_key, code)", None),
    ("parent", "(release, parent, place)", None),
    (
        "billable_code",
        "(release, code) INCLUDE (term) WHERE billable",
        None,
    ),
    ("level_code", "(release, level, code)", None),
    ("place", "(release, place)", None),
    ("inactive_code", "(release, code) WHERE NOT active", None),
];

/// The schema, with the search log; migrations are only ever added.
pub(crate) const ICD10: ReferenceSchema = ReferenceSchema {
    name: "icd10",
    extensions: &[TRIGRAM, RELEASES],
    migrations: &[
        Migration {
            name: "create_icd10_partitions",
            statements: create_icd10_partitions,
        },
        Migration {
            name: "create_materialized_views",
            statements: create_materialized_views,
        },
        Migration {
            name: "create_search_logs",
            statements: create_search_logs,
        },
        Migration {
            name: "tell_chapters_apart",
            statements: tell_chapters_apart,
        },
    ],
    indexes: create_performance_indexes,
};

/// The names of all partitions after `icd10_`, that which stays empty the last.
pub(crate) fn parts() -> impl Iterator<Item = &'static str> {
    PARTITIONS.iter().map(|part| part.0).chain([DEFAULT])
}

fn create_icd10_partitions() -> String {
    let mut sql = String::from(
        "CREATE TABLE icd10_releases (
            release text COLLATE \"C\" PRIMARY KEY,
            title text NOT NULL,
            uri text NOT NULL,
            valid_from text,
            source_sha256 text NOT NULL,
            concepts bigint NOT NULL,
            billable bigint NOT NULL,
            current boolean NOT NULL,
            loaded_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX idx_icd10_releases_current ON icd10_releases (current) WHERE current;
        CREATE TABLE icd10_master (
            release text COLLATE \"C\" NOT NULL,
            code text COLLATE \"C\" NOT NULL,
            place bigint NOT NULL,
            level bigint NOT NULL,
            parent text COLLATE \"C\",
            chapter bigint NOT NULL,
            billable boolean NOT NULL,
            active boolean NOT NULL,
            term text NOT NULL,
            term_key text COLLATE \"C\" NOT NULL,
            short_description text,
            details jsonb NOT NULL,
            CONSTRAINT idx_icd10_code PRIMARY KEY (release, code)
        ) PARTITION BY RANGE (code);
        CREATE TABLE icd10_groups (
            LIKE icd10_master,
            CONSTRAINT idx_icd10_groups_code PRIMARY KEY (release, code)
        );
        CREATE INDEX idx_icd10_groups_parent ON icd10_groups (release, parent, place);",
    );
    for (name, from, to) in PARTITIONS {
        let values = format!("FOR VALUES FROM ('{from}') TO ('{to}')");
        partition(&mut sql, name, &values);
    }
    partition(&mut sql, DEFAULT, "DEFAULT");
    sql.push_str(
        "CREATE VIEW icd10_concepts AS
            SELECT * FROM icd10_groups UNION ALL SELECT * FROM icd10_master;
        CREATE VIEW icd10_codes AS
            SELECT c.release, c.code, c.parent, c.chapter, c.billable, c.active, c.term, c.short_description
            FROM icd10_master c JOIN icd10_releases r ON r.release = c.release AND r.current",
    );
    sql
}

fn partition(sql: &mut String, name: &str, values: &str) {
    write!(
        sql,
        "CREATE TABLE icd10_{name} PARTITION OF icd10_master {values};
        ALTER INDEX icd10_{name}_pkey RENAME TO idx_icd10_{name}_code;"
    )
    .expect("writing to a string succeeds");
}

fn create_materialized_views() -> String {
    "CREATE MATERIALIZED VIEW mv_chapter_stats AS
        SELECT release, chapter,
            count(*) AS total_codes,
            count(*) FILTER (WHERE active) AS active_codes,
            count(*) FILTER (WHERE billable) AS billable_codes
        FROM icd10_master GROUP BY release, chapter;
    CREATE UNIQUE INDEX idx_mv_chapter_stats ON mv_chapter_stats (release, chapter)"
        .to_owned()
}

/// Where a partition holds one chapter, a statement that is prepared for any chapter would be planned as if all of the
/// partition were of the one asked for, so that each partition is read to its end to find that nothing is. In truth it is one
/// of as many as there are.
fn tell_chapters_apart() -> String {
    let mut sql = String::new();
    for name in parts() {
        write!(
            sql,
            "ALTER TABLE icd10_{name} ALTER COLUMN chapter SET (n_distinct = {CHAPTERS});
            ANALYZE icd10_{name} (chapter);"
        )
        .expect("writing to a string succeeds");
    }
    sql
}

fn create_performance_indexes() -> Vec<PartitionedIndex> {
    let indexes = INDEXES
        .iter()
        .map(|&(name, definition, needs)| PartitionedIndex {
            name: format!("idx_icd10_{}", parent_name(name)),
            table: "icd10_master",
            definition,
            needs,
            gains: Some((RELEASES, "release, ")),
            partitions: parts()
                .map(|part| (format!("icd10_{part}"), format!("idx_icd10_{part}_{name}")))
                .collect(),
        });
    indexes.collect()
}

/// The index of full text has another name over all partitions than on each.
fn parent_name(name: &str) -> &str {
    match name {
        "term_gin" => "term_fulltext",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_one_another_without_gaps() {
        for pair in PARTITIONS.windows(2) {
            assert!(pair[0].1 < pair[0].2, "{:?}", pair[0]);
            assert_eq!(pair[0].2, pair[1].1);
        }
    }

    #[test]
    fn no_name_is_longer_than_postgres_keeps() {
        for index in create_performance_indexes() {
            for (_, name) in &index.partitions {
                assert!(name.len() <= 63, "{name}");
            }
        }
    }

    #[test]
    fn the_index_of_full_text_is_of_what_is_asked_for() {
        assert!(INDEXES.iter().any(|it| it.1.contains(FULL_TEXT)));
    }
}
