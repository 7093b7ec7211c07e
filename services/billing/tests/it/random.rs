//! Random histories of payments, allocations, refunds, credit notes and adjudications, held against a naive model of the
//! money after every step.

use medcover_contract_billing::{
    AdjudicationRequest, AllocationId, AllocationRequest, CreditNoteId, CreditRequest, RefundId,
    RefundRequest, Side,
};
use medcover_kernel::{ClaimId, InvoiceId, PaymentId, Rng as _, SeededRng};
use medcover_ledger::model::NaiveMoney;

use crate::house::{House, id, usd};

async fn history(house: House, seed: u64) {
    let rng = SeededRng::new(seed);
    let (api, mut model) = (&house.api, NaiveMoney::default());
    let below =
        |most: i64| i64::try_from(rng.below(u64::try_from(most).expect("small"))).expect("small");
    for number in 0..3 {
        let total = 1 + below(1_000);
        let mut request = House::invoice_request(10 + number, total);
        request.payer = Some(id(900));
        let invoice = house.issue(request).await;
        model.issue(invoice.id.as_uuid(), total);
    }
    let (mut payments, mut version) = (0, 0);
    for step in 0..40 {
        let invoice = InvoiceId::from_uuid(id(10 + rng.below(3)));
        let payment = PaymentId::from_uuid(id(100 + rng.below(4)));
        let amount = 1 + below(600);
        match rng.below(5) {
            0 if payments < 4 => {
                let taken = House::payment_request(100 + payments, amount);
                model.pay(taken.id.as_uuid(), amount);
                house.pay(taken).await;
                payments += 1;
            }
            1 => {
                let put = AllocationRequest {
                    id: AllocationId::from_uuid(id(1_000_000 + step)),
                    invoice,
                    amount: usd(amount),
                };
                let expected = model.put(payment.as_uuid(), invoice.as_uuid(), amount);
                let put = api.allocate(&house.call(), payment, put).await;
                assert_eq!(put.is_ok(), expected, "seed {seed} step {step}: {put:?}");
            }
            2 => {
                let refund = RefundRequest {
                    id: RefundId::from_uuid(id(2_000_000 + step)),
                    payment,
                    amount: usd(amount),
                    reason: "Paid twice".to_owned(),
                };
                let expected = model.refund(payment.as_uuid(), amount);
                let asked = api.request_refund(&house.by(1), refund.clone()).await;
                assert_eq!(
                    asked.is_ok(),
                    expected,
                    "seed {seed} step {step}: {asked:?}"
                );
                if expected {
                    let approved = api.approve_refund(&house.by(2), refund.id).await;
                    approved.expect("by another");
                    let sent = api.send_refund(&house.call(), refund.id).await;
                    sent.expect("cash");
                }
            }
            3 => {
                let note = CreditRequest {
                    id: CreditNoteId::from_uuid(id(3_000_000 + step)),
                    side: Side::Patient,
                    amount: usd(amount),
                    reason: "Goodwill".to_owned(),
                };
                let expected = model.credit(invoice.as_uuid(), amount);
                let credited = api.credit_invoice(&house.call(), invoice, note).await;
                assert_eq!(credited.is_ok(), expected, "seed {seed} step {step}");
            }
            _ => {
                version += 1;
                let total = model.total(invoice.as_uuid());
                let patient = below(total + 1);
                let contractual = below(total - patient + 1);
                let decided = AdjudicationRequest {
                    claim: ClaimId::from_uuid(invoice.as_uuid()),
                    version,
                    contractual: usd(contractual),
                    patient: usd(patient),
                    payer: usd(total - patient - contractual),
                    on: None,
                };
                model.adjudicate(invoice.as_uuid(), patient);
                let applied = api
                    .apply_adjudication(&house.call(), invoice, decided)
                    .await;
                applied.expect("it adds up");
            }
        }
        assert_eq!(
            house.balance("cash").await,
            model.cash(),
            "seed {seed} step {step}"
        );
        let unapplied = -house.balance("unapplied-cash").await;
        assert_eq!(unapplied, model.unapplied(), "seed {seed} step {step}");
        let owed = house.balance("patient-receivable").await;
        assert_eq!(owed, model.owed_by_patients(), "seed {seed} step {step}");
    }
    house.check_rebuilt().await;
}

#[tokio::test]
async fn the_books_agree_with_a_naive_model_of_the_money() {
    for seed in 0..24 {
        history(House::in_memory(), seed).await;
    }
}

#[tokio::test]
async fn the_books_of_a_fleet_agree_with_a_naive_model_of_the_money() {
    for seed in 0..4 {
        history(House::in_a_fleet().await, seed).await;
    }
}
