//! Read-model tables, declared as constants, and changes to their rows as data.

use medcover_kernel::{TenantId, Timestamp};
use uuid::Uuid;

use crate::CanonicalJson;

/// A table of a read model. Every row belongs to a tenant, whose id leads the key; it is not listed among the columns.
#[derive(Debug)]
pub struct Table {
    /// Its name: `a` to `z`, `0` to `9` and `_`, unique within a service.
    pub name: &'static str,
    /// Raised whenever columns, key, listings or the projection's rules change: the table is then rebuilt from the log, instead
    /// of the old one or beside it ([`Schema::projected_by`](crate::Schema::projected_by)).
    pub version: u16,
    /// The columns of the key, in order. The tenant comes before them.
    pub key: &'static [Column],
    /// The other columns.
    pub columns: &'static [Column],
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name: `a` to `z`, `0` to `9` and `_`, unique within the table.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether it may hold nothing.
    pub nullable: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A UUID.
    Id,
    /// Text without the character NUL, in the order of its bytes.
    Text,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// A moment.
    Timestamp,
    /// JSON, which cannot be ordered or searched by. Engines may keep it in a form of their own.
    Json,
    /// JSON kept as text, byte for byte, because it is hashed.
    Canonical,
    /// Bytes.
    Bytes,
}

impl Column {
    /// A column that always holds something.
    pub const fn of(name: &'static str, kind: ColumnKind) -> Self {
        Self {
            name,
            kind,
            nullable: false,
        }
    }

    /// A column that may hold nothing.
    pub const fn maybe(name: &'static str, kind: ColumnKind) -> Self {
        Self {
            name,
            kind,
            nullable: true,
        }
    }
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing.
    Null,
    /// A UUID.
    Id(Uuid),
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// A moment.
    Timestamp(Timestamp),
    /// JSON.
    Json(CanonicalJson),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Tables are told apart by name and version, which is quicker than looking at every column.
impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.version) == (other.name, other.version)
    }
}
impl Eq for Table {}

impl Table {
    /// The columns in the order in which a [`Row`] holds values: first the key.
    pub fn all(&self) -> impl Iterator<Item = &'static Column> {
        self.key.iter().chain(self.columns)
    }

    /// Where the column `name` stands in that order.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.all().position(|column| column.name == name)
    }
}

/// A change to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// Whose row. In a commit that writes events it must be the tenant of the commit.
    pub tenant: TenantId,
    /// Of which table.
    pub table: &'static Table,
    /// Which row, by the columns of the key.
    pub key: Vec<Value>,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It holds these values, whether it was there before or not; one for each of [`Table::columns`].
    Put(Vec<Value>),
    /// Some columns change. A row that is not there starts with nothing in columns that may be empty and 0 in those of
    /// numbers; if that leaves a column open, the commit is refused as invalid.
    Patch {
        /// Columns that get a value.
        set: Vec<(&'static str, Value)>,
        /// Columns of numbers that grow by an amount.
        add: Vec<(&'static str, i64)>,
    },
    /// It is gone, if it was there.
    Delete,
}

/// A way to list the rows of a table: those equal in some columns, in the order of another. Each has an index.
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its name: `a` to `z`, `0` to `9` and `_`, unique within the table.
    pub name: &'static str,
    /// Of which table.
    pub table: &'static Table,
    /// Columns that must equal a given value.
    pub equal: &'static [&'static str],
    /// The column that gives the order, before the key; it must not be nullable.
    pub order: &'static str,
}

/// A page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    /// Which listing.
    pub listing: &'static Listing,
    /// Whose rows.
    pub tenant: TenantId,
    /// The values of [`Listing::equal`].
    pub equal: Vec<Value>,
    /// Rows whose order column is at least this.
    pub from: Option<Value>,
    /// Rows whose order column is below this.
    pub to: Option<Value>,
    /// Last rows first.
    pub descending: bool,
    /// Rows after this one: the [`Row::cursor`] of the last row of the page before.
    pub after: Option<Vec<Value>>,
    /// How many rows; at most [`limits::PAGE`](crate::limits::PAGE).
    pub limit: usize,
}

impl Select {
    /// The first page of `listing`.
    pub const fn first(
        listing: &'static Listing,
        tenant: TenantId,
        equal: Vec<Value>,
        limit: usize,
    ) -> Self {
        Self {
            listing,
            tenant,
            equal,
            from: None,
            to: None,
            descending: false,
            after: None,
            limit,
        }
    }
}

/// A row as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Of which table.
    pub table: &'static Table,
    /// Its values, in the order of [`Table::all`].
    pub values: Vec<Value>,
}

impl Row {
    /// The value in column `name`. Panics if the table has no such column: names are constants beside the table's.
    pub fn get(&self, name: &str) -> &Value {
        let at = self.table.position(name);
        let at = at.unwrap_or_else(|| panic!("table {} has no column {name}", self.table.name));
        &self.values[at]
    }

    /// Where this row stands in `listing`, to go on after it.
    pub fn cursor(&self, listing: &Listing) -> Vec<Value> {
        let key = &self.values[..self.table.key.len()];
        let order = self.get(listing.order).clone();
        std::iter::once(order).chain(key.iter().cloned()).collect()
    }
}

macro_rules! value_of {
    ($($from:ty => $kind:ident, $as:ident -> $to:ty;)*) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$kind(value)
            }
        })*

        impl Value {
            $(#[doc = concat!("The value, if it is of [`", stringify!($kind), "`](Self::", stringify!($kind), ").")]
            pub fn $as(&self) -> Option<&$to> {
                match self {
                    Self::$kind(value) => Some(value),
                    _ => None,
                }
            })*
        }
    };
}
value_of! {
    Uuid => Id, as_id -> Uuid;
    String => Text, as_text -> str;
    i64 => Integer, as_integer -> i64;
    bool => Boolean, as_boolean -> bool;
    Timestamp => Timestamp, as_timestamp -> Timestamp;
    CanonicalJson => Json, as_json -> CanonicalJson;
    Vec<u8> => Bytes, as_bytes -> [u8];
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
