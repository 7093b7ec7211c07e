//! Statements, generated once from the tables: text that no value ever enters.
//!
//! Statements of several rows are made for row counts in powers of two, so that a batch of any size is written by few
//! statements, each prepared once; and for three, the counters of a commit that sends messages.

mod dialect;
mod fixed;
mod gate;
mod listing;
mod table;

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use dialect::Dialect;
pub(crate) use fixed::Fixed;

use crate::core_tables::{GENERATION, KEYED, LOG};
use crate::generation::{Generation, name_of};
use crate::{Listing, Schema, Select, Table};

/// Text that can be shared and given to the driver without a copy.
pub(crate) type Sql = Arc<str>;

/// For how many rows there are statements.
const SIZES: [usize; 8] = [1, 2, 3, 4, 8, 16, 32, 64];

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
    /// Reads one row by its key, of a table that must have come as far as the log; the last parameter is how far at most.
    pub(crate) gated: Option<Sql>,
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
    /// All generations of read models, where there may be several.
    pub(crate) generations: Option<Sql>,
}

impl Statements {
    /// The statements of a store of `schema`, whose read models are of `generation` where there may be several.
    pub(crate) fn of(schema: &Schema, dialect: Dialect, generation: Option<&Generation>) -> Self {
        let kept = generation.map(|_| &GENERATION);
        let tables = KEYED.into_iter().chain(kept);
        let tables = tables.chain(schema.tables.iter().copied());
        let tables = tables.map(|table| (table.name, of_table(table, dialect, generation)));
        let listings = schema.listings.iter().map(|listing| {
            let shapes = listing::SHAPES.map(|shape| listed(listing, shape, dialect, generation));
            ((listing.table.name, listing.name), shapes.to_vec())
        });
        Self {
            tables: tables.collect(),
            listings: listings.collect(),
            record: Sized::made_by(|rows| table::insert(&LOG, LOG.name, rows, dialect)),
            fixed: Fixed::new(),
            generations: kept.map(|table| table::all(table).into()),
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
        let gated = self.tables.values().filter_map(|it| it.gated.as_ref());
        sized
            .chain(listed)
            .chain(gated)
            .chain(&self.generations)
            .chain(self.fixed.all())
            .cloned()
            .collect()
    }
}

fn of_table(table: &Table, dialect: Dialect, generation: Option<&Generation>) -> OfTable {
    let name = name_of(table, generation);
    let gated = generation
        .filter(|it| it.is_gated(table))
        .map(|generation| {
            let statement = table::fetch_one(table, &name, dialect);
            gate::gated(&statement, generation, table.key.len() + 2, "").into()
        });
    OfTable {
        fetch: Sized::made_by(|rows| table::fetch(table, &name, rows, dialect)),
        upsert: Sized::made_by(|rows| table::upsert(table, &name, rows, dialect)),
        delete: Sized::made_by(|rows| table::delete(table, &name, rows, dialect)),
        gated,
    }
}

fn listed(
    listing: &Listing,
    shape: usize,
    dialect: Dialect,
    generation: Option<&Generation>,
) -> Sql {
    let name = name_of(listing.table, generation);
    let text = listing::text(listing, &name, shape, dialect);
    let Some(generation) = generation.filter(|it| it.is_gated(listing.table)) else {
        return text.into();
    };
    let floor = listing::parameters(listing, shape) + 1;
    let order = listing::order_found(listing, shape);
    gate::gated(&text, generation, floor, &order).into()
}

/// What makes the tables of the core, in the version of [`CORE_VERSION`](crate::core_tables::CORE_VERSION).
pub(crate) fn create_core(dialect: Dialect) -> Vec<String> {
    let tables = KEYED
        .into_iter()
        .map(|it| table::create(it, it.name, dialect));
    std::iter::once(table::create_log(dialect))
        .chain(tables)
        .chain(fixed::INDEXES.iter().map(|&index| index.to_owned()))
        .collect()
}

/// A table that a store has.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) table: Box<str>,
    /// How many indexes it has beside its key.
    pub(crate) indexes: usize,
}

/// Every table of a store of `schema`, whose read models are of `generation` where there may be several.
pub(crate) fn declared(schema: &Schema, generation: Option<&Generation>) -> Vec<Declared> {
    let kept = generation.map(|_| &GENERATION);
    let of_core = [&LOG].into_iter().chain(KEYED).chain(kept);
    let of_core = of_core.map(|table| Declared {
        table: table.name.into(),
        indexes: fixed::indexed().filter(|it| *it == table.name).count(),
    });
    let read_models = schema.tables.iter().map(|table| {
        let listings = schema.listings.iter();
        Declared {
            table: name_of(table, generation).into(),
            indexes: listings.filter(|it| it.table.name == table.name).count(),
        }
    });
    of_core.chain(read_models).collect()
}

/// What makes a table of a read model anew.
pub(crate) fn create_table(table: &Table, dialect: Dialect) -> [String; 2] {
    [
        table::drop(table.name),
        table::create(table, table.name, dialect),
    ]
}

/// What makes the index of a listing, where it is missing.
pub(crate) fn create_index(listing: &Listing) -> String {
    listing::create_missing_index(listing)
}

/// What empties a table of a read model.
pub(crate) fn clear_table(table: &Table) -> String {
    table::clear(table)
}

/// What makes the place where the generations of read models are known, where it is missing. It came later than the rest
/// of the core, and programs that do not know it run beside those that do: it is no reason for another version.
pub(crate) fn create_generations(dialect: Dialect) -> String {
    table::create_missing(&GENERATION, dialect)
}

/// What makes the tables of `generation` anew, with the indexes of their listings.
pub(crate) fn create_generation(
    schema: &Schema,
    generation: &Generation,
    dialect: Dialect,
) -> Vec<String> {
    let tables = generation.tables().flat_map(|table| {
        let name = generation.table_name(table);
        [table::drop(&name), table::create(table, &name, dialect)]
    });
    let listings = schema.listings.iter();
    let listings = listings.filter(|it| generation.keeps(it.table));
    let indexes = listings.map(|it| listing::create_index(it, &generation.table_name(it.table)));
    tables.chain(indexes).collect()
}

/// What removes the table `name`, which is a name indeed.
pub(crate) fn drop_table(name: &str) -> String {
    table::drop(name)
}

#[cfg(test)]
mod tests;
