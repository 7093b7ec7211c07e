//! Listings of the memory engine, answered as SQL answers them.

use super::world::World;
use crate::{Row, Select, Value};

impl World {
    /// The page that `select`, which has been checked, asks for.
    pub(super) fn select(&self, select: &Select) -> Vec<Row> {
        let listing = select.listing;
        let table = listing.table;
        let rows = self.rows(table).filter(|(of, _)| *of == select.tenant);
        let mut found: Vec<_> = rows
            .map(|(_, values)| Row {
                table,
                values: values.clone(),
            })
            .filter(|row| is_asked_for(select, row))
            .map(|row| (row.cursor(listing), row))
            .collect();
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        if select.descending {
            found.reverse();
        }
        found
            .into_iter()
            .filter(|(cursor, _)| is_later(select, cursor))
            .map(|(_, row)| row)
            .take(select.limit)
            .collect()
    }
}

fn is_asked_for(select: &Select, row: &Row) -> bool {
    let order = row.get(select.listing.order);
    let equal = select.listing.equal.iter().zip(&select.equal);
    equal
        .into_iter()
        .all(|(column, value)| row.get(column) == value)
        && select.from.as_ref().is_none_or(|from| order >= from)
        && select.to.as_ref().is_none_or(|to| order < to)
}

fn is_later(select: &Select, cursor: &Vec<Value>) -> bool {
    select.after.as_ref().is_none_or(|after| {
        if select.descending {
            cursor < after
        } else {
            cursor > after
        }
    })
}
