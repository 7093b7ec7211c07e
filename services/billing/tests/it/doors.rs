//! The same promises over HTTP, and the doors that are shut.

use medcover_contract_billing::endpoints::PageQuery;
use medcover_contract_billing::{InvoiceState, PaymentState};
use medcover_kernel::{Credential, ErrorKind, TenantId};
use uuid::Uuid;

use crate::house::{House, id};

#[tokio::test]
async fn an_invoice_is_issued_and_paid_over_http_as_in_process() {
    let house = House::over_http().await;
    let (client, here) = (&house.api, house.billing.api());
    let request = House::invoice_request(10, 2_500);
    let issued = client.issue_invoice(&house.call(), request.clone()).await;
    let issued = issued.expect("issued");
    let here = here.issue_invoice(&house.call(), request).await;
    assert_eq!(here.expect("the same content"), issued);
    let mut cash = House::payment_request(30, 2_500);
    (cash.invoice, cash.allocate) = (Some(issued.id), true);
    let paid = client.take_payment(&house.call(), cash).await;
    assert_eq!(paid.expect("taken").state, PaymentState::Succeeded);
    house.settle().await;
    let seen = client.invoice(&house.call(), issued.id).await;
    assert_eq!(seen.expect("there").state, InvoiceState::Paid);
    let page = || PageQuery::default();
    let statement = client.statement(&house.call(), id(1), page()).await;
    assert_eq!(statement.expect("there").lines.len(), 4);
    let journal = client.journal(&house.call(), page()).await;
    assert_eq!(journal.expect("there").entries.len(), 4);
    let sums = client.trial_balance(&house.call()).await;
    assert!(sums.expect("there").balanced);
}

#[tokio::test]
async fn another_tenants_thing_is_not_there_and_who_may_only_read_changes_nothing() {
    let house = House::over_http().await;
    let client = &house.api;
    let issued = house.issue(House::invoice_request(10, 2_500)).await;
    let with = |key: String| {
        let mut call = house.call();
        call.credential = Some(Credential::ApiKey(key.into()));
        call
    };
    let (user, stranger) = (id(1), Uuid::from_u128(77));
    let stranger = with(format!("{stranger}/{user}"));
    let refused = client.invoice(&stranger, issued.id).await;
    assert_eq!(refused.expect_err("theirs").kind(), ErrorKind::NotFound);
    let reader = with(format!("read:{}/{user}", TenantId::DEFAULT));
    client.invoice(&reader, issued.id).await.expect("may read");
    let refused = client
        .take_payment(&reader, House::payment_request(30, 1))
        .await;
    assert_eq!(refused.expect_err("may not").kind(), ErrorKind::Forbidden);
    let mut nobody = house.call();
    nobody.credential = None;
    let nobody = client.invoice(&nobody, issued.id).await;
    assert_eq!(
        nobody.expect_err("nobody").kind(),
        ErrorKind::Unauthenticated
    );
}
