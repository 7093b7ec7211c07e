//! The money of a visit from invoice to commission and back, with the books in balance after every step.

use medcover_contract_billing::{
    AdjudicationRequest, AgentId, AgentRequest, ClaimPayment, ClosePeriodRequest, CommissionPlanId,
    CommissionPlanRequest, CommissionTerms, InvoiceState, PaymentMethod, PaymentState,
    ProcessorOutcome, ReasonRequest, RefundId, RefundRequest, RefundState, RemittanceRequest,
    RemittanceState, ResolveRequest, SettleCommissionRequest, SettlementId, Side, TerminalResult,
    Tier, WriteOffId, WriteOffRequest,
};
use medcover_kernel::{BasisPoints, ClaimId, Currency, ErrorKind, RemittanceId, Rounding};

use crate::house::{House, id, promises, usd};

promises! {
    a_visit_is_billed_adjudicated_paid_and_refunded_with_claw_back,
    a_remittance_that_does_not_balance_is_parked_with_the_reason,
    an_unknown_payment_blocks_a_second_try_until_somebody_finds_out,
    undo_is_harmless_and_closes_the_id,
    a_visit_has_one_invoice_of_a_kind_and_a_closed_month_takes_nothing,
}

const PAYER: u64 = 900;

async fn agent(house: &House) -> AgentId {
    let plan = CommissionPlanId::from_uuid(id(50));
    let request = CommissionPlanRequest {
        id: plan,
        name: "Five of a hundred".to_owned(),
        terms: CommissionTerms {
            tiers: vec![Tier {
                from_minor: 0,
                to_minor: None,
                rate: BasisPoints::new(500).expect("a rate"),
            }],
            rounding: Rounding::HalfEven,
            hold_back_days: 30,
        },
    };
    let made = house.api.make_commission_plan(&house.call(), request).await;
    made.expect("made");
    let agent = AgentId::from_uuid(id(51));
    let request = AgentRequest {
        id: agent,
        name: "Rossi".to_owned(),
        plan,
    };
    let registered = house.api.register_agent(&house.call(), request).await;
    registered.expect("registered");
    agent
}

fn remittance(number: u64, claim: ClaimPayment) -> RemittanceRequest {
    RemittanceRequest {
        id: RemittanceId::from_uuid(id(number)),
        payer: id(PAYER),
        trace: "EFT-1".to_owned(),
        control: "000000001".to_owned(),
        total: claim.paid,
        paid_on: "2026-04-01".parse().expect("a day"),
        claims: vec![claim],
        provider_adjustments: Vec::new(),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "a journey is read from its beginning to its end"
)]
async fn a_visit_is_billed_adjudicated_paid_and_refunded_with_claw_back(house: House) {
    let agent = agent(&house).await;
    let mut request = House::invoice_request(10, 100_000);
    (request.payer, request.agent) = (Some(id(PAYER)), Some(agent));
    let invoice = house.issue(request).await;
    assert_eq!(invoice.number.as_deref(), Some("V-000001"));
    assert_eq!(house.balance("payer-receivable").await, 100_000);

    let claim = ClaimId::from_uuid(id(11));
    let decided = AdjudicationRequest {
        claim,
        version: 1,
        contractual: usd(20_000),
        patient: usd(30_000),
        payer: usd(50_000),
        on: None,
    };
    let api = &house.api;
    let applied = api
        .apply_adjudication(&house.call(), invoice.id, decided.clone())
        .await;
    applied.expect("applied");
    assert_eq!(house.balance("patient-receivable").await, 30_000);
    assert_eq!(house.balance("contractual-adjustment").await, 20_000);

    let paid = ClaimPayment {
        claim,
        invoice: invoice.id,
        billed: usd(100_000),
        paid: usd(50_000),
        adjustments: vec![
            medcover_contract_billing::ClaimAdjustment {
                group: "CO".to_owned(),
                reason: "45".to_owned(),
                amount_minor: 20_000,
            },
            medcover_contract_billing::ClaimAdjustment {
                group: "PR".to_owned(),
                reason: "1".to_owned(),
                amount_minor: 30_000,
            },
        ],
    };
    let first = remittance(20, paid);
    let posted = api.post_remittance(&house.call(), first.clone()).await;
    assert_eq!(posted.expect("posted").state, RemittanceState::Posted);
    let mut again = first.clone();
    again.id = RemittanceId::from_uuid(id(21));
    again.control = "000000002".into();
    let resent = api.post_remittance(&house.call(), again.clone()).await;
    let resent = resent.expect("taken");
    assert_eq!(resent.state, RemittanceState::Duplicate);
    assert_eq!(resent.duplicate_of, Some(first.id));
    again.id = RemittanceId::from_uuid(id(22));
    again.trace = "EFT-2".into();
    let other_trace = api.post_remittance(&house.call(), again).await;
    assert_eq!(
        other_trace.expect("taken").state,
        RemittanceState::Duplicate
    );
    assert_eq!(house.balance("payer-receivable").await, 0, "posted once");
    assert_eq!(house.balance("cash").await, 50_000);

    let mut cash = House::payment_request(30, 30_000);
    (cash.invoice, cash.allocate) = (Some(invoice.id), true);
    let payment = house.pay(cash).await;
    house.settle().await;
    let seen = api.invoice(&house.call(), invoice.id).await.expect("there");
    assert_eq!(seen.state, InvoiceState::Paid);
    let earned = api.commissions(&house.call(), agent).await.expect("there");
    assert_eq!(earned.accounts[0].accrued, usd(4_000), "5 % of 80,000");
    assert_eq!(earned.accounts[0].held, usd(4_000));
    let settle = |number| SettleCommissionRequest {
        id: SettlementId::from_uuid(id(number)),
        agent,
        currency: Currency::USD,
    };
    let early = api.settle_commission(&house.call(), settle(60)).await;
    assert_eq!(early.expect_err("held back").slug(), "nothing-payable");
    house.pass_days(30);
    let settled = api.settle_commission(&house.call(), settle(61)).await;
    assert_eq!(settled.expect("payable").amount, usd(4_000));

    let refund = RefundRequest {
        id: RefundId::from_uuid(id(40)),
        payment: payment.id,
        amount: usd(10_000),
        reason: "Paid too much".to_owned(),
    };
    let asked = api.request_refund(&house.by(1), refund.clone()).await;
    assert_eq!(asked.expect("held").state, RefundState::Requested);
    let own = api.approve_refund(&house.by(1), refund.id).await;
    assert_eq!(own.expect_err("their own").slug(), "second-person-needed");
    let approved = api.approve_refund(&house.by(2), refund.id).await;
    approved.expect("by another");
    let sent = api.send_refund(&house.call(), refund.id).await;
    assert_eq!(sent.expect("sent").state, RefundState::Succeeded);
    house.settle().await;
    let earned = api.commissions(&house.call(), agent).await.expect("there");
    let account = &earned.accounts[0];
    assert_eq!(
        (account.collected, account.accrued),
        (usd(70_000), usd(3_500))
    );
    assert_eq!(account.payable, usd(-500), "clawed back after settlement");
    assert_eq!(house.balance("commission-payable").await, 500);
    let seen = api.invoice(&house.call(), invoice.id).await.expect("there");
    assert_eq!(
        (seen.state, seen.open),
        (InvoiceState::PartiallyPaid, usd(10_000))
    );

    let write_off = WriteOffRequest {
        id: WriteOffId::from_uuid(id(70)),
        invoice: invoice.id,
        side: Side::Patient,
        amount: usd(10_000),
        reason: "Moved away".to_owned(),
    };
    let asked = api.request_write_off(&house.by(1), write_off.clone()).await;
    asked.expect("asked");
    let own = api.approve_write_off(&house.by(1), write_off.id).await;
    assert_eq!(own.expect_err("their own").slug(), "second-person-needed");
    let approved = api.approve_write_off(&house.by(2), write_off.id).await;
    approved.expect("by another");
    let seen = api.invoice(&house.call(), invoice.id).await.expect("there");
    assert_eq!(seen.state, InvoiceState::Paid);
    assert_eq!(house.balance("bad-debt").await, 10_000);
    house.check_rebuilt().await;
}

async fn a_remittance_that_does_not_balance_is_parked_with_the_reason(house: House) {
    let mut request = House::invoice_request(10, 1_000);
    request.payer = Some(id(PAYER));
    let invoice = house.issue(request).await;
    let claim = ClaimPayment {
        claim: ClaimId::from_uuid(id(11)),
        invoice: invoice.id,
        billed: usd(1_000),
        paid: usd(900),
        adjustments: Vec::new(),
    };
    let request = remittance(20, claim);
    let parked = house
        .api
        .post_remittance(&house.call(), request.clone())
        .await;
    let parked = parked.expect("taken");
    assert_eq!(parked.state, RemittanceState::Parked);
    assert_eq!(parked.reasons.len(), 1, "{parked:?}");
    assert_eq!(house.balance("cash").await, 0);
    let retried = house.api.retry_remittance(&house.call(), request.id).await;
    assert_eq!(retried.expect("taken").state, RemittanceState::Parked);
    let reason = ReasonRequest {
        reason: "Wrong".to_owned(),
    };
    let dismissed = house
        .api
        .dismiss_remittance(&house.call(), request.id, reason)
        .await;
    assert_eq!(dismissed.expect("taken").state, RemittanceState::Dismissed);
}

async fn an_unknown_payment_blocks_a_second_try_until_somebody_finds_out(house: House) {
    let invoice = house.issue(House::invoice_request(10, 1_000)).await;
    let mut card = House::payment_request(30, 1_000);
    card.method = PaymentMethod::Card;
    card.terminal = Some(TerminalResult::NoAnswer);
    card.invoice = Some(invoice.id);
    let unknown = house.pay(card.clone()).await;
    assert_eq!(unknown.state, PaymentState::Unknown);
    let mut second = card.clone();
    second.id = medcover_kernel::PaymentId::from_uuid(id(31));
    second.terminal = Some(TerminalResult::Approved);
    let refused = house.api.take_payment(&house.call(), second.clone()).await;
    assert_eq!(refused.expect_err("in doubt").slug(), "payment-in-doubt");
    let found = ResolveRequest {
        outcome: Some(ProcessorOutcome::Failed),
        reference: None,
    };
    let resolved = house
        .api
        .resolve_payment(&house.call(), card.id, found.clone())
        .await;
    assert_eq!(resolved.expect("found").state, PaymentState::Failed);
    let late = house
        .api
        .resolve_payment(&house.call(), card.id, found)
        .await;
    assert_eq!(late.expect_err("over").slug(), "illegal-transition");
    assert_eq!(house.pay(second).await.state, PaymentState::Succeeded);
    assert_eq!(house.balance("cash").await, 1_000);
}

async fn undo_is_harmless_and_closes_the_id(house: House) {
    let request = House::invoice_request(10, 1_000);
    let reason = ReasonRequest {
        reason: "Cancelled".to_owned(),
    };
    for _ in 0..2 {
        let undone = house
            .api
            .withdraw_invoice(&house.call(), request.id, reason.clone())
            .await;
        undone.expect("harmless");
    }
    let late = house.api.issue_invoice(&house.call(), request).await;
    assert_eq!(late.expect_err("closed").slug(), "illegal-transition");
    let paid = house.issue(House::invoice_request(12, 1_000)).await;
    let payment = house.pay(House::payment_request(30, 1_000)).await;
    house.put(payment.id, paid.id, 1_000).await;
    for _ in 0..2 {
        let undone = house
            .api
            .withdraw_invoice(&house.call(), paid.id, reason.clone())
            .await;
        undone.expect("credited");
    }
    let seen = house
        .api
        .payment(&house.call(), payment.id)
        .await
        .expect("there");
    assert_eq!(seen.unapplied, usd(1_000));
    assert_eq!(house.balance("revenue").await, 0);
    let mut again = House::invoice_request(13, 1_000);
    again.encounter = paid.encounter;
    assert_eq!(house.issue(again).await.number.as_deref(), Some("V-000002"));
    let withdrawn = house.api.invoice(&house.call(), paid.id).await;
    assert_eq!(withdrawn.expect("there").state, InvoiceState::Void);
}

async fn a_visit_has_one_invoice_of_a_kind_and_a_closed_month_takes_nothing(house: House) {
    let first = House::invoice_request(10, 1_000);
    house.issue(first.clone()).await;
    assert_eq!(
        house.issue(first.clone()).await.number.as_deref(),
        Some("V-000001")
    );
    let mut other = House::invoice_request(11, 1_000);
    other.encounter = first.encounter;
    let refused = house.api.issue_invoice(&house.call(), other).await;
    assert_eq!(refused.expect_err("one is there").slug(), "invoice-exists");
    house.pass_days(31);
    let month = ClosePeriodRequest {
        month: "2026-04".to_owned(),
    };
    house
        .api
        .close_period(&house.call(), month)
        .await
        .expect("over");
    let mut late = House::invoice_request(12, 1_000);
    late.on = Some("2026-04-30".parse().expect("a day"));
    let refused = house.api.issue_invoice(&house.call(), late).await;
    let refused = refused.expect_err("closed");
    assert_eq!(
        (refused.kind(), refused.slug()),
        (ErrorKind::Conflict, "period-closed")
    );
}
