//! The second model: it reads the log as plain JSON and keeps the books in its own, naive way.

use std::collections::{BTreeMap, BTreeSet};

use medcover_kernel::TenantId;
use medcover_store::{Position, Recorded, Row, Version};
use serde_json::Value;
use uuid::Uuid;

/// An account of a bank.
pub(super) type Id = (TenantId, Uuid);

/// What the log says, and what in it cannot be.
#[derive(Default)]
pub struct Ledger {
    position: Position,
    versions: BTreeMap<(TenantId, String), Version>,
    accounts: BTreeMap<Id, Sums>,
    transfers: BTreeMap<Uuid, Course>,
    opened_minor: i64,
    /// What all accounts have, spendable or held, and what has left one bank and not reached the other.
    total_minor: i64,
    /// Transfers within a bank of which one half is done.
    halves: BTreeSet<Uuid>,
    entries: BTreeMap<(TenantId, String), (i64, i64)>,
    /// Accounts that changed since somebody looked.
    changed: BTreeSet<Id>,
}

/// What is in an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// What its owner may spend.
    pub balance: i64,
    /// What is held.
    pub held: i64,
    /// What is announced.
    pub pending: i64,
    /// How many events it has.
    pub entries: i64,
}

/// What was done in the course of a transfer, by kind of event.
#[derive(Default)]
struct Course {
    amounts: BTreeMap<&'static str, i64>,
}

const KINDS: [&str; 8] = [
    "account.debited",
    "account.credited",
    "hold.placed",
    "hold.released",
    "hold.settled",
    "credit.announced",
    "credit.withdrawn",
    "credit.booked",
];

impl Ledger {
    /// Up to where the log was read.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Takes in the next event of the log; says what is wrong with it.
    pub fn follow(&mut self, recorded: &Recorded) -> Result<(), String> {
        let event = &recorded.event;
        if recorded.position != self.position.plus(1) {
            return Err(format!(
                "the log has {} after {}",
                recorded.position, self.position
            ));
        }
        self.position = recorded.position;
        let stream = (event.tenant, event.stream.to_string());
        let version = self.versions.entry(stream).or_default();
        if event.version != version.plus(1) {
            let stream = &event.stream;
            return Err(format!(
                "{stream} has version {} after {version}",
                event.version
            ));
        }
        *version = event.version;
        if event.stream.kind != "account" {
            return Ok(());
        }
        let payload: Value = event.payload.read().map_err(|error| error.to_string())?;
        let account = (event.tenant, event.stream.id);
        self.changed.insert(account);
        self.enter(account, &event.kind, &payload)
    }

    fn enter(&mut self, account: Id, kind: &str, payload: &Value) -> Result<(), String> {
        let number = |name: &str| payload[name].as_i64().unwrap_or(i64::MIN);
        let sums = self.accounts.entry(account).or_default();
        sums.entries += 1;
        if kind == "account.opened" {
            sums.balance = number("balance_minor");
            self.opened_minor += sums.balance;
            self.total_minor += sums.balance;
            return Ok(());
        }
        let amount = number("amount_minor");
        let (balance, held, pending) = match kind {
            "account.debited" => (-1, 0, 0),
            "account.credited" => (1, 0, 0),
            "hold.placed" => (-1, 1, 0),
            "hold.released" => (1, -1, 0),
            "hold.settled" => (0, -1, 0),
            "credit.announced" => (0, 0, 1),
            "credit.withdrawn" => (0, 0, -1),
            "credit.booked" => (1, 0, -1),
            other => return Err(format!("{other} is no event of an account")),
        };
        sums.balance += balance * amount;
        sums.held += held * amount;
        sums.pending += pending * amount;
        self.total_minor += (balance + held) * amount;
        if sums.balance != number("balance_minor") {
            let said = number("balance_minor");
            return Err(format!(
                "{kind} says {said} is in {account:?}, and it is {}",
                sums.balance
            ));
        }
        if sums.balance < 0 || sums.held < 0 || sums.pending < 0 {
            return Err(format!("{account:?} fell below zero: {sums:?}"));
        }
        let entries = self
            .entries
            .entry((account.0, kind.to_owned()))
            .or_default();
        *entries = (entries.0 + 1, entries.1 + amount);
        let transfer = payload["transfer"].as_str().and_then(|it| it.parse().ok());
        let transfer = transfer.ok_or("an entry of no transfer")?;
        match kind {
            "hold.settled" => self.total_minor += amount,
            "credit.booked" => self.total_minor -= amount,
            "account.debited" | "account.credited" if !self.halves.remove(&transfer) => {
                self.halves.insert(transfer);
            }
            _ => {}
        }
        let course = self.transfers.entry(transfer).or_default();
        course
            .take(kind, amount)
            .map_err(|fault| format!("transfer {transfer}: {fault}"))
    }

    /// What must hold between any two commits: no money is made or lost.
    pub fn balances(&self) -> Result<(), String> {
        if let Some(transfer) = self.halves.first() {
            return Err(format!("transfer {transfer} was half done"));
        }
        if self.total_minor == self.opened_minor {
            return Ok(());
        }
        let (total, opened) = (self.total_minor, self.opened_minor);
        Err(format!("there are {total} where {opened} were paid in"))
    }

    /// The accounts that changed since this was asked, with what is in them.
    pub fn changed(&mut self) -> Vec<(Id, Sums)> {
        let changed = std::mem::take(&mut self.changed);
        changed
            .into_iter()
            .map(|id| (id, self.accounts[&id]))
            .collect()
    }

    /// Every account with what is in it.
    pub fn accounts(&self) -> impl Iterator<Item = (Id, Sums)> + '_ {
        self.accounts.iter().map(|(id, sums)| (*id, *sums))
    }

    /// Entries and amounts of a bank, by kind: what its turnover must be.
    pub fn turnover(&self, bank: TenantId) -> BTreeMap<String, (i64, i64)> {
        let of_bank = self.entries.iter().filter(|((of, _), _)| *of == bank);
        of_bank
            .map(|((_, kind), sums)| (kind.clone(), *sums))
            .collect()
    }

    /// The transfers within banks, with their amounts.
    pub fn transfers(&self) -> BTreeMap<Uuid, i64> {
        let transfers = self.transfers.iter();
        transfers
            .filter(|(_, course)| course.amounts.contains_key("account.debited"))
            .map(|(id, course)| (*id, course.of("account.debited")))
            .collect()
    }

    /// Whether a transfer between banks is wholly done (`true`), or has left nothing (`false`).
    pub fn between(&self, transfer: Uuid) -> Result<bool, String> {
        let Some(course) = self.transfers.get(&transfer) else {
            return Ok(false);
        };
        let of = |kind| course.of(kind);
        let (held, announced) = (of("hold.placed"), of("credit.announced"));
        if held > 0
            && of("hold.settled") == held
            && of("credit.booked") == held
            && announced == held
        {
            return Ok(true);
        }
        if of("hold.released") == held
            && of("credit.withdrawn") == announced
            && of("hold.settled") == 0
        {
            return Ok(false);
        }
        Err(format!(
            "transfer {transfer} stands half done: {:?}",
            course.amounts
        ))
    }
}

impl Course {
    fn of(&self, kind: &str) -> i64 {
        self.amounts.get(kind).copied().unwrap_or(0)
    }

    fn take(&mut self, kind: &str, amount: i64) -> Result<(), String> {
        let known = KINDS
            .into_iter()
            .find(|it| *it == kind)
            .ok_or("no such entry")?;
        if self.amounts.insert(known, amount).is_some() {
            return Err(format!("{kind} happened twice"));
        }
        let undone = |what, by| self.amounts.contains_key(what) && self.amounts.contains_key(by);
        if undone("hold.settled", "hold.released") || undone("credit.booked", "credit.withdrawn") {
            return Err(format!("{kind} after it had gone the other way"));
        }
        if self.of("credit.booked") > self.of("hold.settled") {
            return Err("money was booked that had not left".to_owned());
        }
        let (debited, credited) = (self.of("account.debited"), self.of("account.credited"));
        if debited != credited && debited != 0 && credited != 0 {
            return Err(format!("{debited} left, and {credited} came"));
        }
        Ok(())
    }
}

impl Sums {
    /// What a row of accounts says.
    pub fn of(row: &Row) -> Self {
        let number = |column| row.get(column).as_integer().copied().unwrap_or(i64::MIN);
        Self {
            balance: number("balance_minor"),
            held: number("held_minor"),
            pending: number("pending_minor"),
            entries: number("entries"),
        }
    }
}
