//! Rows of read models.

use medcover_kernel::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::Fixture;
use super::bank::{ACCOUNTS, BY_BALANCE, BY_OWNER, Bank, TENANT, append, context, json_of, tenant};
use crate::{Append, Change, CommitError, Row, RowChange, Select, StoreError, Value};

fn change(id: u128, change: Change) -> RowChange {
    RowChange {
        tenant: TENANT,
        table: &ACCOUNTS,
        key: vec![Uuid::from_u128(id).into()],
        change,
    }
}

fn account(owner: &str, balance: i64) -> Change {
    Change::Put(vec![
        owner.into(),
        Value::Integer(balance),
        Value::Boolean(true),
        Timestamp::from_micros(balance).into(),
        Value::Null,
        Value::Null,
        Value::Null,
    ])
}

async fn put(bank: &Bank, id: u128, owner: &str, balance: i64) {
    let append = append().row(change(id, account(owner, balance)));
    bank.keep(append).await;
}

async fn listed(bank: &Bank, select: &Select) -> Vec<Row> {
    bank.store.select(select).await.expect("a page")
}

fn owners(rows: &[Row]) -> Vec<&str> {
    let owners = rows.iter().filter_map(|row| row.get("owner").as_text());
    owners.collect()
}

/// Puts, changes, sums and removals of one row add up, in one commit as over several.
pub async fn a_row_is_put_changed_and_removed(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let patch = |amount| Change::Patch {
        set: vec![("note", Value::from("seen"))],
        add: vec![("balance", amount)],
    };
    let append = append()
        .row(change(1, account("Ada", 10)))
        .row(change(1, patch(5)))
        .row(change(1, patch(-20)));
    bank.keep(append.clone()).await;
    bank.keep(super::bank::append().row(change(1, patch(1))))
        .await;
    let key = [Uuid::from_u128(1).into()];
    let row = bank.store.row(&ACCOUNTS, TENANT, &key).await;
    let row = row.expect("readable").expect("the row");
    assert_eq!(row.get("balance").as_integer(), Some(&-4));
    assert_eq!(row.get("note").as_text(), Some("seen"));
    let gone = super::bank::append()
        .row(change(1, patch(1)))
        .row(change(1, Change::Delete));
    bank.keep(gone).await;
    let row = bank.store.row(&ACCOUNTS, TENANT, &key).await;
    assert_eq!(row.expect("readable"), None);
    // What is gone can come again, and going twice is no fault.
    bank.keep(append).await;
    for _ in 0..2 {
        bank.keep(super::bank::append().row(change(1, Change::Delete)))
            .await;
    }
}

/// Columns that may be empty and numbers begin by themselves; others do not.
pub async fn a_change_to_a_row_that_is_not_there_needs_all_of_it(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let part = Change::Patch {
        set: vec![],
        add: vec![("balance", 3)],
    };
    let refused = bank.store.commit(append().row(change(1, part))).await;
    assert!(
        matches!(refused, Err(CommitError::Invalid(_))),
        "{refused:?}"
    );
    let all = Change::Patch {
        set: vec![
            ("owner", "Ada".into()),
            ("open", true.into()),
            ("opened_at", Timestamp::from_micros(1).into()),
        ],
        add: vec![("balance", 3)],
    };
    bank.keep(append().row(change(1, all))).await;
    let too_much = Change::Patch {
        set: vec![],
        add: vec![("balance", i64::MAX)],
    };
    let refused = bank.store.commit(append().row(change(1, too_much))).await;
    assert!(
        matches!(refused, Err(CommitError::Invalid(_))),
        "{refused:?}"
    );
}

/// Every kind of value, at its ends.
pub async fn values_come_back_as_they_were(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let full = vec![
        Value::from(""),
        Value::Integer(i64::MIN),
        Value::Boolean(false),
        Timestamp::from_micros(i64::MAX).into(),
        Value::from("ünï \u{10ffff} \"quoted\" \\"),
        json_of(&json!({"b": [1, null, "é"], "a": {"z": true}})).into(),
        vec![0_u8, 255, 39].into(),
    ];
    bank.keep(append().row(change(u128::MAX, Change::Put(full.clone()))))
        .await;
    let key = [Uuid::from_u128(u128::MAX).into()];
    let row = bank.store.row(&ACCOUNTS, TENANT, &key).await;
    let row = row.expect("readable").expect("the row");
    assert_eq!(row.values[1..], full);
    assert_eq!(row.values[0], key[0]);
}

/// No collation of a place or language comes between: the order is that of UTF-8.
pub async fn text_is_in_the_order_of_its_bytes(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let mut names = [
        "", " ", "A", "B", "Z", "a", "ab", "a b", "z", "Ä", "ß", "é", "e\u{301}", "Ω", "李", "🩺",
        "\u{ffff}", "10", "9",
    ];
    for (id, name) in names.iter().enumerate() {
        put(&bank, id as u128, name, 0).await;
    }
    let all = Select::first(&BY_OWNER, TENANT, vec![], 100);
    names.sort_unstable();
    assert_eq!(owners(&listed(&bank, &all).await), names);
    let from = Select {
        from: Some("a".into()),
        to: Some("b".into()),
        ..all
    };
    assert_eq!(owners(&listed(&bank, &from).await), ["a", "a b", "ab"]);
}

/// Going through the pages shows every row that was there once, whatever is added or removed meanwhile.
pub async fn pages_are_stable_while_rows_are_added(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    for id in 0..30 {
        // Equal owners, so that the key decides.
        put(&bank, 1_000 + id, ["Ada", "Bob"][id as usize % 2], 1).await;
    }
    for descending in [false, true] {
        let mut select = Select {
            descending,
            ..Select::first(&BY_OWNER, TENANT, vec![], 4)
        };
        let mut seen = Vec::new();
        loop {
            let page = listed(&bank, &select).await;
            let Some(last) = page.last() else { break };
            select.after = Some(last.cursor(&BY_OWNER));
            if seen.len() < 20 {
                let step = seen.len() as u128 + if descending { 600 } else { 0 };
                put(&bank, step, "Ada", 1).await;
                put(&bank, 90_000 + step, "Bob", 1).await;
                bank.keep(append().row(change(step, Change::Delete))).await;
            }
            seen.extend(page.iter().map(|row| row.values[0].clone()));
        }
        for id in 0..30 {
            let id = Value::Id(Uuid::from_u128(1_000 + id));
            assert_eq!(seen.iter().filter(|it| **it == id).count(), 1, "{id:?}");
        }
    }
}

/// The order column may be bounded on both sides, in both directions, within equal columns.
pub async fn a_listing_is_bounded_and_reversed(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    for balance in 0..10 {
        put(&bank, balance as u128, &balance.to_string(), balance).await;
    }
    let closed = Change::Patch {
        set: vec![("open", false.into())],
        add: vec![],
    };
    bank.keep(append().row(change(4, closed))).await;
    let foreign = RowChange {
        tenant: tenant(1),
        ..change(50, account("x", 5))
    };
    bank.keep(Append::new(context(tenant(1))).row(foreign))
        .await;
    let select = Select {
        from: Some(Value::Integer(2)),
        to: Some(Value::Integer(8)),
        ..Select::first(&BY_BALANCE, TENANT, vec![true.into()], 3)
    };
    assert_eq!(owners(&listed(&bank, &select).await), ["2", "3", "5"]);
    let reversed = Select {
        descending: true,
        ..select.clone()
    };
    let page = listed(&bank, &reversed).await;
    assert_eq!(owners(&page), ["7", "6", "5"]);
    let next = Select {
        after: page.last().map(|row| row.cursor(&BY_BALANCE)),
        ..reversed
    };
    assert_eq!(owners(&listed(&bank, &next).await), ["3", "2"]);
    let closed = Select::first(&BY_BALANCE, TENANT, vec![false.into()], 3);
    assert_eq!(owners(&listed(&bank, &closed).await), ["4"]);
    for wrong in [
        Select::first(&BY_BALANCE, TENANT, vec![], 3),
        Select::first(&BY_BALANCE, TENANT, vec!["true".into()], 3),
        Select::first(&BY_BALANCE, TENANT, vec![Value::Null], 3),
        Select::first(&BY_BALANCE, TENANT, vec![true.into()], 100_000),
        Select {
            after: Some(vec![Value::Integer(1)]),
            ..Select::first(&BY_BALANCE, TENANT, vec![true.into()], 3)
        },
    ] {
        let refused = bank.store.select(&wrong).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{wrong:?}");
    }
}

/// A defect of a projection is refused by name before it reaches a database.
pub async fn rows_that_do_not_fit_their_table_are_refused(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let patch = |column, value| Change::Patch {
        set: vec![(column, value)],
        add: vec![],
    };
    put(&bank, 1, "Ada", 0).await;
    let two_keys = RowChange {
        key: vec![Value::Null, Value::Null],
        ..change(1, Change::Delete)
    };
    for wrong in [
        change(1, Change::Put(vec![])),
        change(1, patch("owner", Value::Null)),
        change(1, patch("owner", Value::Integer(1))),
        change(1, patch("nothing", Value::Null)),
        change(1, patch("id", Uuid::nil().into())),
        change(
            1,
            Change::Patch {
                set: vec![],
                add: vec![("owner", 1)],
            },
        ),
        two_keys,
    ] {
        let refused = bank.store.commit(append().row(wrong.clone())).await;
        assert!(
            matches!(refused, Err(CommitError::Invalid(_))),
            "{wrong:?}: {refused:?}"
        );
    }
}
