//! Events told of by pointers, in any order and more than once, beside the queue.

use medcover_kernel::{Rng, SeededRng, TenantId};
use medcover_store::{Position, limits};
use medcover_workflow::bus::{EventPointer, Heard as Became, Subscription};

use crate::bus::Heard;
use crate::ground::context;

/// Pointers to all payments of the log, in its order.
async fn pointers(heard: &Heard) -> Vec<EventPointer> {
    let log = heard.ground.store.read_log(Position::NONE, limits::PAGE);
    let log = log.await.expect("the log").into_iter();
    let payments = log.filter(|it| it.event.kind == "payment.completed");
    let pointers = payments.map(|it| EventPointer {
        tenant: it.event.tenant,
        stream: it.event.stream,
        version: it.event.version,
        position: it.position,
        event: it.event.id,
    });
    pointers.collect()
}

async fn hear(subscription: &Subscription, pointer: &EventPointer) -> Became {
    let heard = subscription.direct().hear(pointer).await;
    heard.expect("nothing is away")
}

#[tokio::test]
async fn whichever_way_and_order_events_come_each_stream_keeps_its_own_and_each_is_handled_once() {
    for seed in 0..200 {
        let rng = SeededRng::new(seed);
        // In half of the runs there is one that nobody can bear.
        let poison = (seed % 2 == 0).then_some(204);
        let heard = Heard::new(poison);
        for number in 1..=6 {
            for stream in [1, 2, 3] {
                let numbers = [stream * 100 + number];
                let stream = u128::from(stream);
                heard
                    .publish(context(), stream, "payment.completed", &numbers)
                    .await;
            }
        }
        let nodes = [(); 2].map(|()| heard.subscription(&["payment.completed"]));
        let mut left = pointers(&heard).await;
        left.extend(left.clone());
        while !left.is_empty() {
            let next = rng.below(left.len() as u64) as usize;
            let node = &nodes[rng.below(2) as usize];
            hear(node, &left.swap_remove(next)).await;
            match rng.below(12) {
                // The relay into the queue stands in.
                0 if seed % 3 == 0 => {
                    node.tick().await.expect("a tick");
                }
                1 => heard.ground.pass(std::time::Duration::from_secs(2)),
                _ => {}
            }
        }
        for node in &nodes {
            heard.drain(node).await;
        }
        let entries = heard.entries(TenantId::DEFAULT).await;
        for stream in [1, 2, 3] {
            let of = |it: &&u64| **it / 100 == stream;
            let numbers: Vec<_> = entries.iter().filter(of).copied().collect();
            let expected = (1..=6).map(|number| stream * 100 + number);
            let expected: Vec<_> = expected.filter(|it| Some(*it) != poison).collect();
            assert_eq!(numbers, expected, "seed {seed}");
        }
    }
}

#[tokio::test]
async fn what_follows_a_failure_goes_behind_it_into_the_queue_and_later_ones_beside_it_again() {
    let heard = Heard::new(Some(2));
    let subscription = heard.subscription(&["payment.completed"]);
    heard
        .publish(context(), 1, "payment.completed", &[1, 2, 3])
        .await;
    let told = pointers(&heard).await;
    // The last comes first, and sees to those before it.
    assert_eq!(hear(&subscription, &told[2]).await, Became::Queued);
    assert_eq!(heard.entries(TenantId::DEFAULT).await, [1]);
    assert_eq!(hear(&subscription, &told[0]).await, Became::Handled);
    let calls = heard.ledger.calls.lock().expect("no panic").clone();
    assert_eq!(calls, [1, 2], "what is queued is not tried");
    heard.drain(&subscription).await;
    assert_eq!(heard.entries(TenantId::DEFAULT).await, [1, 3]);
    heard.publish(context(), 1, "payment.completed", &[4]).await;
    let told = pointers(&heard).await;
    // By now the relay has not seen it: it is above the checkpoint.
    assert_eq!(hear(&subscription, &told[3]).await, Became::Handled);
    assert_eq!(heard.entries(TenantId::DEFAULT).await, [1, 3, 4]);
}

#[tokio::test]
async fn a_pointer_to_what_is_not_there_is_told_from_one_that_comes_too_early() {
    let heard = Heard::new(None);
    let subscription = heard.subscription(&["payment.completed"]);
    heard.publish(context(), 1, "payment.completed", &[1]).await;
    let pointer = pointers(&heard).await.remove(0);
    let early = EventPointer {
        position: pointer.position.plus(1),
        version: pointer.version.plus(1),
        ..pointer.clone()
    };
    let failed = subscription.direct().hear(&early).await;
    failed.expect_err("the log may come to have it");
    let other = EventPointer {
        event: medcover_kernel::EventId::from_uuid(uuid::Uuid::from_u128(9)),
        ..pointer.clone()
    };
    assert_eq!(hear(&subscription, &other).await, Became::Gone);
    let given_up = subscription.direct().give_up(&pointer, "it hangs").await;
    assert_eq!(given_up.expect("it is queued"), Became::Queued);
    assert!(heard.entries(TenantId::DEFAULT).await.is_empty());
    heard.drain(&subscription).await;
    assert_eq!(heard.entries(TenantId::DEFAULT).await, [1]);
}
