//! Where SQLite and PostgreSQL differ.

use crate::{Column, ColumnKind};

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "its engine is not there yet; a test prepares its statements"
        )
    )]
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
            (Self::Postgres, ColumnKind::Integer | ColumnKind::Timestamp) => "bigint",
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
            (Self::Postgres, ColumnKind::Json) => format!("CAST(${number} AS jsonb)"),
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
}
