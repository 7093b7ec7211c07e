//! Statements, generated once from the tables: text that no value ever enters.
//!
//! Statements of several rows are made for row counts in powers of two, so that a batch of any size is written by few
//! statements, each prepared once.

mod dialect;
mod fixed;
mod listing;
mod table;

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use dialect::Dialect;
pub(crate) use fixed::Fixed;

use crate::core_tables::{KEYED, LOG};
use crate::{Schema, Select, Table};

/// Text that can be shared and given to the driver without a copy.
pub(crate) type Sql = Arc<str>;

/// For how many rows there are statements.
const SIZES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The statements of one kind, by how many rows they take.
#[derive(Debug)]
pub(crate) struct Sized([Sql; SIZES.len()]);

impl Sized {
    fn made_by(text: impl Fn(usize) -> String) -> Self {
        Self(SIZES.map(|rows| text(rows).into()))
    }

    /// Splits `items` into parts that there are statements for, the largest first.
    pub(crate) fn parts<'a, T>(
        &'a self,
        items: &'a [T],
    ) -> impl Iterator<Item = (&'a Sql, &'a [T])> {
        let mut rest = items;
        std::iter::from_fn(move || {
            let at = SIZES.iter().rposition(|size| *size <= rest.len())?;
            let (part, later) = rest.split_at(SIZES[at]);
            rest = later;
            Some((&self.0[at], part))
        })
    }
}

/// The statements that read and write one table.
#[derive(Debug)]
pub(crate) struct OfTable {
    /// Reads rows by their keys.
    pub(crate) fetch: Sized,
    /// Writes rows, new or not.
    pub(crate) upsert: Sized,
    /// Removes rows by their keys.
    pub(crate) delete: Sized,
}

/// Every statement of a store.
#[derive(Debug)]
pub(crate) struct Statements {
    tables: HashMap<&'static str, OfTable>,
    listings: HashMap<(&'static str, &'static str), Vec<Sql>>,
    /// Adds events.
    pub(crate) record: Sized,
    /// Those that stand alone.
    pub(crate) fixed: Fixed,
}

impl Statements {
    /// The statements of a store of `schema`.
    pub(crate) fn of(schema: &Schema, dialect: Dialect) -> Self {
        let tables = KEYED.into_iter().chain(schema.tables.iter().copied());
        let tables = tables.map(|table| (table.name, of_table(table, dialect)));
        let listings = schema.listings.iter().map(|listing| {
            let shapes = listing::SHAPES.map(|shape| listing::text(listing, shape, dialect).into());
            ((listing.table.name, listing.name), shapes.to_vec())
        });
        Self {
            tables: tables.collect(),
            listings: listings.collect(),
            record: Sized::made_by(|rows| table::insert(&LOG, rows, dialect)),
            fixed: Fixed::new(),
        }
    }

    /// Those of one table.
    pub(crate) fn table(&self, table: &Table) -> Option<&OfTable> {
        self.tables.get(table.name)
    }

    /// That which answers `select`.
    pub(crate) fn listing(&self, select: &Select) -> Option<&Sql> {
        let listing = select.listing;
        let shapes = self.listings.get(&(listing.table.name, listing.name))?;
        shapes.get(listing::shape(select))
    }

    /// Every statement, for a test to prepare.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<Sql> {
        let tables = self.tables.values();
        let sized = tables.flat_map(|it| [&it.fetch, &it.upsert, &it.delete]);
        let sized = sized.chain([&self.record]).flat_map(|it| &it.0);
        let listed = self.listings.values().flatten();
        sized
            .chain(listed)
            .chain(self.fixed.all())
            .cloned()
            .collect()
    }
}

fn of_table(table: &Table, dialect: Dialect) -> OfTable {
    OfTable {
        fetch: Sized::made_by(|rows| table::fetch(table, rows, dialect)),
        upsert: Sized::made_by(|rows| table::upsert(table, rows, dialect)),
        delete: Sized::made_by(|rows| table::delete(table, rows, dialect)),
    }
}

/// What makes the tables of the core, in the version of [`CORE_VERSION`](crate::core_tables::CORE_VERSION).
pub(crate) fn create_core(dialect: Dialect) -> Vec<String> {
    let tables = KEYED.into_iter().map(|it| table::create(it, dialect));
    std::iter::once(table::create_log(dialect))
        .chain(tables)
        .chain(fixed::INDEXES.iter().map(|&index| index.to_owned()))
        .collect()
}

/// What makes a table of a read model anew.
pub(crate) fn create_table(table: &Table, dialect: Dialect) -> [String; 2] {
    [table::drop(table), table::create(table, dialect)]
}

/// What makes the indexes of the listings, where they are missing.
pub(crate) fn create_indexes(schema: &Schema) -> Vec<String> {
    let listings = schema.listings.iter();
    listings
        .map(|listing| listing::create_index(listing))
        .collect()
}

/// What empties a table of a read model.
pub(crate) fn clear_table(table: &Table) -> String {
    table::clear(table)
}

#[cfg(test)]
mod tests;
