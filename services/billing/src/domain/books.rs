//! Which months are closed.

use jiff::civil::Date;
use medcover_contract_billing::events::{PeriodClosed, PeriodReopened};
use medcover_kernel::{Error, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::rules;

events! {
    /// What can happen to the books.
    pub(crate) BooksEvent { Closed(PeriodClosed), Reopened(PeriodReopened), }
}

/// The books of a tenant. Every decision that books something relies on their version, so that nothing slips into a month
/// while it is being closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Books {
    /// The last month that is closed, `2026-04`: text order is the order of time.
    pub(crate) closed_through: Option<String>,
}

impl Books {
    /// The key of their stream.
    pub(crate) const KEY: [&'static str; 1] = ["books"];

    /// The day to which something is booked: `on`, or else today.
    pub(crate) fn day(&self, on: Option<Date>, today: Date) -> Result<Date> {
        let on = on.unwrap_or(today);
        if on > today {
            return Err(Error::invalid("/on", "must not be in the future"));
        }
        match &self.closed_through {
            Some(closed) if month_of(on) <= *closed => Err(rules::conflict(
                "period-closed",
                format!("Nothing is booked to {on}: the books are closed through {closed}."),
            )),
            _ => Ok(on),
        }
    }

    /// Closes `month`, and every month before it.
    pub(crate) fn close(&self, month: &str, today: Date) -> Result<Option<BooksEvent>> {
        first_day(month)?;
        if month >= month_of(today).as_str() {
            return Err(rules::refused(
                "period-not-over",
                format!("{month} is not over."),
            ));
        }
        if self.closed_through.as_deref() >= Some(month) {
            return Ok(None);
        }
        let month = month.to_owned();
        Ok(Some(PeriodClosed { month }.into()))
    }

    /// Opens `month`, and every month after it.
    pub(crate) fn reopen(&self, month: &str, reason: &str) -> Result<Option<BooksEvent>> {
        first_day(month)?;
        rules::text("/reason", reason)?;
        if self.closed_through.as_deref() < Some(month) {
            return Ok(None);
        }
        let (month, reason) = (month.to_owned(), reason.to_owned());
        Ok(Some(PeriodReopened { month, reason }.into()))
    }
}

impl Aggregate for Books {
    const KIND: &'static str = "period";
    type Event = BooksEvent;

    fn evolve(&mut self, event: &BooksEvent, _: Timestamp) {
        self.closed_through = match event {
            BooksEvent::Closed(closed) => Some(closed.month.clone()),
            BooksEvent::Reopened(reopened) => {
                let before = first_day(&reopened.month).ok();
                before.and_then(|day| day.yesterday().ok()).map(month_of)
            }
        };
    }
}

fn month_of(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

fn first_day(month: &str) -> Result<Date> {
    let wrong = || Error::invalid("/month", "must be a month such as 2026-04");
    let day: Date = format!("{month}-01").parse().map_err(|_| wrong())?;
    if month_of(day) == month {
        Ok(day)
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn nothing_is_booked_to_a_closed_month_until_it_is_opened_again() {
        let (mut books, at) = (Books::default(), Timestamp::from_micros(0));
        let today = date(2026, 5, 3);
        assert!(books.close("2026-05", today).is_err(), "not over");
        for wrong in ["2026-13", "2026-4", "april", "2026-04-01"] {
            assert!(books.close(wrong, today).is_err(), "{wrong}");
        }
        let closed = books.close("2026-04", today).expect("over").expect("open");
        books.evolve(&closed, at);
        assert_eq!(books.close("2026-03", today).expect("closed"), None);
        let refused = books.day(Some(date(2026, 4, 30)), today);
        assert_eq!(refused.expect_err("closed").slug(), "period-closed");
        assert_eq!(books.day(None, today).expect("open"), today);
        assert!(books.day(Some(date(2026, 5, 4)), today).is_err(), "future");
        let opened = books.reopen("2026-04", "A mistake").expect("closed");
        books.evolve(&opened.expect("closed"), at);
        assert!(books.day(Some(date(2026, 4, 1)), today).is_ok());
        assert!(books.day(Some(date(2026, 3, 31)), today).is_err());
    }
}
