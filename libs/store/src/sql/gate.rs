//! Reading rows that follow from the log: not before they follow from all of it.

use crate::core_tables::SERVICE;
use crate::generation::Generation;
use crate::plan::LOG_COUNTER;

/// `statement`, whose rows count only where the read models of `generation` have come as far as the log, or as far as
/// the parameter with the number `floor`. Before the columns of `statement` stand the ends of both; there is always a row, and
/// where nothing was found its other columns are empty.
///
/// One statement sees one moment, so it costs no question more to know whether another version of the program has written
/// what is not in these tables yet.
pub(super) fn gated(statement: &str, generation: &Generation, floor: usize, order: &str) -> String {
    let counter = generation.counter();
    let end = |name: &str| format!("MAX(CASE WHEN name = '{name}' THEN value END)");
    let (log, views) = (end(LOG_COUNTER), end(&counter));
    let tenant = SERVICE.as_uuid();
    format!(
        "SELECT gate.log_at, gate.views_at, found.* FROM (SELECT COALESCE({log}, 0) AS log_at, \
         COALESCE({views}, -1) AS views_at FROM counter \
         WHERE tenant_id = '{tenant}' AND name IN ('{LOG_COUNTER}', '{counter}')) AS gate \
         LEFT JOIN ({statement}) AS found ON gate.views_at >= LEAST(gate.log_at, CAST(${floor} AS bigint)){order}"
    )
}
