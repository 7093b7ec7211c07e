//! What a service keeps in its store besides the log: its tables, their listings, its upcasters.

use std::collections::BTreeSet;
use std::fmt;

use crate::core_tables::{GENERATION, KEYED, LOG};
use crate::plan::value_fault;
use crate::{Column, ColumnKind, Listing, Projection, Select, StoreError, Table, Upcaster, limits};

/// The tables of a service and how its old events are read; given to an engine when it opens.
#[derive(Clone, Default)]
pub struct Schema {
    /// Read-model tables.
    pub tables: Vec<&'static Table>,
    /// The ways in which their rows are listed.
    pub listings: Vec<&'static Listing>,
    /// How old events are brought up.
    pub upcasters: Vec<Upcaster>,
    /// What makes the rows of tables: on a server, several versions of the program then have them side by side.
    pub projections: Vec<&'static dyn Projection>,
}

impl Schema {
    /// A service without tables.
    pub const fn new() -> Self {
        Self {
            tables: Vec::new(),
            listings: Vec::new(),
            upcasters: Vec::new(),
            projections: Vec::new(),
        }
    }

    /// Adds a table and the ways to list it.
    #[must_use]
    pub fn table(mut self, table: &'static Table, listings: &[&'static Listing]) -> Self {
        self.tables.push(table);
        self.listings.extend_from_slice(listings);
        self
    }

    /// Adds an upcaster.
    #[must_use]
    pub fn upcaster(mut self, upcaster: Upcaster) -> Self {
        self.upcasters.push(upcaster);
        self
    }

    /// Says that `projections` make the rows of their tables.
    #[must_use]
    pub fn projected_by(mut self, projections: &[&'static dyn Projection]) -> Self {
        self.projections.extend_from_slice(projections);
        self
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let projections: Vec<_> = self.projections.iter().map(|it| it.name()).collect();
        f.debug_struct("Schema")
            .field("tables", &self.tables)
            .field("listings", &self.listings)
            .field("upcasters", &self.upcasters)
            .field("projections", &projections)
            .finish()
    }
}

impl Schema {
    /// Refuses tables and listings that contradict themselves or each other, by name.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let own = KEYED
            .iter()
            .map(|table| table.name)
            .chain([LOG.name, GENERATION.name]);
        let mut names: BTreeSet<_> = own.collect();
        for table in &self.tables {
            check_table(table)?;
            if !names.insert(table.name) {
                return invalid(format!("there are two tables {}", table.name));
            }
        }
        let mut names = BTreeSet::new();
        for listing in &self.listings {
            check_listing(listing)?;
            if !self.tables.contains(&listing.table) {
                return invalid(format!("listing {} is of no table here", listing.name));
            }
            if !names.insert((listing.table.name, listing.name)) {
                return invalid(format!("there are two listings {}", listing.name));
            }
        }
        let mut made = BTreeSet::new();
        for table in self.projections.iter().flat_map(|it| it.tables()) {
            if !self.tables.contains(table) || !made.insert(table.name) {
                return invalid(format!(
                    "table {} is made twice, or is not here",
                    table.name
                ));
            }
        }
        Ok(())
    }
}

fn check_table(table: &Table) -> Result<(), StoreError> {
    let mut names = BTreeSet::from(["tenant_id"]);
    for name in table.all().map(|column| column.name) {
        if !is_name(name) || !names.insert(name) {
            return invalid(format!("table {} cannot have a column {name}", table.name));
        }
    }
    let sortable = |column: &Column| !column.nullable && is_sortable(column.kind);
    if !is_name(table.name) || table.key.is_empty() || !table.key.iter().all(sortable) {
        return invalid(format!("table {} has no proper name or key", table.name));
    }
    Ok(())
}

fn check_listing(listing: &Listing) -> Result<(), StoreError> {
    let column = |name: &str| listing.table.all().find(|column| column.name == name);
    let order = column(listing.order);
    let ordered = order.is_some_and(|column| !column.nullable && is_sortable(column.kind));
    let compared = |name: &&str| column(name).is_some_and(|it| is_sortable(it.kind));
    if !is_name(listing.name) || !ordered || !listing.equal.iter().all(compared) {
        return invalid(format!(
            "listing {} of table {} has no proper name, order or columns",
            listing.name, listing.table.name
        ));
    }
    Ok(())
}

const fn is_sortable(kind: ColumnKind) -> bool {
    !matches!(kind, ColumnKind::Json | ColumnKind::Canonical)
}

fn is_name(name: &str) -> bool {
    (1..=48).contains(&name.len()) && is_plain(name)
}

/// Whether `name` is of `a` to `z`, `0` to `9` and `_`, and begins with a letter.
pub(crate) fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    name.bytes().all(plain)
        && name
            .bytes()
            .next()
            .is_some_and(|it| it.is_ascii_lowercase())
}

impl Select {
    /// Refuses values that do not fit the listing.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let listing = self.listing;
        let column = |name: &str| {
            let found = listing.table.all().find(|column| column.name == name);
            found.expect("the schema has checked its listings")
        };
        let key = || listing.table.key.iter();
        let order = || std::iter::once(column(listing.order));
        let counts = self.equal.len() == listing.equal.len()
            && self
                .after
                .as_ref()
                .is_none_or(|after| after.len() == 1 + key().count());
        if !counts || self.limit > limits::PAGE {
            return invalid(format!("listing {} is asked for otherwise", listing.name));
        }
        let equal = listing
            .equal
            .iter()
            .map(|name| column(name))
            .zip(&self.equal);
        let range = order().zip(&self.from).chain(order().zip(&self.to));
        let after = order().chain(key()).zip(self.after.iter().flatten());
        for (column, value) in equal.chain(range).chain(after) {
            // An empty value equals nothing, in SQL as here.
            let fault = value_fault(column, value)
                .or_else(|| (*value == crate::Value::Null).then_some("is compared with nothing"));
            if let Some(fault) = fault {
                let column = column.name;
                return invalid(format!("listing {}: column {column} {fault}", listing.name));
            }
        }
        Ok(())
    }
}

fn invalid<T>(detail: String) -> Result<T, StoreError> {
    Err(StoreError::Invalid(detail))
}
