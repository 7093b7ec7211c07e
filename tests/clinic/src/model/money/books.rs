//! The journal: entries balance, stand once, and in no month that is closed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use crate::model::read::{id, list, minor, text};

/// An account, a layer, a currency.
pub(super) type Key = (String, String, String);

/// The sums of all entries.
#[derive(Default)]
pub(super) struct Books {
    balances: BTreeMap<Key, i128>,
    entries: BTreeSet<Uuid>,
    closed_through: Option<String>,
}

impl Books {
    /// The sums of accounts; some may be zero.
    pub(super) fn balances(&self) -> impl Iterator<Item = (&Key, i128)> {
        self.balances.iter().map(|(key, minor)| (key, *minor))
    }

    /// An entry: it balances in each layer and currency, stands once, and in no month that is closed.
    pub(super) fn enter(&mut self, entry: &Value) -> Result<(), String> {
        if !self.entries.insert(id(&entry["id"])?) {
            return Err("an entry stands twice".to_owned());
        }
        let on = text(&entry["on"])?;
        let closed = self.closed_through.as_deref();
        if closed.is_some_and(|month| on.get(..7) <= Some(month)) {
            return Err(format!("an entry of {on} stands in a closed month"));
        }
        let mut sums = BTreeMap::<(String, String), i128>::new();
        for posting in list(&entry["postings"]) {
            let currency = text(&posting["amount"]["currency"])?.to_owned();
            let layer = text(&posting["layer"])?.to_owned();
            let minor = minor(&posting["amount"])?;
            *sums.entry((layer.clone(), currency.clone())).or_default() += minor;
            let key = (text(&posting["account"])?.to_owned(), layer, currency);
            *self.balances.entry(key).or_default() += minor;
        }
        if sums.is_empty() || sums.values().any(|minor| *minor != 0) {
            return Err(format!("an entry does not balance: {entry}"));
        }
        Ok(())
    }

    pub(super) fn period(&mut self, kind: &str, event: &Value) -> Result<(), String> {
        let month = text(&event["month"])?;
        match kind {
            "period.closed" => self.closed_through = Some(month.to_owned()),
            // The clinic opens none again.
            other => return Err(format!("{other} is not expected")),
        }
        Ok(())
    }

    /// The sum of all accounts is nothing, what is receivable is what invoices leave `open`, and no cash is overdrawn.
    pub(super) fn hold(&self, mut open: BTreeMap<String, i128>) -> Result<(), String> {
        let mut layers = BTreeMap::<_, i128>::new();
        for ((account, layer, currency), minor) in &self.balances {
            *layers.entry((layer, currency)).or_default() += minor;
            if layer != "settled" {
                continue;
            }
            if account.contains("-receivable:") {
                let left = open.remove(account).unwrap_or_default();
                if left != *minor {
                    return Err(format!("{account} is {minor}, invoices leave {left} open"));
                }
            } else if account.starts_with("unapplied-cash:") && *minor > 0 {
                return Err(format!("{account} is overdrawn by {minor}"));
            }
        }
        if let Some((account, left)) = open.iter().find(|(_, left)| **left != 0) {
            return Err(format!("{account} is nothing, invoices leave {left} open"));
        }
        match layers.iter().find(|(_, sum)| **sum != 0) {
            Some((layer, sum)) => Err(format!("the trial balance of {layer:?} is {sum}")),
            None => Ok(()),
        }
    }
}
