//! The service: what its use cases share.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use medcover_idempotency::Decisions;
use medcover_kernel::{Call, Error, InvoiceId, PatientId, PaymentId, Result, TenantId};
use medcover_store::{
    Aggregate, Append, AuditEntry, AuditOutcome, CanonicalJson, Context, Listing, Loaded, Page,
    Repository, StreamId, Value,
};
use uuid::Uuid;

use crate::Deps;
use crate::domain::books::Books;
use crate::domain::invoice::Invoice;
use crate::domain::payment::Payment;
use crate::domain::rules;
use crate::processor::PaymentProcessor;
use crate::store::Views;

/// The billing service in this process.
pub struct BillingService {
    pub(super) repository: Repository,
    pub(super) decisions: Decisions,
    pub(super) processor: Arc<dyn PaymentProcessor>,
}

impl BillingService {
    pub(crate) fn new(deps: Deps) -> Self {
        let repository = Repository {
            store: deps.store,
            clock: deps.clock,
            rng: deps.rng,
            views: &Views,
        };
        Self {
            decisions: Decisions::new(repository.clone()),
            repository,
            processor: deps.processor,
        }
    }

    /// Refuses a call whose deadline has passed.
    pub(super) fn begin(&self, call: &Call) -> Result<()> {
        self.decisions.begin(call)
    }

    /// Today, by UTC.
    pub(super) fn today(&self) -> Date {
        rules::day(self.repository.clock.now())
    }

    /// The day to which something is booked, `on` or else today. The commit relies on the books being as they are.
    pub(super) async fn booking_day(
        &self,
        append: Append,
        on: Option<Date>,
    ) -> Result<(Append, Date)> {
        let tenant = append.context.tenant;
        let books: Loaded<Books> = self.repository.by_key(tenant, &Books::KEY).await?;
        let day = books.state.day(on, self.today())?;
        Ok((books.relied_on(append), day))
    }

    /// The invoice `id`; `NotFound` where the tenant has none such.
    pub(super) async fn invoice(&self, tenant: TenantId, id: InvoiceId) -> Result<Loaded<Invoice>> {
        let invoice: Loaded<Invoice> = self.repository.by_id(tenant, id.as_uuid()).await?;
        if invoice.state.exists() {
            Ok(invoice)
        } else {
            Err(Error::not_found("There is no such invoice."))
        }
    }

    /// The payment `id`; `NotFound` where the tenant has none such.
    pub(super) async fn payment(&self, tenant: TenantId, id: PaymentId) -> Result<Loaded<Payment>> {
        let payment: Loaded<Payment> = self.repository.by_id(tenant, id.as_uuid()).await?;
        if payment.state.exists() {
            Ok(payment)
        } else {
            Err(Error::not_found("There is no such payment."))
        }
    }

    /// Adds `events` of `thing` to `append`, with an audit record that says `action` was done.
    pub(super) fn change<A: Aggregate>(
        &self,
        append: Append,
        thing: &mut Loaded<A>,
        events: impl IntoIterator<Item = A::Event>,
        action: &'static str,
        whose: Option<Uuid>,
    ) -> Result<Append> {
        let before = thing.version;
        let append = self.repository.write(append, thing, events)?;
        if thing.version == before {
            return Ok(append);
        }
        Ok(append.audit(done(action, &thing.stream, whose)))
    }

    /// Writes down that somebody read what is known of `thing`, where it is about a person.
    pub(super) async fn read(
        &self,
        call: &Call,
        action: &'static str,
        thing: &StreamId,
        whose: Option<Uuid>,
    ) -> Result<()> {
        if whose.is_none() {
            return Ok(());
        }
        let append = Append::new(Context::of(call)).audit(done(action, thing, whose));
        self.repository.commit(append).await?;
        Ok(())
    }

    /// The ids of a page of `listing`, and what names the last where more follow.
    pub(super) async fn ids(
        &self,
        call: &Call,
        listing: &'static Listing,
        equal: Vec<Value>,
        at: &medcover_contract_billing::endpoints::PageQuery,
    ) -> Result<(Vec<Uuid>, Option<String>)> {
        let page = self.rows(call, listing, equal, at).await?;
        let ids = page.rows.iter().filter_map(|row| row.get("id").as_id());
        Ok((ids.copied().collect(), page.next()))
    }

    /// A page of rows of `listing`.
    pub(super) async fn rows(
        &self,
        call: &Call,
        listing: &'static Listing,
        equal: Vec<Value>,
        at: &medcover_contract_billing::endpoints::PageQuery,
    ) -> Result<Page> {
        let limit = at.limit.unwrap_or(medcover_kernel::Limit::DEFAULT);
        let (tenant, after) = (call.tenant, at.after.as_deref());
        self.repository
            .page(listing, tenant, equal, after, limit)
            .await
    }
}

/// A record that `action` was done to `thing`.
fn done(action: &'static str, thing: &StreamId, whose: Option<Uuid>) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject: thing.to_string(),
        data_subject: whose,
        outcome: AuditOutcome::Done,
        details: CanonicalJson::empty(),
    }
}

/// Whose data a patient's thing is.
#[expect(
    clippy::unnecessary_wraps,
    reason = "what is audited may be about nobody, and a patient is somebody"
)]
pub(super) const fn of_patient(patient: PatientId) -> Option<Uuid> {
    Some(patient.as_uuid())
}

/// Whose data a payment is.
pub(super) fn of_payer(payment: &Payment) -> Option<Uuid> {
    use medcover_contract_billing::PartyKind;
    let from = payment.request().from;
    (from.kind == PartyKind::Patient).then_some(from.id)
}

impl fmt::Debug for BillingService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BillingService").finish_non_exhaustive()
    }
}
