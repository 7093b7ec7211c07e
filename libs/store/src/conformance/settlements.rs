//! What becomes of messages that were claimed.

use std::time::Duration;

use super::Fixture;
use super::bank::{Bank, TENANT, append};
use super::queue::{LEASE, claim, done, one, send, settle};
use crate::{CommitError, DeadLetterChange, Outcome};

/// A failed message comes again at the time that was set, and says why it failed.
pub async fn a_failed_message_is_tried_again_with_its_reason(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    send(&bank, TENANT, 1).await;
    let failed = one(&bank).await;
    let at = bank.now().plus(Duration::from_mins(1));
    let reason = format!("no\0 answer {}", "x".repeat(10_000));
    settle(&bank, &failed, Outcome::Retry { at, reason })
        .await
        .expect("it is settled");
    assert_eq!(claim(&bank, "worker", 1).await, []);
    let queued = bank.store.messages(TENANT, "mail", 0, 10).await;
    let queued = queued.expect("messages");
    let shown = queued[0].failure.as_deref().expect("a reason");
    assert!(shown.starts_with("no\u{fffd} answer x") && shown.len() < 5_000);
    assert_eq!((queued[0].worker.as_deref(), queued[0].attempts), (None, 1));
    // The delivery that failed is over.
    let again = settle(&bank, &failed, Outcome::Done).await;
    assert!(matches!(again, Err(CommitError::StaleDelivery { .. })));
    bank.clock.advance(Duration::from_mins(1));
    assert_eq!(one(&bank).await.attempt, 2);
}

/// A message that is set aside is out of the way until a person decides, once.
pub async fn what_was_set_aside_is_replayed_or_discarded(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    send(&bank, TENANT, 2).await;
    let claimed = claim(&bank, "worker", 2).await;
    for delivery in &claimed {
        let reason = "no such account".to_owned();
        settle(&bank, delivery, Outcome::Dead { reason })
            .await
            .expect("it is settled");
    }
    bank.clock.advance(LEASE * 2);
    assert_eq!(claim(&bank, "worker", 5).await, []);
    let letters = bank.store.dead_letters(TENANT, "mail", 0, 10).await;
    let letters = letters.expect("letters");
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].reason, "no such account");
    let mut decide = append();
    decide.dead_letters = vec![
        DeadLetterChange::Replay(claimed[0].id),
        DeadLetterChange::Discard(claimed[1].id),
    ];
    bank.keep(decide.clone()).await;
    let again = bank.store.commit(decide).await;
    assert!(matches!(again, Err(CommitError::NoDeadLetter { .. })));
    let replayed = claim(&bank, "worker", 5).await;
    assert_eq!(replayed.len(), 1);
    assert_eq!((replayed[0].id, replayed[0].attempt), (claimed[0].id, 1));
    let stale = settle(&bank, &claimed[0], Outcome::Done).await;
    assert!(matches!(stale, Err(CommitError::StaleDelivery { .. })));
    done(&bank, &replayed[0]).await;
    let letters = bank.store.dead_letters(TENANT, "mail", 0, 10).await;
    assert_eq!(letters.expect("letters"), []);
}

/// Sending under an id that is queued or set aside changes nothing.
pub async fn a_message_known_already_is_not_sent_twice(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let message = bank.message("mail");
    for _ in 0..2 {
        let twice = append().send(message.clone()).send(message.clone());
        bank.keep(twice).await;
    }
    let delivery = one(&bank).await;
    assert_eq!(claim(&bank, "worker", 5).await, []);
    let reason = String::new();
    settle(&bank, &delivery, Outcome::Dead { reason })
        .await
        .expect("it is settled");
    bank.keep(append().send(message)).await;
    assert_eq!(claim(&bank, "worker", 5).await, []);
}

/// Work that takes longer keeps its message, and its token.
pub async fn a_lease_can_be_extended(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    send(&bank, TENANT, 1).await;
    let delivery = one(&bank).await;
    let until = bank.now().plus(LEASE * 3);
    settle(&bank, &delivery, Outcome::Extended { until })
        .await
        .expect("it is extended");
    bank.clock.advance(LEASE * 2);
    assert_eq!(claim(&bank, "other", 5).await, []);
    done(&bank, &delivery).await;
}
