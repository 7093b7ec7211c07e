//! The books are read, closed and opened again.

use medcover_contract_billing::endpoints::PageQuery;
use medcover_contract_billing::permissions::{
    ClosePeriods, ReadBilling, ReadLedger, ReopenPeriods,
};
use medcover_contract_billing::{
    ClosePeriodRequest, JournalLine, JournalList, Periods, PostingView, ReopenPeriodRequest,
    Statement, StatementLine, TrialBalance, TrialBalanceLine, endpoints,
};
use medcover_kernel::{Allowed, Currency, Error, Money, Result, TenantId};
use medcover_ledger::JournalEntry;
use medcover_store::{
    Append, CommitError, Loaded, Projection as _, Row, Select, StreamId, Tries, follow,
};
use uuid::Uuid;

use super::service::BillingService;
use crate::domain::books::Books;
use crate::domain::rules;
use crate::store::{self, LedgerTotals};

/// Which months are closed.
pub(super) async fn periods(
    service: &BillingService,
    allowed: Allowed<'_, ReadLedger>,
) -> Result<Periods> {
    Ok(view(&load(service, allowed.tenant).await?))
}

/// Closes a month that is over.
pub(super) async fn close_period(
    service: &BillingService,
    allowed: Allowed<'_, ClosePeriods>,
    request: ClosePeriodRequest,
) -> Result<Periods> {
    let (call, operation) = (allowed.call(), endpoints::CLOSE_PERIOD.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut books = load(service, allowed.tenant).await?;
        let event = books.state.close(&request.month, service.today())?;
        let append = service.change(append, &mut books, event, "period.closed", None)?;
        Ok((append, view(&books)))
    };
    service
        .decisions
        .once(call, (operation, 200), request, decision)
        .await
}

/// Opens a closed month again.
pub(super) async fn reopen_period(
    service: &BillingService,
    allowed: Allowed<'_, ReopenPeriods>,
    request: ReopenPeriodRequest,
) -> Result<Periods> {
    let (call, operation) = (allowed.call(), endpoints::REOPEN_PERIOD.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut books = load(service, allowed.tenant).await?;
        let event = books.state.reopen(&request.month, &request.reason)?;
        let append = service.change(append, &mut books, event, "period.reopened", None)?;
        Ok((append, view(&books)))
    };
    service
        .decisions
        .once(call, (operation, 200), request, decision)
        .await
}

async fn load(service: &BillingService, tenant: TenantId) -> Result<Loaded<Books>> {
    service.repository.by_key(tenant, &Books::KEY).await
}

fn view(books: &Loaded<Books>) -> Periods {
    Periods {
        closed_through: books.state.closed_through.clone(),
    }
}

/// A page of the journal.
pub(super) async fn journal(
    service: &BillingService,
    allowed: Allowed<'_, ReadLedger>,
    page: PageQuery,
) -> Result<JournalList> {
    let listing = &store::JOURNAL_BY_TIME;
    let page = service
        .rows(allowed.call(), listing, Vec::new(), &page)
        .await?;
    let entries = page.rows.iter().map(journal_line).collect::<Result<_>>()?;
    Ok(JournalList {
        entries,
        next: page.next(),
    })
}

fn journal_line(row: &Row) -> Result<JournalLine> {
    let entry = row.get("entry").as_json().ok_or_else(|| broken(row))?;
    let entry: JournalEntry = entry.read().map_err(Error::internal)?;
    let at = row.get("at").as_timestamp().ok_or_else(|| broken(row))?;
    let postings = entry.postings.postings().iter();
    Ok(JournalLine {
        id: entry.id.as_uuid(),
        on: entry.on,
        at: at.to_string(),
        event: text(row, "event")?,
        source: id(row, "source")?,
        reverses: entry.reverses.map(|id| id.as_uuid()),
        postings: postings
            .map(|posting| PostingView {
                account: posting.account.to_string(),
                layer: posting.layer.name().to_owned(),
                amount: posting.amount,
            })
            .collect(),
    })
}

/// A page of what was booked to the accounts of `holder`.
pub(super) async fn statement(
    service: &BillingService,
    allowed: Allowed<'_, ReadBilling>,
    holder: Uuid,
    page: PageQuery,
) -> Result<Statement> {
    let call = allowed.call();
    let listing = &store::STATEMENTS_BY_HOLDER;
    let equal = vec![holder.into()];
    let page = service.rows(call, listing, equal, &page).await?;
    let subject = StreamId::new("party", holder);
    service
        .read(call, "statement.read", &subject, Some(holder))
        .await?;
    let lines = page
        .rows
        .iter()
        .map(statement_line)
        .collect::<Result<_>>()?;
    Ok(Statement {
        holder,
        lines,
        next: page.next(),
    })
}

fn statement_line(row: &Row) -> Result<StatementLine> {
    let minor = row.get("amount_minor").as_integer();
    let minor = minor.copied().ok_or_else(|| broken(row))?;
    let currency: Currency = text(row, "currency")?.parse().map_err(Error::internal)?;
    Ok(StatementLine {
        id: id(row, "id")?,
        on: text(row, "booked_on")?.parse().map_err(Error::internal)?,
        event: text(row, "event")?,
        source: id(row, "source")?,
        account: text(row, "account")?,
        amount: Money::new(minor, currency).map_err(rules::money)?,
    })
}

/// The sums of all accounts, with every entry that was committed before it was asked for.
pub(super) async fn trial_balance(
    service: &BillingService,
    allowed: Allowed<'_, ReadLedger>,
) -> Result<TrialBalance> {
    catch_up(service).await?;
    let store = &service.repository.store;
    let position = store.checkpoint(LedgerTotals.name()).await?;
    let listing = &store::LEDGER_TOTALS_BY_KIND;
    let most = medcover_store::limits::PAGE;
    let select = Select::first(listing, allowed.tenant, Vec::new(), most);
    let rows = store.select(&select).await?;
    let lines: Vec<_> = rows.iter().map(trial_line).collect::<Result<_>>()?;
    Ok(TrialBalance {
        position: position.get(),
        balanced: is_balanced(&lines),
        lines,
    })
}

/// Takes the sums along the log to its end. Somebody else may take them at the same time.
pub(crate) async fn catch_up(service: &BillingService) -> Result<()> {
    let mut tries = Tries::default();
    loop {
        match follow(&*service.repository.store, &LedgerTotals).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error @ CommitError::Conflict { .. }) => tries.again(error)?,
            Err(error) => return Err(error.into()),
        }
    }
}

fn trial_line(row: &Row) -> Result<TrialBalanceLine> {
    let minor = |column| {
        let value = row.get(column).as_integer();
        value.copied().ok_or_else(|| broken(row))
    };
    Ok(TrialBalanceLine {
        account: text(row, "account")?,
        layer: text(row, "layer")?,
        currency: text(row, "currency")?.parse().map_err(Error::internal)?,
        debit_minor: minor("debit_minor")?,
        credit_minor: minor("credit_minor")?,
    })
}

fn is_balanced(lines: &[TrialBalanceLine]) -> bool {
    lines.iter().all(|line| {
        let same =
            |it: &&TrialBalanceLine| (&it.layer, it.currency) == (&line.layer, line.currency);
        let off = lines.iter().filter(same);
        let off: i128 = off
            .map(|it| i128::from(it.debit_minor) - i128::from(it.credit_minor))
            .sum();
        off == 0
    })
}

fn text(row: &Row, column: &str) -> Result<String> {
    let text = row.get(column).as_text();
    text.map(str::to_owned).ok_or_else(|| broken(row))
}

fn id(row: &Row, column: &str) -> Result<Uuid> {
    let id = row.get(column).as_id();
    id.copied().ok_or_else(|| broken(row))
}

fn broken(row: &Row) -> Error {
    Error::internal(format!("a row of {} is not as declared", row.table.name))
}
