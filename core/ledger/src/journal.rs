//! Entries in order, each kept for ever.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Account, Balances, BoundError, Bounds, Entry, TrialBalance};

medcover_kernel::uuid_id! {
    /// One entry of a journal.
    EntryId
}

impl EntryId {
    /// The `number`th entry of the thing whose id is `of`: things make entries without chance, so that deciding again
    /// comes to the same.
    pub fn nth(of: Uuid, number: u32) -> Self {
        Self::from_uuid(Uuid::new_v5(&of, &number.to_be_bytes()))
    }
}

/// An entry with its day, as it stands in a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalEntry {
    /// Which.
    pub id: EntryId,
    /// The day to which it is booked.
    pub on: Date,
    /// The entry that it takes back, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<EntryId>,
    /// What it moves.
    pub postings: Entry,
}

/// Why a journal takes no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// An entry of that id is there.
    #[error("the entry {0} is there already")]
    Repeated(EntryId),
    /// No entry of that id is there.
    #[error("there is no entry {0}")]
    Unknown(EntryId),
    /// It was taken back before, or is itself a reversal.
    #[error("the entry {0} cannot be reversed")]
    Reversed(EntryId),
    /// It takes back something else than the entry that it names.
    #[error("the entry {0} is no mirror of the one it reverses")]
    NoMirror(EntryId),
    /// An account would be beyond its bounds.
    #[error(transparent)]
    Bound(#[from] BoundError),
}

/// Entries in order, with what they add up to. It only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    entries: Vec<JournalEntry>,
    /// Where each entry stands, and whether it was reversed.
    known: BTreeMap<EntryId, (usize, bool)>,
    balances: Balances,
}

impl Journal {
    /// Adds `entry`, once, if it keeps every account within `bounds`. One that names an entry that it reverses must be its
    /// mirror, and the only one.
    pub fn post(
        &mut self,
        entry: JournalEntry,
        bounds: impl Fn(Account) -> Bounds,
    ) -> Result<(), JournalError> {
        if self.known.contains_key(&entry.id) {
            return Err(JournalError::Repeated(entry.id));
        }
        if let Some(reversed) = entry.reverses {
            self.check_mirror(&entry, reversed)?;
        }
        self.balances.post(&entry.postings, bounds)?;
        if let Some((_, reversed)) = entry.reverses.and_then(|id| self.known.get_mut(&id)) {
            *reversed = true;
        }
        self.known.insert(entry.id, (self.entries.len(), false));
        self.entries.push(entry);
        Ok(())
    }

    fn check_mirror(&self, entry: &JournalEntry, of: EntryId) -> Result<(), JournalError> {
        let &(at, reversed) = self.known.get(&of).ok_or(JournalError::Unknown(of))?;
        let original = &self.entries[at];
        if reversed || original.reverses.is_some() {
            return Err(JournalError::Reversed(of));
        }
        if original.postings.reversed() != entry.postings {
            return Err(JournalError::NoMirror(entry.id));
        }
        Ok(())
    }

    /// Takes the entry `of` back by a new entry `id`, booked to the day `on`.
    pub fn reverse(
        &mut self,
        of: EntryId,
        id: EntryId,
        on: Date,
        bounds: impl Fn(Account) -> Bounds,
    ) -> Result<(), JournalError> {
        let &(at, _) = self.known.get(&of).ok_or(JournalError::Unknown(of))?;
        let entry = JournalEntry {
            id,
            on,
            reverses: Some(of),
            postings: self.entries[at].postings.reversed(),
        };
        self.post(entry, bounds)
    }

    /// The entries, in the order in which they were posted.
    pub fn entries(&self) -> &[JournalEntry] {
        &self.entries
    }

    /// What they add up to.
    pub const fn balances(&self) -> &Balances {
        &self.balances
    }

    /// The sums of all accounts.
    pub fn trial_balance(&self) -> TrialBalance {
        TrialBalance::of(self.entries.iter().map(|entry| &entry.postings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccountKind;
    use jiff::civil::date;
    use medcover_kernel::{Currency, Money};

    const DAY: Date = date(2026, 4, 1);
    const REVENUE: Account = Account::of(AccountKind::Revenue);

    fn id(number: u32) -> EntryId {
        EntryId::nth(Uuid::nil(), number)
    }

    fn sale(number: u32) -> JournalEntry {
        let amount = Money::new(5, Currency::USD).expect("money");
        JournalEntry {
            id: id(number),
            on: DAY,
            reverses: None,
            postings: Entry::transfer(Account::CASH, REVENUE, amount).expect("an entry"),
        }
    }

    fn free(_: Account) -> Bounds {
        Bounds::NONE
    }

    #[test]
    fn an_entry_stands_once_and_is_reversed_once() {
        let mut journal = Journal::default();
        assert_eq!(journal.post(sale(1), free), Ok(()));
        assert_eq!(
            journal.post(sale(1), free),
            Err(JournalError::Repeated(id(1)))
        );
        assert_eq!(
            journal.reverse(id(7), id(2), DAY, free),
            Err(JournalError::Unknown(id(7)))
        );
        assert_eq!(journal.reverse(id(1), id(2), DAY, free), Ok(()));
        assert_eq!(
            journal.reverse(id(1), id(3), DAY, free),
            Err(JournalError::Reversed(id(1)))
        );
        assert_eq!(
            journal.reverse(id(2), id(3), DAY, free),
            Err(JournalError::Reversed(id(2)))
        );
        assert_eq!(journal.entries().len(), 2);
        assert_eq!(journal.balances(), &Balances::default());
    }

    #[test]
    fn a_reversal_is_the_mirror_of_what_it_names() {
        let mut journal = Journal::default();
        journal.post(sale(1), free).expect("posted");
        let mut wrong = sale(2);
        wrong.reverses = Some(id(1));
        assert_eq!(
            journal.post(wrong, free),
            Err(JournalError::NoMirror(id(2)))
        );
    }
}
