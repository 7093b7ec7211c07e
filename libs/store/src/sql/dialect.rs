//! Where SQLite and PostgreSQL differ.

use crate::{Column, ColumnKind};

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The type of a column, ordered by bytes where it is text.
    pub(super) const fn column_type(self, kind: ColumnKind) -> &'static str {
        match (self, kind) {
            (Self::Sqlite, ColumnKind::Id | ColumnKind::Bytes) => "BLOB",
            (Self::Sqlite, ColumnKind::Text | ColumnKind::Json | ColumnKind::Canonical) => "TEXT",
            (Self::Sqlite, _) => "INTEGER",
            (Self::Postgres, ColumnKind::Id) => "uuid",
            (Self::Postgres, ColumnKind::Text) => "text COLLATE \"C\"",
            (Self::Postgres, ColumnKind::Canonical) => "text",
            (Self::Postgres, ColumnKind::Json) => "jsonb",
            (Self::Postgres, ColumnKind::Bytes) => "bytea",
            (Self::Postgres, ColumnKind::Boolean) => "boolean",
            (Self::Postgres, ColumnKind::Integer) => "bigint",
            (Self::Postgres, ColumnKind::Timestamp) => "timestamptz",
        }
    }

    /// What follows the columns of a table that is found by its key.
    pub(super) const fn keyed_table(self) -> &'static str {
        match self {
            Self::Sqlite => " STRICT, WITHOUT ROWID",
            Self::Postgres => "",
        }
    }

    /// What follows the columns of a table that is read in the order of its key.
    pub(super) const fn ordered_table(self) -> &'static str {
        match self {
            Self::Sqlite => " STRICT",
            Self::Postgres => "",
        }
    }

    /// The `number`th parameter, from 1, as a value of `column` to be written.
    ///
    /// SQLite looks the names of parameters up one by one, which adds up where a statement has a thousand of them; without
    /// a name they are counted.
    pub(super) fn written(self, number: usize, column: &Column) -> String {
        match (self, column.kind) {
            (Self::Sqlite, _) => "?".to_owned(),
            // The inner cast says that the parameter is text, even to one that prepares the statement with nothing in it.
            (Self::Postgres, ColumnKind::Json) => format!("CAST(CAST(${number} AS text) AS jsonb)"),
            (Self::Postgres, _) => format!("${number}"),
        }
    }

    /// The `number`th parameter as a value to be compared with `column`, where nothing else says its type.
    pub(super) fn compared(self, number: usize, column: &Column) -> String {
        match self {
            Self::Sqlite => "?".to_owned(),
            Self::Postgres => {
                let kind = self.column_type(column.kind);
                let kind = kind.split(' ').next().unwrap_or(kind);
                format!("CAST(${number} AS {kind})")
            }
        }
    }

    /// What begins a transaction that sees the database as it is at one moment.
    pub(crate) const fn snapshot(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// What makes the place where the version of the core is kept, where it is not there.
    pub(crate) const fn version_place(self) -> &'static [&'static str] {
        match self {
            // In the header of the file.
            Self::Sqlite => &[],
            Self::Postgres => &[
                "CREATE TABLE IF NOT EXISTS core_version (only_row boolean PRIMARY KEY, version bigint NOT NULL)",
            ],
        }
    }

    /// The tables there are, each with how many indexes it has beside its key, of those that can be used.
    pub(crate) const fn inventory(self) -> &'static str {
        match self {
            // The index of a key has no statement that made it.
            Self::Sqlite => {
                "SELECT place.name, COUNT(made.name) FROM sqlite_master AS place LEFT JOIN sqlite_master AS made \
                 ON made.type = 'index' AND made.tbl_name = place.name AND made.sql IS NOT NULL \
                 WHERE place.type = 'table' GROUP BY place.name"
            }
            Self::Postgres => {
                "SELECT place.relname::text, COUNT(made.indexrelid) FROM pg_class AS place LEFT JOIN pg_index AS made \
                 ON made.indrelid = place.oid AND made.indisvalid AND NOT made.indisprimary \
                 WHERE place.relkind = 'r' AND place.relnamespace = CAST(current_schema() AS regnamespace) \
                 GROUP BY place.relname"
            }
        }
    }

    /// The version of the core; 0 where there is none.
    pub(crate) const fn version(self) -> &'static str {
        match self {
            Self::Sqlite => "PRAGMA user_version",
            Self::Postgres => "SELECT COALESCE(MAX(version), 0) FROM core_version",
        }
    }

    /// What keeps the version of the core.
    pub(crate) fn set_version(self, version: u16) -> String {
        match self {
            Self::Sqlite => format!("PRAGMA user_version = {version}"),
            Self::Postgres => format!(
                "INSERT INTO core_version VALUES (true, {version}) \
                 ON CONFLICT (only_row) DO UPDATE SET version = excluded.version"
            ),
        }
    }
}
