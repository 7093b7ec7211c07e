//! What of the declared tables and indexes is there.

use std::collections::BTreeMap;

use sqlx::Database;

use super::SqlStore;
use super::session::{Session, cells};
use crate::sql::{Declared, Sql};
use crate::{ColumnKind, Inventory, StoreError};

impl<D: Database> SqlStore<D>
where
    D::Connection: Session,
{
    pub(super) async fn take_inventory(&self) -> Result<Inventory, StoreError> {
        let core = &self.core;
        let mut reader = self.readers.connection().await?;
        let sql = Sql::from(core.dialect.inventory());
        let kinds = [ColumnKind::Text, ColumnKind::Integer];
        let rows = cells(&mut *reader, &sql, Vec::new(), &kinds).await?;
        let found = rows.into_iter().filter_map(|row| {
            let indexes = row[1].as_integer().copied().unwrap_or_default();
            let table = row[0].as_text()?.to_owned();
            Some((table, usize::try_from(indexes).unwrap_or_default()))
        });
        let found = found.collect();
        let declared = crate::sql::declared(&core.schema, core.generation.as_ref());
        Ok(compared(&declared, &found))
    }
}

/// What of `declared` is among the `found` tables, each with how many indexes it has beside its key.
fn compared(declared: &[Declared], found: &BTreeMap<String, usize>) -> Inventory {
    let mut inventory = Inventory::default();
    for Declared { table, indexes } in declared {
        let Some(has) = found.get(&**table) else {
            inventory.missing.push(format!("the table {table}"));
            continue;
        };
        inventory.tables += 1;
        inventory.indexes += has;
        if has < indexes {
            let lack = indexes - has;
            inventory
                .missing
                .push(format!("{lack} of {indexes} indexes of {table}"));
        }
    }
    inventory
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_and_what_else_there_is_does_not_count() {
        let declared = [("log", 1), ("patient", 2), ("slot", 0)].map(|(table, indexes)| Declared {
            table: table.into(),
            indexes,
        });
        let found = [("log", 1), ("patient", 1), ("of_another_version", 4)];
        let found = found.map(|(table, indexes)| (table.to_owned(), indexes));
        let inventory = compared(&declared, &found.into());
        assert_eq!(
            inventory,
            Inventory {
                tables: 2,
                indexes: 2,
                missing: vec![
                    "1 of 2 indexes of patient".to_owned(),
                    "the table slot".to_owned()
                ],
            }
        );
    }
}
