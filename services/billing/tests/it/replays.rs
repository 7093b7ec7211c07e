//! Every request that moves money, sent twice: one effect, the same answer.

use std::fmt::Debug;

use medcover_contract_billing::{
    AllocationId, AllocationRequest, CreditNoteId, CreditRequest, ReasonRequest, RefundId,
    RefundRequest, Side, UnallocateRequest, WriteOffId, WriteOffRequest,
};
use medcover_kernel::{Call, Result};

use crate::house::{House, id, usd};

/// Sends twice under one key, and says how many events the second one made.
async fn twice<T: Debug>(house: &House, user: u64, send: impl AsyncFn(Call) -> Result<T>) -> T {
    let call = house.by(user);
    let first = send(call.clone()).await.expect("done");
    let head = *house.store.head().borrow();
    let second = send(call).await.expect("answered as before");
    assert_eq!(*house.store.head().borrow(), head, "{second:?}");
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
    first
}

#[tokio::test]
async fn every_money_request_has_one_effect_however_often_it_is_sent() {
    let house = House::in_memory();
    let api = &house.api;
    let request = House::invoice_request(10, 1_000);
    let invoice = twice(&house, 1, async |call| {
        api.issue_invoice(&call, request.clone()).await
    })
    .await;
    let cash = House::payment_request(30, 1_000);
    let payment = twice(&house, 1, async |call| {
        api.take_payment(&call, cash.clone()).await
    })
    .await;
    let put = AllocationRequest {
        id: AllocationId::from_uuid(id(31)),
        invoice: invoice.id,
        amount: usd(500),
    };
    twice(&house, 1, async |call| {
        api.allocate(&call, payment.id, put.clone()).await
    })
    .await;
    let back = UnallocateRequest {
        id: put.id,
        reason: "A mistake".to_owned(),
    };
    twice(&house, 1, async |call| {
        api.unallocate(&call, payment.id, back.clone()).await
    })
    .await;
    let note = CreditRequest {
        id: CreditNoteId::from_uuid(id(32)),
        side: Side::Patient,
        amount: usd(100),
        reason: "Goodwill".to_owned(),
    };
    twice(&house, 1, async |call| {
        api.credit_invoice(&call, invoice.id, note.clone()).await
    })
    .await;
    let refund = RefundRequest {
        id: RefundId::from_uuid(id(33)),
        payment: payment.id,
        amount: usd(400),
        reason: "Paid twice".to_owned(),
    };
    twice(&house, 1, async |call| {
        api.request_refund(&call, refund.clone()).await
    })
    .await;
    twice(&house, 2, async |call| {
        api.approve_refund(&call, refund.id).await
    })
    .await;
    twice(&house, 1, async |call| {
        api.send_refund(&call, refund.id).await
    })
    .await;
    let write_off = WriteOffRequest {
        id: WriteOffId::from_uuid(id(34)),
        invoice: invoice.id,
        side: Side::Patient,
        amount: usd(50),
        reason: "Small".to_owned(),
    };
    twice(&house, 1, async |call| {
        api.request_write_off(&call, write_off.clone()).await
    })
    .await;
    twice(&house, 2, async |call| {
        api.approve_write_off(&call, write_off.id).await
    })
    .await;
    let reason = ReasonRequest {
        reason: "Disputed".to_owned(),
    };
    twice(&house, 1, async |call| {
        api.charge_back(&call, payment.id, reason.clone()).await
    })
    .await;
    assert_eq!(
        house.balance("cash").await,
        0,
        "400 given back, 600 taken back"
    );
    assert_eq!(house.balance("patient-receivable").await, 850);
}
