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
pub(super) fn text(listing: &Listing, name: &str, shape: usize, dialect: Dialect) -> String {
    let mut parameters = 0;
    let mut next = || {
        parameters += 1;
        match dialect {
            Dialect::Sqlite => "?".to_owned(),
            Dialect::Postgres => format!("${parameters}"),
        }
    };
    let mut text = format!("SELECT {} FROM \"{name}\"", selected(listing.table));
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
    let direction = direction(shape);
    let comparison = if direction.is_empty() { ">" } else { "<" };
    if shape & AFTER != 0 {
        let place: Vec<_> = order.iter().map(|_| next()).collect();
        let (columns, place) = (order.join(", "), place.join(", "));
        let _ = write!(text, " AND ({columns}) {comparison} ({place})");
    }
    let order = order.join(&format!("{direction}, "));
    let _ = write!(text, " ORDER BY {order}{direction} LIMIT {}", next());
    text
}

const fn direction(shape: usize) -> &'static str {
    match shape & DESCENDING {
        0 => "",
        _ => " DESC",
    }
}

/// How many parameters [`text`] has.
pub(super) fn parameters(listing: &Listing, shape: usize) -> usize {
    let after = 1 + listing.table.key.len();
    let of = |bit: usize, parameters: usize| if shape & bit == 0 { 0 } else { parameters };
    2 + listing.equal.len() + of(FROM, 1) + of(TO, 1) + of(AFTER, after)
}

/// What orders the rows of [`text`] where they are `found`.
pub(super) fn order_found(listing: &Listing, shape: usize) -> String {
    let direction = direction(shape);
    let columns = order(listing).into_iter();
    let columns: Vec<_> = columns.map(|it| format!("found.{it}{direction}")).collect();
    format!(" ORDER BY {}", columns.join(", "))
}

/// What the index of a listing holds, in order.
fn indexed(listing: &Listing) -> String {
    let equal = listing.equal.iter().map(|name| format!("\"{name}\""));
    let columns: Vec<_> = equal.chain(order(listing)).collect();
    format!("(\"tenant_id\", {})", columns.join(", "))
}

pub(super) fn create_missing_index(listing: &Listing) -> String {
    format!(
        "CREATE INDEX IF NOT EXISTS \"{0}_by_{1}\" ON \"{0}\" {2}",
        listing.table.name,
        listing.name,
        indexed(listing)
    )
}

/// The server chooses a name for it that nothing else has.
pub(super) fn create_index(listing: &Listing, name: &str) -> String {
    format!("CREATE INDEX ON \"{name}\" {}", indexed(listing))
}
