//! An account: what may happen to it, and what did. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An account as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Whether it was opened.
    pub open: bool,
    /// What its owner may spend; never below zero.
    pub balance_minor: i64,
    /// What is held for transfers to another bank.
    pub held_minor: i64,
    /// What is announced from another bank and not booked yet.
    pub pending_minor: i64,
    /// Transfers between banks that this account has a part in.
    pub parts: BTreeMap<Uuid, Part>,
}

/// How far an account's part in a transfer between banks has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Money is held, or announced.
    Begun(i64),
    /// Whatever was begun is undone; what arrives later is refused.
    Undone,
    /// The money is gone, or booked.
    Ended,
}

/// What is asked of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Begins with a balance.
    Open {
        /// Whose it is.
        owner: String,
        /// What is paid in at first.
        balance_minor: i64,
    },
    /// Moves money, in the course of a transfer.
    Move(Entry, Uuid, i64),
}

/// What moves money in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// Money leaves for another account of this bank.
    Debit,
    /// Money comes from another account of this bank.
    Credit,
    /// Money is set apart for another bank.
    Hold,
    /// It is given back.
    Release,
    /// It has left.
    Settle,
    /// Money of another bank is on its way.
    Announce,
    /// It will not come.
    Withdraw,
    /// It is here.
    Book,
}

/// What happened to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was opened.
    Opened(Opened),
    /// Money was moved.
    Moved(Entry, Moved),
}

/// Payload of `account.opened`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Whose it is.
    pub owner: String,
    /// What was paid in.
    pub balance_minor: i64,
}

/// Payload of the other events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// In the course of which transfer.
    pub transfer: Uuid,
    /// How much; zero where something was undone that had never been begun.
    pub amount_minor: i64,
    /// What its owner may spend afterwards.
    pub balance_minor: i64,
}

/// Why an account refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such account.
    #[error("There is no such account.")]
    NotOpen,
    /// It was opened before.
    #[error("The account is open already.")]
    Open,
    /// The amount is none.
    #[error("The amount must be at least 1 and within what an account can hold.")]
    Amount,
    /// The balance would fall below zero.
    #[error("The account does not hold that much.")]
    Floor,
    /// The transfer has gone another way.
    #[error("That part of the transfer was undone, or cannot be undone any more.")]
    Over,
}

/// What becomes of the request: an event, nothing because it has happened before, or a refusal.
pub fn decide(account: &Account, command: &Command) -> Result<Option<Event>, Refusal> {
    match command {
        Command::Open { .. } if account.open => Err(Refusal::Open),
        Command::Open { balance_minor, .. } if *balance_minor < 0 => Err(Refusal::Amount),
        Command::Open {
            owner,
            balance_minor,
        } => Ok(Some(Event::Opened(Opened {
            owner: owner.clone(),
            balance_minor: *balance_minor,
        }))),
        Command::Move(..) if !account.open => Err(Refusal::NotOpen),
        Command::Move(_, _, amount_minor) if *amount_minor < 1 => Err(Refusal::Amount),
        Command::Move(entry, transfer, amount_minor) => {
            let moved = account.part_taken(*entry, *transfer, *amount_minor)?;
            let Some(amount_minor) = moved else {
                return Ok(None);
            };
            let balance_minor = account.balance_after(*entry, amount_minor)?;
            let moved = Moved {
                transfer: *transfer,
                amount_minor,
                balance_minor,
            };
            Ok(Some(Event::Moved(*entry, moved)))
        }
    }
}

impl Account {
    /// How much `entry` moves, or `None` when it has happened before.
    fn part_taken(
        &self,
        entry: Entry,
        transfer: Uuid,
        amount_minor: i64,
    ) -> Result<Option<i64>, Refusal> {
        use Entry::{Announce, Book, Credit, Debit, Hold, Release, Settle, Withdraw};
        let part = self.parts.get(&transfer).copied();
        match (entry, part) {
            (Debit | Credit, _) | (Hold | Announce, None) => Ok(Some(amount_minor)),
            (Release | Withdraw | Settle | Book, Some(Part::Begun(begun))) => Ok(Some(begun)),
            // It never came about; the note keeps it from coming about later.
            (Release | Withdraw, None) => Ok(Some(0)),
            (Hold | Announce, Some(Part::Begun(_) | Part::Ended))
            | (Release | Withdraw, Some(Part::Undone))
            | (Settle | Book, Some(Part::Ended)) => Ok(None),
            (Hold | Announce, Some(Part::Undone))
            | (Release | Withdraw, Some(Part::Ended))
            | (Settle | Book, Some(Part::Undone) | None) => Err(Refusal::Over),
        }
    }

    fn balance_after(&self, entry: Entry, amount_minor: i64) -> Result<i64, Refusal> {
        let after = match entry {
            Entry::Debit | Entry::Hold => self.balance_minor.checked_sub(amount_minor),
            Entry::Credit | Entry::Release | Entry::Book => {
                self.balance_minor.checked_add(amount_minor)
            }
            Entry::Settle | Entry::Announce | Entry::Withdraw => Some(self.balance_minor),
        };
        match after {
            Some(after) if after < 0 => Err(Refusal::Floor),
            Some(after) => Ok(after),
            None => Err(Refusal::Amount),
        }
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: &Event) {
        match event {
            Event::Opened(opened) => {
                self.open = true;
                self.balance_minor = opened.balance_minor;
            }
            Event::Moved(entry, moved) => self.moved(*entry, moved),
        }
    }

    fn moved(&mut self, entry: Entry, moved: &Moved) {
        let amount = moved.amount_minor;
        let part = match entry {
            Entry::Debit | Entry::Credit => None,
            Entry::Hold | Entry::Announce => Some(Part::Begun(amount)),
            Entry::Release | Entry::Withdraw => Some(Part::Undone),
            Entry::Settle | Entry::Book => Some(Part::Ended),
        };
        if let Some(part) = part {
            self.parts.insert(moved.transfer, part);
        }
        self.balance_minor = moved.balance_minor;
        self.held_minor += entry.held(amount);
        self.pending_minor += entry.pending(amount);
    }
}

impl Entry {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::Debit,
        Self::Credit,
        Self::Hold,
        Self::Release,
        Self::Settle,
        Self::Announce,
        Self::Withdraw,
        Self::Book,
    ];

    /// The kind of its event.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Debit => "account.debited",
            Self::Credit => "account.credited",
            Self::Hold => "hold.placed",
            Self::Release => "hold.released",
            Self::Settle => "hold.settled",
            Self::Announce => "credit.announced",
            Self::Withdraw => "credit.withdrawn",
            Self::Book => "credit.booked",
        }
    }

    /// What it adds to what is held.
    pub const fn held(self, amount_minor: i64) -> i64 {
        match self {
            Self::Hold => amount_minor,
            Self::Release | Self::Settle => -amount_minor,
            _ => 0,
        }
    }

    /// What it adds to what is pending.
    pub const fn pending(self, amount_minor: i64) -> i64 {
        match self {
            Self::Announce => amount_minor,
            Self::Withdraw | Self::Book => -amount_minor,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSFER: Uuid = Uuid::from_u128(9);

    fn account(balance_minor: i64, entries: &[Entry]) -> Account {
        let mut account = Account::default();
        let opened = Opened {
            owner: "Ada".to_owned(),
            balance_minor,
        };
        account.evolve(&Event::Opened(opened));
        for entry in entries {
            let event = asked(&account, *entry).expect("it is taken");
            account.evolve(&event.expect("it is new"));
        }
        account
    }

    fn asked(account: &Account, entry: Entry) -> Result<Option<Event>, Refusal> {
        decide(account, &Command::Move(entry, TRANSFER, 60))
    }

    #[test]
    fn no_balance_falls_below_zero() {
        let poor = account(100, &[Entry::Debit]);
        assert_eq!(poor.balance_minor, 40);
        assert_eq!(asked(&poor, Entry::Debit), Err(Refusal::Floor));
        assert_eq!(asked(&poor, Entry::Hold), Err(Refusal::Floor));
        assert_eq!(
            asked(&Account::default(), Entry::Credit),
            Err(Refusal::NotOpen)
        );
    }

    #[test]
    fn a_part_is_taken_once_and_undone_once() {
        let held = account(100, &[Entry::Hold]);
        assert_eq!((held.balance_minor, held.held_minor), (40, 60));
        assert_eq!(asked(&held, Entry::Hold), Ok(None));
        let released = account(100, &[Entry::Hold, Entry::Release]);
        assert_eq!((released.balance_minor, released.held_minor), (100, 0));
        assert_eq!(asked(&released, Entry::Release), Ok(None));
        assert_eq!(asked(&released, Entry::Settle), Err(Refusal::Over));
    }

    #[test]
    fn what_was_undone_before_it_came_is_refused_when_it_comes() {
        let undone = account(100, &[Entry::Withdraw]);
        assert_eq!((undone.balance_minor, undone.pending_minor), (100, 0));
        assert_eq!(asked(&undone, Entry::Announce), Err(Refusal::Over));
    }

    #[test]
    fn money_of_another_bank_counts_when_it_is_booked() {
        let announced = account(100, &[Entry::Announce]);
        assert_eq!(
            (announced.balance_minor, announced.pending_minor),
            (100, 60)
        );
        let booked = account(100, &[Entry::Announce, Entry::Book]);
        assert_eq!((booked.balance_minor, booked.pending_minor), (160, 0));
        assert_eq!(asked(&booked, Entry::Withdraw), Err(Refusal::Over));
    }
}
