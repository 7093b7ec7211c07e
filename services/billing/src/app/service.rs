//! The service: what its use cases share.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use medcover_idempotency::{Keep, Once};
use medcover_kernel::{Call, Error, ErrorKind, InvoiceId, PatientId, PaymentId, Result, TenantId};
use medcover_store::{
    Aggregate, Append, AuditEntry, AuditOutcome, CanonicalJson, Context, Listing, Loaded, Page,
    Repository, StreamId, Tries, Value,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
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
    pub(super) once: Once,
    pub(super) processor: Arc<dyn PaymentProcessor>,
    /// Held by whoever decides again because somebody else was faster. It is a courtesy, so that many who want the same
    /// are served one after the other rather than by luck; what keeps them apart are the versions of streams.
    turn: Mutex<()>,
}

impl BillingService {
    pub(crate) fn new(deps: Deps) -> Self {
        Self {
            once: Once::new(Arc::clone(&deps.store)),
            repository: Repository {
                store: deps.store,
                clock: deps.clock,
                rng: deps.rng,
                views: &Views,
            },
            processor: deps.processor,
            turn: Mutex::new(()),
        }
    }

    /// Refuses a call whose deadline has passed.
    pub(super) fn begin(&self, call: &Call) -> Result<()> {
        call.deadline.check(self.repository.clock.elapsed())
    }

    /// Lets `decision` answer `request` to `operation` once under the key of `call`: what it adds is one commit with the
    /// answer.
    pub(super) async fn once<T, R, D, F>(
        &self,
        call: &Call,
        operation: &'static str,
        status: u16,
        request: &R,
        mut decision: D,
    ) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        R: Serialize,
        D: FnMut(Append) -> F,
        F: Future<Output = Result<(Append, T)>>,
    {
        let work = async |keep: Keep| {
            let answered = |append, answer: &T| keep.answer(append, status, answer);
            self.decided(call, &mut decision, answered).await
        };
        self.once.run(call, operation, request, work).await
    }

    /// Lets `decision` decide and commits what it adds, where it adds anything: for what is repeatable by itself.
    pub(super) async fn decide<T, D, F>(&self, call: &Call, mut decision: D) -> Result<T>
    where
        D: FnMut(Append) -> F,
        F: Future<Output = Result<(Append, T)>>,
    {
        self.decided(call, &mut decision, |append, _| Ok(append))
            .await
    }

    /// Decides, again where somebody else was faster.
    ///
    /// What is refused is decided twice: streams are read one after the other, and a commit between two readings shows a
    /// payment and an invoice that never stood so together.
    async fn decided<T, D, F>(
        &self,
        call: &Call,
        decision: &mut D,
        answered: impl Fn(Append, &T) -> Result<Append>,
    ) -> Result<T>
    where
        D: FnMut(Append) -> F,
        F: Future<Output = Result<(Append, T)>>,
    {
        let (mut tries, mut refused, mut turn) = (Tries::default(), false, None);
        loop {
            let nothing = Append::new(Context::of(call));
            let (append, answer) = match decision(nothing.clone()).await {
                Err(error) if may_be_torn(&error) && !refused => {
                    refused = true;
                    continue;
                }
                decided => decided?,
            };
            let append = answered(append, &answer)?;
            if append == nothing {
                return Ok(answer);
            }
            match self.repository.commit(append).await {
                Ok(_) => return Ok(answer),
                Err(error) => tries.again(error)?,
            }
            refused = false;
            if turn.is_none() {
                turn = Some(self.turn.lock().await);
                self.begin(call)?;
            }
        }
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

/// Whether a refusal may come of streams that were read at two moments.
const fn may_be_torn(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Conflict | ErrorKind::Refused | ErrorKind::Internal
    )
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
