//! The audit trail.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::Fixture;
use super::bank::{Bank, TENANT, append, context, json_of, tenant};
use crate::{Append, AuditEntry, AuditOutcome, StreamId, Version, limits};

fn read(person: Option<u128>, number: i64) -> AuditEntry {
    AuditEntry {
        action: "record.read".into(),
        subject: format!("record/{number}"),
        data_subject: person.map(Uuid::from_u128),
        outcome: AuditOutcome::Done,
        details: json_of(&json!({ "number": number })),
    }
}

/// Chains have no gap and no fault, at the end as in the midst of writing.
pub async fn every_chain_verifies_while_commits_go_on(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let bank = Arc::clone(&bank);
            tokio::spawn(async move {
                for number in 0..25 {
                    let append = Append::new(context(tenant(writer % 2)))
                        .audit(read(None, number))
                        .audit(read(Some(writer), number));
                    bank.keep(append).await;
                }
            })
        })
        .collect();
    while writers.iter().any(|writer| !writer.is_finished()) {
        bank.store.anchor_audit().await.expect("anchored");
        let report = bank.store.verify_audit().await.expect("a report");
        assert_eq!(report.faults, []);
    }
    bank.store.anchor_audit().await.expect("anchored");
    let report = bank.store.verify_audit().await.expect("a report");
    assert_eq!((report.records, report.faults), (200, vec![]));
    assert!(report.anchors >= report.chains);
    let mut records = 0;
    for of in [tenant(0), tenant(1)] {
        for partition in 0..limits::AUDIT_PARTITIONS {
            let chain = bank.store.audit(of, partition, 0, 1_000).await;
            let chain = chain.expect("records");
            let numbers: Vec<_> = chain.iter().map(|it| it.sequence).collect();
            assert_eq!(numbers, (1..=chain.len() as u64).collect::<Vec<_>>());
            records += chain.len();
        }
    }
    assert_eq!(records, 200);
}

/// All records about one person, in order, page by page, and nobody else's.
pub async fn disclosures_are_accounted_for_by_person(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    for number in 0..40 {
        let person = Some(u128::from(number as u64 % 3));
        bank.keep(append().audit(read(person, number))).await;
    }
    let foreign = Append::new(context(tenant(1))).audit(read(Some(1), 99));
    bank.keep(foreign).await;
    let (mut after, mut numbers) = (0, Vec::new());
    loop {
        let page = bank
            .store
            .disclosures(TENANT, Uuid::from_u128(1), after, 5)
            .await;
        let page = page.expect("records");
        let Some(last) = page.last() else { break };
        after = last.sequence;
        assert!(page.len() <= 5);
        for record in &page {
            assert_eq!(record.entry.data_subject, Some(Uuid::from_u128(1)));
            assert_eq!(record.purpose, context(TENANT).purpose);
            let details: serde_json::Value = record.entry.details.read().expect("JSON");
            numbers.push(details["number"].as_i64().expect("a number"));
        }
    }
    assert_eq!(
        numbers,
        (0..40).filter(|it| it % 3 == 1).collect::<Vec<_>>()
    );
}

/// What did not happen is not in the trail.
pub async fn a_refused_commit_leaves_no_record(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let account = StreamId::new("account", bank.id());
    let refused = append()
        .read(account, Version::new(3))
        .audit(read(Some(1), 1));
    let refused = bank.store.commit(refused).await;
    assert!(refused.expect_err("it conflicts").is_conflict());
    let report = bank.store.verify_audit().await.expect("a report");
    assert_eq!((report.records, report.faults), (0, vec![]));
}
