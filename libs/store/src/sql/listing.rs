//! Statements that follow from a listing: one for each way in which it can be asked for.

use std::fmt::Write as _;

use super::dialect::Dialect;
use super::table::selected;
use crate::{Listing, Select};

const DESCENDING: usize = 1;
const AFTER: usize = 2;
const FROM: usize = 4;
const TO: usize = 8;

/// Every combination of the above.
pub(super) const SHAPES: [usize; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Which of them a question is.
pub(super) fn shape(select: &Select) -> usize {
    let bit = |set: bool, bit: usize| if set { bit } else { 0 };
    bit(select.descending, DESCENDING)
        + bit(select.after.is_some(), AFTER)
        + bit(select.from.is_some(), FROM)
        + bit(select.to.is_some(), TO)
}

/// The order column and the key, which together order the rows of a listing.
fn order(listing: &Listing) -> Vec<String> {
    let key = listing.table.key.iter().map(|column| column.name);
    let columns = std::iter::once(listing.order).chain(key);
    columns.map(|name| format!("\"{name}\"")).collect()
}

/// Parameters in this order: tenant, the equal columns, from, to, the row to go on after, limit.
pub(super) fn text(listing: &Listing, shape: usize, dialect: Dialect) -> String {
    let mut parameters = 0;
    let mut next = || {
        parameters += 1;
        match dialect {
            Dialect::Sqlite => "?".to_owned(),
            Dialect::Postgres => format!("${parameters}"),
        }
    };
    let table = listing.table;
    let mut text = format!("SELECT {} FROM \"{}\"", selected(table), table.name);
    let _ = write!(text, " WHERE \"tenant_id\" = {}", next());
    for column in listing.equal {
        let _ = write!(text, " AND \"{column}\" = {}", next());
    }
    for (bit, comparison) in [(FROM, ">="), (TO, "<")] {
        if shape & bit != 0 {
            let _ = write!(text, " AND \"{}\" {comparison} {}", listing.order, next());
        }
    }
    let order = order(listing);
    let (comparison, direction) = match shape & DESCENDING {
        0 => (">", ""),
        _ => ("<", " DESC"),
    };
    if shape & AFTER != 0 {
        let place: Vec<_> = order.iter().map(|_| next()).collect();
        let (columns, place) = (order.join(", "), place.join(", "));
        let _ = write!(text, " AND ({columns}) {comparison} ({place})");
    }
    let order = order.join(&format!("{direction}, "));
    let _ = write!(text, " ORDER BY {order}{direction} LIMIT {}", next());
    text
}

pub(super) fn create_index(listing: &Listing) -> String {
    let equal = listing.equal.iter().map(|name| format!("\"{name}\""));
    let columns: Vec<_> = equal.chain(order(listing)).collect();
    format!(
        "CREATE INDEX IF NOT EXISTS \"{0}_by_{1}\" ON \"{0}\" (\"tenant_id\", {2})",
        listing.table.name,
        listing.name,
        columns.join(", ")
    )
}
