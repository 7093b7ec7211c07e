//! A day of an installation, and what is left of it.

use std::sync::Arc;

use medcover_auth::projections;
use medcover_kernel::TenantId;
use medcover_store::{Position, Row, Select, Store, rebuild};
use serde_json::json;

use crate::house::{House, PASSWORD, text};

/// Something of everything that can happen.
async fn live_through_a_day(house: &House) {
    house.role("nurse", &["break-glass.use"]).await;
    house.role("clerk", &["users.read"]).await;
    let (maria, token) = house.user("maria", &["nurse"]).await;
    let (otto, _) = house.user("otto", &["clerk"]).await;
    for _ in 0..6 {
        house.try_sign_in("otto", "wrong").await;
    }
    let admin = house.admin().await;
    let (client, _) = house
        .api_key(json!({"name": "laboratory", "permissions": [], "expires_in_days": 3}))
        .await;
    house
        .api_key(json!({"name": "radiology", "tier": "premium", "permissions": ["users.read"]}))
        .await;
    let reason = json!({"reason": "Unconscious, allergies unknown"});
    let declared = house
        .post(&token, "/api/v1/auth/break-glass", reason)
        .await
        .json();
    let emergency = text(&declared["grant"], "id");
    for path in [
        format!("/api/v1/auth/break-glass/{emergency}/end"),
        format!("/api/v1/auth/users/{otto}/unlock"),
        format!("/api/v1/auth/users/{otto}/disable"),
        format!("/api/v1/auth/users/{maria}/invitation"),
        format!("/api/v1/auth/clients/{client}/key"),
        format!("/api/v1/auth/clients/{client}/revoke"),
        "/api/v1/auth/signing-keys/rotate".to_owned(),
    ] {
        let answer = house.tell(&admin, &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    let note = json!({"note": "Checked against the chart."});
    house
        .post(
            &admin,
            &format!("/api/v1/auth/break-glass/{emergency}/review"),
            note,
        )
        .await;
    house
        .put(
            &admin,
            &format!("/api/v1/auth/users/{maria}/roles"),
            json!({"roles": ["clerk"]}),
        )
        .await;
    house
        .ask(&admin, "DELETE", "/api/v1/auth/roles/nurse", None)
        .await;
    let tenant = json!({"name": "st-anna", "administrator": "anna"});
    house.post(&admin, "/api/v1/auth/tenants", tenant).await;
    house
        .refresh(&text(
            &house.sign_in("maria", PASSWORD).await,
            "refresh_token",
        ))
        .await;
}

/// Every row of every list.
async fn rows(store: &dyn Store) -> Vec<Row> {
    let mut rows = Vec::new();
    for listing in medcover_auth::schema().listings {
        let select = Select::first(listing, TenantId::DEFAULT, Vec::new(), 100);
        rows.extend(store.select(&select).await.expect("readable"));
    }
    rows
}

async fn rebuilt_equals_live(house: House) {
    live_through_a_day(&house).await;
    let live = rows(&*house.store).await;
    assert!(live.len() >= 9, "{live:?}");
    for projection in projections() {
        rebuild(&*house.store, projection).await.expect("rebuilt");
    }
    assert_eq!(rows(&*house.store).await, live);
    let report = house.store.verify_audit().await.expect("readable");
    assert_eq!(report.faults, []);
    assert!(
        report.records > 30,
        "every act is written down: {}",
        report.records
    );
}

#[tokio::test]
async fn rebuilt_lists_are_the_live_ones() {
    rebuilt_equals_live(House::new().await).await;
    rebuilt_equals_live(House::on_disk().await).await;
}

/// Every event stands in a commit that wrote to the trail: whoever did it can be found by the undertaking.
#[tokio::test]
async fn nothing_happens_that_the_trail_does_not_know() {
    let house = House::new().await;
    live_through_a_day(&house).await;
    let log = house
        .store
        .read_log(Position::NONE, 1_000)
        .await
        .expect("readable");
    let tenants: std::collections::BTreeSet<_> = log.iter().map(|it| it.event.tenant).collect();
    for tenant in tenants {
        let trail = house.trail_of(tenant).await;
        for recorded in log.iter().filter(|it| it.event.tenant == tenant) {
            let known = trail
                .iter()
                .any(|it| it.correlation == recorded.event.correlation);
            assert!(
                known,
                "{} of {}",
                recorded.event.kind, recorded.event.stream
            );
        }
    }
}

/// A user who is guessed at for years: the stream is long, and signing in reads little of it.
#[tokio::test]
async fn a_long_history_is_read_from_its_last_snapshot() {
    let house = Arc::new(House::new().await);
    house.user("maria", &[]).await;
    for _ in 0..70 {
        house.try_sign_in("maria", "wrong").await;
        house.pass(901);
    }
    house.sign_in("maria", PASSWORD).await;
    let log = house
        .store
        .read_log(Position::NONE, 1_000)
        .await
        .expect("readable");
    let stream = log
        .iter()
        .find(|it| it.event.kind == "user.locked")
        .expect("a lock");
    let stream = &stream.event.stream;
    let snapshot = house
        .store
        .snapshot(TenantId::DEFAULT, stream, 1)
        .await
        .expect("readable");
    let version = snapshot.expect("there is one").version.get();
    assert!(version >= 128, "{version}");
}
