//! Many at once: what there is once is had once.

use std::sync::Arc;

use medcover_contract_billing::{
    ClaimPayment, RefundId, RefundRequest, RemittanceRequest, RemittanceState,
};
use medcover_kernel::{ClaimId, InvoiceId, RemittanceId};

use crate::house::{House, id, promises, usd};

promises! {
    two_refunds_share_a_payment,
    invoices_issued_at_once_are_numbered_without_gaps,
    a_trace_that_comes_many_times_at_once_counts_once,
}

async fn two_refunds_share_a_payment(house: House) {
    let house = Arc::new(house);
    let payment = house.pay(House::payment_request(30, 100)).await;
    let asked = (0..2).map(|number| {
        let house = Arc::clone(&house);
        tokio::spawn(async move {
            let request = RefundRequest {
                id: RefundId::from_uuid(id(40 + number)),
                payment: payment.id,
                amount: usd(60),
                reason: "Paid twice".to_owned(),
            };
            house.api.request_refund(&house.call(), request).await
        })
    });
    let asked: Vec<_> = asked.collect();
    let (mut done, mut refused) = (0, 0);
    for one in asked {
        match one.await.expect("no panic") {
            Ok(_) => done += 1,
            Err(error) => {
                assert_eq!(error.slug(), "refund-exceeds-payment");
                refused += 1;
            }
        }
    }
    assert_eq!((done, refused), (1, 1));
}

async fn invoices_issued_at_once_are_numbered_without_gaps(house: House) {
    let house = Arc::new(house);
    let issued = (0..16).map(|number| {
        let house = Arc::clone(&house);
        tokio::spawn(async move {
            let request = House::invoice_request(100 + number, 1_000);
            house.api.issue_invoice(&house.call(), request).await
        })
    });
    let issued: Vec<_> = issued.collect();
    let mut numbers = Vec::new();
    for one in issued {
        let invoice = one.await.expect("no panic").expect("issued");
        numbers.extend(invoice.number);
    }
    numbers.sort();
    let all: Vec<_> = (1..=16).map(|number| format!("V-{number:06}")).collect();
    assert_eq!(numbers, all);
    house.trial_balance().await;
}

/// One that comes many times at once, each time under another id and control number, counts once.
async fn a_trace_that_comes_many_times_at_once_counts_once(house: House) {
    let house = Arc::new(house);
    let request = |number: u64| RemittanceRequest {
        id: RemittanceId::from_uuid(id(200 + number)),
        payer: id(900),
        trace: "EFT-1".to_owned(),
        control: format!("{number:09}"),
        total: usd(600),
        paid_on: jiff::civil::date(2026, 4, 1),
        claims: vec![ClaimPayment {
            claim: ClaimId::from_uuid(id(90)),
            // There is none, so nothing but the trace and the content keeps them apart.
            invoice: InvoiceId::from_uuid(id(10)),
            billed: usd(600),
            paid: usd(600),
            adjustments: Vec::new(),
        }],
        provider_adjustments: Vec::new(),
    };
    let sent = (0..32).map(|number| {
        let (house, request) = (Arc::clone(&house), request(number));
        tokio::spawn(async move { house.api.post_remittance(&house.call(), request).await })
    });
    let sent: Vec<_> = sent.collect();
    let mut states = Vec::new();
    for one in sent {
        states.push(one.await.expect("no panic").expect("it came").state);
    }
    let repeated = states
        .iter()
        .filter(|it| **it == RemittanceState::Duplicate);
    assert_eq!(repeated.count(), 31, "{states:?}");
}
