//! The same money, kept in the most naive way: a list of postings, added up each time that somebody asks.
//!
//! It shares no code with [`Balances`](crate::Balances) and [`Journal`](crate::Journal), so that a test can hold the two
//! against each other.

use medcover_kernel::Currency;
use uuid::Uuid;

use crate::{Account, Entry, Layer};

/// Every posting there ever was.
#[derive(Clone, Debug, Default)]
pub struct NaiveLedger {
    postings: Vec<(Account, Layer, Currency, i64)>,
}

impl NaiveLedger {
    /// Adds the postings of `entry`.
    pub fn add(&mut self, entry: &Entry) {
        for posting in entry.postings() {
            let (currency, minor) = (posting.amount.currency(), posting.amount.minor());
            self.postings
                .push((posting.account, posting.layer, currency, minor));
        }
    }

    /// Debits less credits of `account` in `layer`.
    pub fn balance(&self, account: Account, layer: Layer, currency: Currency) -> i128 {
        let wanted = (account, layer, currency);
        let of = self
            .postings
            .iter()
            .filter(|it| (it.0, it.1, it.2) == wanted);
        of.map(|it| i128::from(it.3)).sum()
    }

    /// Debits less credits of everything.
    pub fn total(&self, layer: Layer, currency: Currency) -> i128 {
        let of = self.postings.iter();
        let of = of.filter(|it| (it.1, it.2) == (layer, currency));
        of.map(|it| i128::from(it.3)).sum()
    }
}

/// The money of a house, of one currency, as anybody would keep it on paper: no ledger, no events, numbers in minor units.
/// Commands answer whether they are to be done; what is refused changes nothing.
#[derive(Clone, Debug, Default)]
pub struct NaiveMoney {
    invoices: Vec<NaiveInvoice>,
    payments: Vec<NaivePayment>,
    /// Payment, invoice, amount: in the order in which they were made.
    puts: Vec<(Uuid, Uuid, i64)>,
}

#[derive(Clone, Debug)]
struct NaiveInvoice {
    id: Uuid,
    total: i64,
    patient: i64,
    credited: i64,
}

#[derive(Clone, Debug)]
struct NaivePayment {
    id: Uuid,
    paid: i64,
    refunded: i64,
}

impl NaiveMoney {
    /// An invoice is issued to a payer.
    pub fn issue(&mut self, id: Uuid, total: i64) {
        let (patient, credited) = (0, 0);
        self.invoices.push(NaiveInvoice {
            id,
            total,
            patient,
            credited,
        });
    }

    /// The sum of an invoice.
    pub fn total(&self, id: Uuid) -> i64 {
        let of = self.invoices.iter().filter(|it| it.id == id);
        of.map(|it| it.total).sum()
    }

    /// A patient pays.
    pub fn pay(&mut self, id: Uuid, paid: i64) {
        let refunded = 0;
        self.payments.push(NaivePayment { id, paid, refunded });
    }

    /// Money of a payment is put against the patient's side of an invoice.
    pub fn put(&mut self, payment: Uuid, invoice: Uuid, amount: i64) -> bool {
        if amount > self.left(payment) || amount > self.owed(invoice) {
            return false;
        }
        self.puts.push((payment, invoice, amount));
        true
    }

    /// A payment is given back in part: what is missing is taken from where it was put last.
    pub fn refund(&mut self, payment: Uuid, amount: i64) -> bool {
        let found = self.payments.iter_mut().find(|it| it.id == payment);
        let Some(paying) = found.filter(|it| it.paid - it.refunded >= amount) else {
            return false;
        };
        paying.refunded += amount;
        while self.left(payment) < 0 {
            self.take_back_one(|put| put.0 == payment);
        }
        true
    }

    /// Part of the patient's side is given up; what was paid of it is free again.
    pub fn credit(&mut self, invoice: Uuid, amount: i64) -> bool {
        let found = self.invoices.iter_mut().find(|it| it.id == invoice);
        let Some(billed) = found.filter(|it| it.patient - it.credited >= amount) else {
            return false;
        };
        billed.credited += amount;
        self.fit(invoice);
        true
    }

    /// The patient's share is another one; credit notes beyond it come back.
    pub fn adjudicate(&mut self, invoice: Uuid, patient: i64) {
        for billed in self.invoices.iter_mut().filter(|it| it.id == invoice) {
            billed.patient = patient;
            billed.credited = billed.credited.min(patient);
        }
        self.fit(invoice);
    }

    fn fit(&mut self, invoice: Uuid) {
        while self.owed(invoice) < 0 {
            self.take_back_one(|put| put.1 == invoice);
        }
    }

    /// One minor unit at a time: nobody keeps books so, and nobody gets it wrong.
    fn take_back_one(&mut self, of: impl Fn(&(Uuid, Uuid, i64)) -> bool) {
        let last = self.puts.iter_mut().rev().find(|put| put.2 > 0 && of(put));
        if let Some(put) = last {
            put.2 -= 1;
        }
    }

    fn left(&self, payment: Uuid) -> i64 {
        let paid = self.payments.iter().filter(|it| it.id == payment);
        let paid: i64 = paid.map(|it| it.paid - it.refunded).sum();
        let put = self.puts.iter().filter(|put| put.0 == payment);
        paid - put.map(|put| put.2).sum::<i64>()
    }

    fn owed(&self, invoice: Uuid) -> i64 {
        let billed = self.invoices.iter().filter(|it| it.id == invoice);
        let billed: i64 = billed.map(|it| it.patient - it.credited).sum();
        let put = self.puts.iter().filter(|put| put.1 == invoice);
        billed - put.map(|put| put.2).sum::<i64>()
    }

    /// Money in the house.
    pub fn cash(&self) -> i64 {
        self.payments.iter().map(|it| it.paid - it.refunded).sum()
    }

    /// Money that stands against nothing.
    pub fn unapplied(&self) -> i64 {
        self.payments.iter().map(|it| self.left(it.id)).sum()
    }

    /// What patients owe.
    pub fn owed_by_patients(&self) -> i64 {
        self.invoices.iter().map(|it| self.owed(it.id)).sum()
    }
}
