//! The read models of one version of the program, as a server keeps them beside those of others.

use std::borrow::Cow;
use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{Event, Projection, RowChange, Schema, Table};

/// The read models of a service as one version of the program knows them: tables of their own, and how far along the log they
/// have come.
///
/// Programs whose tables and listings are the same have the same generation; what one of them commits is in the rows with the
/// commit. Others find that their rows stand behind the log, and take them along it before they read or write any.
#[derive(Clone)]
pub(crate) struct Generation {
    name: String,
    projections: Vec<&'static dyn Projection>,
}

impl Generation {
    /// That of `schema`; none where nothing says how its tables follow from the log.
    pub(crate) fn of(schema: &Schema) -> Option<Self> {
        let generation = || Self {
            name: fingerprint(schema),
            projections: schema.projections.clone(),
        };
        (!schema.projections.is_empty()).then(generation)
    }

    /// Its name: eight hexadecimal digits.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// All tables that are of it.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &'static Table> {
        self.projections.iter().flat_map(|it| it.tables()).copied()
    }

    /// Whether `table` is of it.
    pub(crate) fn keeps(&self, table: &Table) -> bool {
        self.tables().any(|it| it == table)
    }

    /// Whether the rows of `table` must have come as far as the log before they are read.
    pub(crate) fn is_gated(&self, table: &Table) -> bool {
        let in_commits = self.projections.iter().filter(|it| !it.follows());
        in_commits.flat_map(|it| it.tables()).any(|it| *it == table)
    }

    /// What a table of it is called on the server.
    pub(crate) fn table_name(&self, table: &Table) -> String {
        format!("{}_{}", table.name, self.name)
    }

    /// The counter that says how far along the log its rows have come.
    pub(crate) fn counter(&self) -> String {
        counter_of(&self.name)
    }

    /// Under which name the consumer `name` has its checkpoint: where it makes tables of this generation, its own.
    pub(crate) fn consumer(&self, name: &str) -> Option<String> {
        let consumer = || format!("{name}@{}", self.name);
        let follows = |it: &&'static dyn Projection| it.follows() && it.name() == name;
        self.projections.iter().any(follows).then(consumer)
    }

    /// The names under which its consumers have their checkpoints.
    pub(crate) fn consumers(&self) -> impl Iterator<Item = String> {
        let all = self.projections.iter();
        all.filter_map(|it| self.consumer(it.name()))
    }

    /// What `event` changes in its rows, but for those that follow the log by themselves.
    pub(crate) fn changes(&self, event: &Event) -> Vec<RowChange> {
        let in_commits = self.projections.iter().filter(|it| !it.follows());
        in_commits.flat_map(|it| it.apply(event)).collect()
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Generation({})", self.name)
    }
}

/// The counter of the generation `name`.
pub(crate) fn counter_of(name: &str) -> String {
    format!("views {name}")
}

/// What `table` is called in the database.
pub(crate) fn name_of(table: &Table, generation: Option<&Generation>) -> Cow<'static, str> {
    let generation = generation.filter(|it| it.keeps(table));
    generation.map_or(Cow::Borrowed(table.name), |it| it.table_name(table).into())
}

/// What a drill compiles into a second program, so that it has a generation of its own; nothing in any other.
const OTHER: Option<&str> = option_env!("MEDCOVER_TABLE_GENERATION");

/// Of everything that makes rows different. Columns and listings count beside the versions, which somebody may have forgotten
/// to raise.
fn fingerprint(schema: &Schema) -> String {
    let mut hash = Sha256::new();
    hash.update(OTHER.unwrap_or_default());
    for projection in &schema.projections {
        hash.update(format!("{}\n", projection.name()));
        for table in projection.tables() {
            hash.update(format!(" {} {}\n", table.name, table.version));
            for column in table.all() {
                let nullable = if column.nullable { "?" } else { "" };
                hash.update(format!("  {} {:?}{nullable}\n", column.name, column.kind));
            }
        }
    }
    for listing in &schema.listings {
        let (table, equal) = (listing.table.name, listing.equal.join(" "));
        hash.update(format!(
            "{table} {}: {equal}; {}\n",
            listing.name, listing.order
        ));
    }
    let digest = hash.finalize();
    let hex = digest.iter().take(4).map(|byte| format!("{byte:02x}"));
    hex.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, ColumnKind, Listing};

    const KEY: &[Column] = &[Column::of("id", ColumnKind::Id)];

    const PLAIN: Table = Table {
        name: "item",
        version: 1,
        key: KEY,
        columns: &[],
    };
    static FIRST: Table = PLAIN;
    static SECOND: Table = Table {
        version: 2,
        ..PLAIN
    };
    static WIDER: Table = Table {
        columns: &[Column::of("stock", ColumnKind::Integer)],
        ..PLAIN
    };
    static BY_ID: Listing = Listing {
        name: "id",
        table: &FIRST,
        equal: &[],
        order: "id",
    };

    /// Makes the tables that it has, beside the log or not.
    struct Made(&'static str, &'static [&'static Table], bool);

    impl Projection for Made {
        fn name(&self) -> &'static str {
            self.0
        }
        fn tables(&self) -> &'static [&'static Table] {
            self.1
        }
        fn apply(&self, _: &Event) -> Vec<RowChange> {
            Vec::new()
        }
        fn follows(&self) -> bool {
            self.2
        }
    }

    fn named(made: &'static Made, listings: &[&'static Listing]) -> String {
        let schema = Schema::new().table(made.1[0], listings);
        let generation = Generation::of(&schema.projected_by(&[made]));
        generation.expect("it is projected").name().to_owned()
    }

    #[test]
    fn whatever_makes_rows_different_makes_another_generation() {
        static MADE: Made = Made("items", &[&FIRST], false);
        static AGAIN: Made = Made("items", &[&FIRST], false);
        static RAISED: Made = Made("items", &[&SECOND], false);
        static FORGOTTEN: Made = Made("items", &[&WIDER], false);
        let name = named(&MADE, &[]);
        assert_eq!(named(&AGAIN, &[]), name);
        assert_ne!(named(&RAISED, &[]), name);
        assert_ne!(named(&FORGOTTEN, &[]), name);
        assert_ne!(named(&MADE, &[&BY_ID]), name);
        assert!(Generation::of(&Schema::new().table(&FIRST, &[])).is_none());
    }

    #[test]
    fn what_follows_the_log_by_itself_has_its_own_checkpoint_and_no_gate() {
        static ROWS: Made = Made("rows", &[&FIRST], false);
        static SUMS: Made = Made("sums", &[&OTHER], true);
        static OTHER: Table = Table {
            name: "sum",
            ..PLAIN
        };
        static STRANGE: Table = Table {
            name: "log_of_searches",
            ..PLAIN
        };
        let schema = Schema::new().table(&FIRST, &[]).table(&OTHER, &[]);
        let schema = schema.table(&STRANGE, &[]).projected_by(&[&ROWS, &SUMS]);
        let it = Generation::of(&schema).expect("it is projected");
        assert_eq!(it.consumer("sums"), Some(format!("sums@{}", it.name())));
        assert_eq!((it.consumer("rows"), it.consumer("mail")), (None, None));
        assert!(it.is_gated(&FIRST) && !it.is_gated(&OTHER));
        assert!(it.keeps(&OTHER) && !it.keeps(&STRANGE));
        assert_eq!(name_of(&STRANGE, Some(&it)), "log_of_searches");
        assert_eq!(name_of(&OTHER, Some(&it)), format!("sum_{}", it.name()));
    }
}
