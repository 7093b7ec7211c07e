//! Indexes of partitioned tables, built partition by partition.

use std::collections::{HashMap, HashSet};

/// An index of a partitioned table.
#[derive(Clone, Debug)]
pub struct PartitionedIndex {
    /// Its name.
    pub name: String,
    /// The partitioned table.
    pub table: &'static str,
    /// What follows the table in `CREATE INDEX`: method, columns, condition. `{extension}` stands for the schema of the
    /// extension that it needs, `{gains}` for what it gains by another.
    pub definition: &'static str,
    /// The extension without which it is left out.
    pub needs: Option<&'static str>,
    /// An extension, and what the definition gains where the server has that when the index is made.
    pub gains: Option<(&'static str, &'static str)>,
    /// Each partition, and the name of the index on it.
    pub partitions: Vec<(String, String)>,
}

/// A statement to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) sql: String,
    /// Whether it must stand outside of transactions.
    pub(super) alone: bool,
}

/// What is left to do for `indexes`. `known` has the indexes that there are and whether each is whole; `filled` the partitions in
/// which there is anything. Where there is, an index is built beside those who read and write; where not, that would only take long.
pub(super) fn steps(
    indexes: &[PartitionedIndex],
    known: &HashMap<String, bool>,
    filled: &HashSet<String>,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut step = |sql, alone| steps.push(Step { sql, alone });
    for index in indexes {
        let PartitionedIndex {
            name,
            table,
            definition,
            ..
        } = index;
        if known.get(name) == Some(&true) {
            continue;
        }
        if !known.contains_key(name) {
            step(
                format!("CREATE INDEX {name} ON ONLY {table} {definition}"),
                false,
            );
        }
        for (partition, part) in &index.partitions {
            let whole = known.get(part).copied();
            if whole == Some(false) {
                // What is left of a build that broke off.
                step(format!("DROP INDEX CONCURRENTLY {part}"), true);
            }
            if whole != Some(true) {
                let alone = filled.contains(partition);
                let how = if alone { " CONCURRENTLY" } else { "" };
                step(
                    format!("CREATE INDEX{how} {part} ON {partition} {definition}"),
                    alone,
                );
            }
            step(format!("ALTER INDEX {name} ATTACH PARTITION {part}"), false);
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> PartitionedIndex {
        PartitionedIndex {
            name: "by_term".into(),
            table: "codes",
            definition: "(term)",
            needs: None,
            gains: None,
            partitions: vec![
                ("codes_a".into(), "by_term_a".into()),
                ("codes_b".into(), "by_term_b".into()),
            ],
        }
    }

    fn told(known: &[(&str, bool)], filled: &[&str]) -> Vec<String> {
        let known = known
            .iter()
            .map(|(name, whole)| ((*name).to_owned(), *whole));
        let filled = filled.iter().map(|it| (*it).to_owned());
        let steps = steps(&[index()], &known.collect(), &filled.collect());
        let told = steps.into_iter().map(|step| {
            assert_eq!(step.alone, step.sql.contains("CONCURRENTLY"));
            step.sql
        });
        told.collect()
    }

    #[test]
    fn filled_partitions_are_indexed_beside_those_who_write() {
        assert_eq!(
            told(&[], &["codes_b"]),
            [
                "CREATE INDEX by_term ON ONLY codes (term)",
                "CREATE INDEX by_term_a ON codes_a (term)",
                "ALTER INDEX by_term ATTACH PARTITION by_term_a",
                "CREATE INDEX CONCURRENTLY by_term_b ON codes_b (term)",
                "ALTER INDEX by_term ATTACH PARTITION by_term_b",
            ]
        );
    }

    #[test]
    fn what_broke_off_is_finished_and_what_is_whole_is_left() {
        let known = [
            ("by_term", false),
            ("by_term_a", true),
            ("by_term_b", false),
        ];
        assert_eq!(
            told(&known, &["codes_a", "codes_b"]),
            [
                "ALTER INDEX by_term ATTACH PARTITION by_term_a",
                "DROP INDEX CONCURRENTLY by_term_b",
                "CREATE INDEX CONCURRENTLY by_term_b ON codes_b (term)",
                "ALTER INDEX by_term ATTACH PARTITION by_term_b",
            ]
        );
        assert!(told(&[("by_term", true)], &["codes_a"]).is_empty());
    }
}
