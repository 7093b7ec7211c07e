//! Messages and those who work on them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::TenantId;

use super::Fixture;
use super::bank::{Bank, TENANT, append, context, tenant};
use crate::{Append, Claim, CommitError, Delivery, NewMessage, Outcome, Version};

pub(super) const LEASE: Duration = Duration::from_secs(30);

pub(super) async fn claim(bank: &Bank, worker: &'static str, max: usize) -> Vec<Delivery> {
    let claim = Claim {
        queue: "mail".into(),
        worker: worker.into(),
        lease: LEASE,
        max,
    };
    bank.store.claim(claim).await.expect("a claim")
}

pub(super) async fn one(bank: &Bank) -> Delivery {
    let mut claimed = claim(bank, "worker", 1).await;
    claimed.pop().expect("a message")
}

pub(super) async fn send(bank: &Bank, of: TenantId, count: usize) {
    for _ in 0..count {
        let append = Append::new(context(of)).send(bank.message("mail"));
        bank.keep(append).await;
    }
}

pub(super) async fn settle(
    bank: &Bank,
    delivery: &Delivery,
    outcome: Outcome,
) -> Result<(), CommitError> {
    let append = Append::new(context(delivery.tenant())).settle(delivery.settled(outcome));
    bank.store.commit(append).await.map(drop)
}

pub(super) async fn done(bank: &Bank, delivery: &Delivery) {
    settle(bank, delivery, Outcome::Done)
        .await
        .expect("it is settled");
}

/// Workers that claim at the same time share the messages; each is done once and then gone.
pub async fn each_message_is_given_to_one_worker(fixture: &dyn Fixture) {
    const MESSAGES: usize = 120;
    let bank = Bank::open(fixture).await;
    let mut all = append();
    all.outbox = (0..MESSAGES).map(|_| bank.message("mail")).collect();
    bank.keep(all).await;
    let workers: Vec<_> = (0..6)
        .map(|_| {
            let bank = Arc::clone(&bank);
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = claim(&bank, "worker", 7).await;
                    if claimed.is_empty() {
                        return mine;
                    }
                    for delivery in &claimed {
                        assert_eq!(delivery.attempt, 1);
                        done(&bank, delivery).await;
                    }
                    mine.extend(claimed.into_iter().map(|it| it.id));
                }
            })
        })
        .collect();
    let mut ids = Vec::new();
    for worker in workers {
        ids.extend(worker.await.expect("no panic"));
    }
    assert_eq!(ids.len(), MESSAGES);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), MESSAGES);
    let left = bank.store.messages(TENANT, "mail", 0, 10).await;
    assert_eq!(left.expect("messages"), []);
}

/// A worker that says nothing loses its message once the lease has run out, and not before.
pub async fn a_lease_that_ran_out_lets_another_worker_try(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    send(&bank, TENANT, 1).await;
    let first = one(&bank).await;
    assert_eq!(first.leased_until, bank.now().plus(LEASE));
    assert_eq!(claim(&bank, "other", 5).await, []);
    bank.clock.advance(LEASE);
    let second = one(&bank).await;
    assert_eq!((second.id, second.attempt), (first.id, 2));
    assert_ne!(second.token, first.token);
}

/// An acknowledgement of an earlier delivery is refused, and all that would have come with it.
pub async fn a_late_worker_changes_nothing(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    send(&bank, TENANT, 1).await;
    let late = one(&bank).await;
    bank.clock.advance(LEASE);
    let held = one(&bank).await;
    let account = crate::StreamId::new("account", bank.id());
    let effect = bank.event("account.opened", &serde_json::json!({"owner": "Ada"}));
    let append = append()
        .write(account.clone(), Version::NONE, [effect])
        .settle(late.settled(Outcome::Done));
    let refused = bank.store.commit(append).await;
    assert!(
        matches!(refused, Err(CommitError::StaleDelivery { message }) if message == late.id),
        "{refused:?}"
    );
    assert_eq!(bank.version(TENANT, &account).await, Version::NONE);
    done(&bank, &held).await;
    for delivery in [&held, &late] {
        let again = settle(&bank, delivery, Outcome::Done).await;
        assert!(matches!(again, Err(CommitError::StaleDelivery { .. })));
    }
    // Sent again under the same id, it is still not theirs.
    let again = NewMessage {
        id: held.id,
        ..bank.message("mail")
    };
    bank.keep(super::bank::append().send(again)).await;
    one(&bank).await;
    let again = settle(&bank, &late, Outcome::Done).await;
    assert!(matches!(again, Err(CommitError::StaleDelivery { .. })));
}

/// A tenant with a thousand messages does not keep one with a single message waiting.
pub async fn tenants_take_turns(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    send(&bank, tenant(1), 40).await;
    send(&bank, tenant(2), 3).await;
    send(&bank, tenant(3), 3).await;
    let count = |claimed: &[Delivery]| {
        let mut counts = BTreeMap::new();
        for delivery in claimed {
            *counts.entry(delivery.tenant()).or_insert(0) += 1;
        }
        counts
    };
    let shared = count(&claim(&bank, "worker", 6).await);
    assert_eq!(
        shared,
        BTreeMap::from([(tenant(1), 2), (tenant(2), 2), (tenant(3), 2)])
    );
    // One at a time they take turns too.
    let mut singly = Vec::new();
    for _ in 0..3 {
        singly.push(one(&bank).await);
    }
    assert_eq!(count(&singly).len(), 3);
    // What the others do not need is not kept from anyone.
    assert_eq!(count(&claim(&bank, "worker", 10).await)[&tenant(1)], 10);
}

/// Of one key the next message is given out when the one before it is settled; other keys do not wait.
pub async fn messages_of_a_key_stay_in_order(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let mut all = append();
    for key in ["a", "a", "b", "a"] {
        let mut message = bank.message("mail");
        message.key = Some(key.to_owned());
        all = all.send(message);
    }
    all = all.send(bank.message("mail"));
    let ids: Vec<_> = all.outbox.iter().map(|message| message.id).collect();
    bank.keep(all).await;
    let first = claim(&bank, "worker", 10).await;
    let given: Vec<_> = first.iter().map(|it| it.id).collect();
    assert_eq!(given, [ids[0], ids[2], ids[4]]);
    // One that is to be tried again later still comes before those behind it.
    let at = bank.now().plus(Duration::from_secs(1));
    let reason = "not yet".to_owned();
    settle(&bank, &first[0], Outcome::Retry { at, reason })
        .await
        .expect("it is settled");
    assert_eq!(claim(&bank, "worker", 10).await, []);
    bank.clock.advance(Duration::from_secs(1));
    for expected in [ids[0], ids[1], ids[3]] {
        let next = claim(&bank, "worker", 10).await;
        assert_eq!(next.iter().map(|it| it.id).collect::<Vec<_>>(), [expected]);
        done(&bank, &next[0]).await;
    }
}

/// A message is not given out before its time.
pub async fn a_message_waits_for_its_time(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let mut message = bank.message("mail");
    message.not_before = Some(bank.now().plus(Duration::from_micros(5)));
    bank.keep(append().send(message)).await;
    bank.clock.advance(Duration::from_micros(4));
    assert_eq!(claim(&bank, "worker", 1).await, []);
    bank.clock.advance(Duration::from_micros(1));
    one(&bank).await;
}

/// Ready, waiting and set aside are told apart.
pub async fn depths_are_counted(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let since = bank.now();
    send(&bank, TENANT, 3).await;
    send(&bank, tenant(1), 2).await;
    let other = append().send(bank.message("zzz"));
    bank.keep(other).await;
    let claimed = claim(&bank, "worker", 2).await;
    let reason = "broken".to_owned();
    settle(&bank, &claimed[0], Outcome::Dead { reason })
        .await
        .expect("it is settled");
    let depths = bank.store.queues().await.expect("depths");
    let mail = &depths[0];
    assert_eq!(mail.queue, "mail");
    assert_eq!((mail.ready, mail.waiting, mail.dead), (3, 1, 1));
    assert_eq!(mail.ready_since, Some(since));
    assert_eq!((&*depths[1].queue, depths[1].ready), ("zzz", 1));
}

/// Those who wait for work hear of it.
pub async fn work_is_announced(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let mut sent = bank.store.sent();
    bank.opened(TENANT, "Ada").await;
    assert!(!sent.has_changed().expect("the store is open"));
    send(&bank, TENANT, 1).await;
    assert!(sent.has_changed().expect("the store is open"));
    sent.mark_unchanged();
    let delivery = one(&bank).await;
    let (at, reason) = (bank.now(), String::new());
    settle(&bank, &delivery, Outcome::Retry { at, reason })
        .await
        .expect("it is settled");
    assert!(sent.has_changed().expect("the store is open"));
}
