//! Random entries, held against the most naive ledger.

use jiff::civil::date;
use medcover_kernel::{Currency, Money};
use medcover_ledger::model::NaiveLedger;
use medcover_ledger::{
    Account, AccountKind, Bounds, Entry, EntryId, Journal, JournalEntry, Layer, TrialBalance,
};
use proptest::prelude::*;
use uuid::Uuid;

const ACCOUNTS: [Account; 4] = [
    Account::CASH,
    Account::of(AccountKind::Revenue),
    Account::unapplied_cash(Uuid::from_u128(1)),
    Account::payer_receivable(Uuid::from_u128(2)),
];
const CURRENCIES: [Currency; 2] = [Currency::USD, Currency::EUR];

fn entry() -> impl Strategy<Value = Entry> {
    let transfer = (
        0..4_usize,
        1..4_usize,
        0..3_usize,
        0..2_usize,
        1..10_000_i64,
    );
    let transfer = transfer.prop_map(|(debit, to, layer, currency, minor)| {
        let amount = Money::new(minor, CURRENCIES[currency]).expect("small");
        let (debit, credit) = (ACCOUNTS[debit], ACCOUNTS[(debit + to) % 4]);
        Entry::transfer_in(Layer::ALL[layer], debit, credit, amount).expect("two accounts")
    });
    prop::collection::vec(transfer, 1..4).prop_map(|parts| {
        let both = |one: Entry, other| one.and(other).expect("few postings");
        parts.into_iter().reduce(both).expect("one at least")
    })
}

fn cash_floor(account: Account) -> Bounds {
    if account == Account::CASH {
        Bounds::FLOOR_ZERO
    } else {
        Bounds::NONE
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn balances_are_what_a_naive_ledger_adds_up(
        entries in prop::collection::vec(entry(), 0..40),
        reverse in prop::collection::vec(any::<bool>(), 40),
    ) {
        let (mut journal, mut naive) = (Journal::default(), NaiveLedger::default());
        for (place, (postings, reverse)) in entries.into_iter().zip(reverse).enumerate() {
            let number = u32::try_from(place).expect("few") * 2;
            let id = |number| EntryId::nth(Uuid::nil(), number);
            let on = date(2026, 4, 1);
            let entry = JournalEntry { id: id(number), on, reverses: None, postings };
            if journal.post(entry.clone(), cash_floor).is_ok() {
                naive.add(&entry.postings);
                if reverse && journal.reverse(id(number), id(number + 1), on, cash_floor).is_ok() {
                    naive.add(&entry.postings.reversed());
                }
            }
            for currency in CURRENCIES {
                prop_assert!(!journal.balances().available(Account::CASH, currency).is_negative());
                for layer in Layer::ALL {
                    prop_assert_eq!(naive.total(layer, currency), 0);
                    for account in ACCOUNTS {
                        let kept = journal.balances().iter();
                        let kept: i128 = kept
                            .filter(|it| (it.0, it.1, it.2) == (account, layer, currency))
                            .map(|it| it.3)
                            .sum();
                        prop_assert_eq!(kept, naive.balance(account, layer, currency));
                    }
                }
            }
        }
        prop_assert_eq!(journal.trial_balance().off(), vec![]);
        let all = journal.entries().iter().map(|entry| &entry.postings);
        prop_assert_eq!(TrialBalance::of(all), journal.trial_balance());
    }

    #[test]
    fn what_is_read_back_is_the_entry_that_was_written(entry in entry()) {
        let text = serde_json::to_string(&entry).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Entry>(&text).expect("balanced"), entry);
    }
}
