//! The same promises over HTTP, and the doors that are shut.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_contract_billing::endpoints::PageQuery;
use medcover_contract_billing::{BillingApi as _, BillingClient, InvoiceState, PaymentState};
use medcover_http::{Edge, EdgeConfig, HttpClient, Identify, Identity, Shown};
use medcover_kernel::{
    Call, Caller, ClientId, Credential, Error, ErrorKind, Result, Scopes, SeededRng, TenantId, Tier,
};
use medcover_telemetry::Metrics;
use medcover_testkit::TestServer;
use uuid::Uuid;

use crate::house::{House, id};

/// Whoever shows a tenant's id may do everything there; `read:` before it lets one only read.
struct KeyIsTenant;

#[async_trait]
impl Identify for KeyIsTenant {
    async fn identify(&self, shown: Shown<'_>, _: &Call) -> Result<Identity> {
        let Shown::ApiKey(key) = shown else {
            return Err(Error::unauthenticated("A key is wanted."));
        };
        let (scopes, key) = match key.strip_prefix("read:") {
            Some(key) => (Scopes::of(["billing.read"]), key),
            None => (Scopes::all(), key),
        };
        let tenant: TenantId = key.parse().map_err(Error::internal)?;
        Ok(Identity {
            tenant,
            caller: Caller::Client(ClientId::from_uuid(id(1))),
            scopes,
            purpose: None,
            tier: Tier::Enterprise,
        })
    }
}

struct Doors {
    house: House,
    client: BillingClient,
    _server: TestServer,
}

impl Doors {
    async fn open() -> Self {
        let house = House::in_memory();
        let (metrics, clock) = (Arc::new(Metrics::default()), Arc::clone(&house.clock));
        let rng = Arc::new(SeededRng::new(3));
        let edge = Edge::new(EdgeConfig::default(), metrics, Arc::clone(&clock) as _, rng);
        let edge = edge.identified_by(Arc::new(KeyIsTenant));
        let server = TestServer::start(edge.router(house.billing.router())).await;
        let http = HttpClient::new(&format!("http://{}", server.addr), clock);
        Self {
            client: BillingClient::new(http.expect("an address")),
            house,
            _server: server,
        }
    }

    /// A call that shows `key`.
    fn with(&self, key: String) -> Call {
        let mut call = self.house.call();
        call.credential = Some(Credential::ApiKey(key.into()));
        call
    }

    fn call(&self) -> Call {
        self.with(TenantId::DEFAULT.to_string())
    }
}

#[tokio::test]
async fn an_invoice_is_issued_and_paid_over_http_as_in_process() {
    let doors = Doors::open().await;
    let (client, house) = (&doors.client, &doors.house);
    let request = House::invoice_request(10, 2_500);
    let issued = client.issue_invoice(&doors.call(), request.clone()).await;
    let issued = issued.expect("issued");
    let here = house.api.issue_invoice(&house.call(), request).await;
    assert_eq!(here.expect("the same content"), issued);
    let mut cash = House::payment_request(30, 2_500);
    (cash.invoice, cash.allocate) = (Some(issued.id), true);
    let paid = client.take_payment(&doors.call(), cash).await;
    assert_eq!(paid.expect("taken").state, PaymentState::Succeeded);
    house.settle().await;
    let seen = client.invoice(&doors.call(), issued.id).await;
    assert_eq!(seen.expect("there").state, InvoiceState::Paid);
    let page = || PageQuery::default();
    let statement = client.statement(&doors.call(), id(1), page()).await;
    assert_eq!(statement.expect("there").lines.len(), 4);
    let journal = client.journal(&doors.call(), page()).await;
    assert_eq!(journal.expect("there").entries.len(), 4);
    let sums = client.trial_balance(&doors.call()).await;
    assert!(sums.expect("there").balanced);
}

#[tokio::test]
async fn another_tenants_thing_is_not_there_and_who_may_only_read_changes_nothing() {
    let doors = Doors::open().await;
    let (client, house) = (&doors.client, &doors.house);
    let issued = house.issue(House::invoice_request(10, 2_500)).await;
    let stranger = doors.with(Uuid::from_u128(77).to_string());
    let refused = client.invoice(&stranger, issued.id).await;
    assert_eq!(refused.expect_err("theirs").kind(), ErrorKind::NotFound);
    let reader = doors.with(format!("read:{}", TenantId::DEFAULT));
    client.invoice(&reader, issued.id).await.expect("may read");
    let refused = client
        .take_payment(&reader, House::payment_request(30, 1))
        .await;
    assert_eq!(refused.expect_err("may not").kind(), ErrorKind::Forbidden);
    let nobody = client.invoice(&house.call(), issued.id).await;
    assert_eq!(
        nobody.expect_err("nobody").kind(),
        ErrorKind::Unauthenticated
    );
}
