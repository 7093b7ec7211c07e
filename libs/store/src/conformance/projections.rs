//! Read models that follow from the log.

use std::sync::Arc;

use super::Fixture;
use super::bank::{Accounts, BY_OWNER, Bank, TENANT, TURNOVERS, Turnover, tenant};
use crate::{CommitError, Listing, Position, Row, Select, follow, rebuild, rebuild_incomplete};

async fn rows(bank: &Bank, listing: &'static Listing) -> Vec<Row> {
    let mut rows = Vec::new();
    for of in [TENANT, tenant(1)] {
        let select = Select::first(listing, of, vec![], 1_000);
        rows.extend(bank.store.select(&select).await.expect("a page"));
    }
    rows
}

async fn history(bank: &Bank) {
    for of in [TENANT, tenant(1)] {
        for owner in ["Ada", "Bob", "Čapek"] {
            let account = bank.opened(of, owner).await;
            for amount in [5, -3, 8] {
                bank.clock.advance(std::time::Duration::from_hours(400));
                bank.moved(of, &account, amount).await;
            }
        }
    }
}

/// The same rows come of the log again, value for value, made in the commit or beside the log.
pub async fn rebuilt_equals_live(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    history(&bank).await;
    while follow(&*bank.store, &Turnover).await.expect("a step") > 0 {}
    let live = (rows(&bank, &BY_OWNER).await, rows(&bank, &TURNOVERS).await);
    assert_eq!(live.0.len(), 6);
    assert!(live.1.len() > 4);
    let incomplete = bank.store.incomplete().await.expect("tables");
    assert!(incomplete.is_empty());
    for table in [&Accounts as &dyn crate::Projection, &Turnover] {
        bank.store
            .clear(table.tables(), table.name())
            .await
            .expect("cleared");
    }
    assert_eq!(rows(&bank, &BY_OWNER).await, []);
    assert_eq!(bank.store.incomplete().await.expect("tables").len(), 2);
    let rebuilt = rebuild_incomplete(&*bank.store, &[&Accounts, &Turnover]).await;
    assert_eq!(rebuilt.expect("rebuilt"), ["accounts", "turnover"]);
    let again = (rows(&bank, &BY_OWNER).await, rows(&bank, &TURNOVERS).await);
    assert_eq!(again, live);
    assert!(bank.store.incomplete().await.expect("tables").is_empty());
    // And what comes after goes on from there.
    history(&bank).await;
    while follow(&*bank.store, &Turnover).await.expect("a step") > 0 {}
    let live = rows(&bank, &TURNOVERS).await;
    let reached = rebuild(&*bank.store, &Turnover).await.expect("rebuilt");
    assert_eq!(reached, *bank.store.head().borrow());
    assert_eq!(rows(&bank, &TURNOVERS).await, live);
}

/// Rows and checkpoint move together, so a step that is repeated finds itself done.
pub async fn a_follower_counts_each_event_once(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    assert_eq!(follow(&*bank.store, &Turnover).await.expect("a step"), 0);
    history(&bank).await;
    assert_eq!(follow(&*bank.store, &Turnover).await.expect("a step"), 24);
    assert_eq!(follow(&*bank.store, &Turnover).await.expect("a step"), 0);
    let rows = rows(&bank, &TURNOVERS).await;
    let moves: i64 = rows
        .iter()
        .filter_map(|row| row.get("moves").as_integer())
        .sum();
    assert_eq!(moves, 18);
    let at = bank.store.checkpoint("turnover").await;
    assert_eq!(at.expect("a checkpoint"), Position::new(24));
}

/// Two that follow for the same consumer share the work rather than doing it twice.
pub async fn two_followers_do_not_count_twice(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    history(&bank).await;
    let followers: Vec<_> = (0..4)
        .map(|_| {
            let store = Arc::clone(&bank.store);
            tokio::spawn(async move {
                loop {
                    match follow(&*store, &Turnover).await {
                        Ok(0) => return,
                        Ok(_) | Err(CommitError::CheckpointMoved { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    for follower in followers {
        follower.await.expect("no panic");
    }
    let rows = rows(&bank, &TURNOVERS).await;
    let moves: i64 = rows
        .iter()
        .filter_map(|row| row.get("moves").as_integer())
        .sum();
    assert_eq!(moves, 18);
}
