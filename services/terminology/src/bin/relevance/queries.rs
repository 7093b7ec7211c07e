//! Sets of queries with the codes that each accepts.

use std::fs;
use std::path::Path;

use medcover_kernel::{Error, Result};

/// Queries of one kind.
#[derive(Debug)]
pub(crate) struct QuerySet {
    pub(crate) name: String,
    /// Whether they come from a file rather than from the release.
    pub(crate) from_file: bool,
    pub(crate) queries: Vec<Query>,
}

/// A query and what answers it.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) text: String,
    /// Each accepts itself and all below it.
    pub(crate) accepted: Vec<String>,
}

/// Reads `set<TAB>query<TAB>code|code` lines.
pub(crate) fn read(file: &Path) -> Result<Vec<QuerySet>> {
    let text = fs::read_to_string(file)
        .map_err(|error| Error::not_found(format!("{} cannot be read: {error}", file.display())))?;
    let mut sets: Vec<QuerySet> = Vec::new();
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let columns: Vec<&str> = line.split('\t').collect();
        let [set, query, accepted] = columns[..] else {
            return Err(Error::invalid(
                format!("/line/{}", number + 1),
                "must have three columns: set, query, accepted codes",
            ));
        };
        let query = Query {
            text: query.to_owned(),
            accepted: accepted.split('|').map(str::to_owned).collect(),
        };
        match sets.iter_mut().find(|known| known.name == set) {
            Some(known) => known.queries.push(query),
            None => sets.push(QuerySet {
                name: set.to_owned(),
                from_file: true,
                queries: vec![query],
            }),
        }
    }
    Ok(sets)
}
