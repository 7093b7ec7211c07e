//! What a service keeps in its store besides the log: its tables, their listings, its upcasters.

use crate::{Listing, Table, Upcaster};

/// The tables of a service and how its old events are read; given to an engine when it opens.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Read-model tables.
    pub tables: Vec<&'static Table>,
    /// The ways in which their rows are listed.
    pub listings: Vec<&'static Listing>,
    /// How old events are brought up.
    pub upcasters: Vec<Upcaster>,
}

impl Schema {
    /// A service without tables.
    pub const fn new() -> Self {
        Self {
            tables: Vec::new(),
            listings: Vec::new(),
            upcasters: Vec::new(),
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
}
