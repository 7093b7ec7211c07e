//! What is left of authorisations while the lines of a claim use them.

use std::collections::BTreeMap;

use medcover_kernel::{AuthorisationId, Money, MoneyError};

use crate::plan::bare;
use crate::{AuthorisationDraw, AuthorisationState, Case, ClaimLine, Period};

/// The items of all authorisations, by id and number, so that the order in which they were handed in does not matter.
/// Ids begin with a moment: the oldest is used first.
pub(crate) struct Authorised<'a>(BTreeMap<(AuthorisationId, u32), Left<'a>>);

struct Left<'a> {
    state: AuthorisationState,
    period: Period,
    procedure: &'a str,
    units: Option<u32>,
    amount: Option<Money>,
}

/// An approved item with something left.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub authorisation: AuthorisationId,
    pub number: u32,
    pub units: Option<u32>,
    pub amount: Option<Money>,
}

/// What there is for a line.
pub(crate) struct Found {
    pub usable: Option<Item>,
    /// If none is usable: there is one that is undecided, or that was approved and is used up.
    pub unusable: Option<AuthorisationState>,
}

impl<'a> Authorised<'a> {
    pub(crate) fn of(case: &'a Case) -> Self {
        let items = case.authorisations.iter().flat_map(|of| {
            of.items.iter().map(move |item| {
                let left = Left {
                    state: of.state,
                    period: of.period,
                    procedure: &item.procedure,
                    units: item.units,
                    amount: item.amount,
                };
                ((of.authorisation, item.item), left)
            })
        });
        Self(items.collect())
    }

    pub(crate) fn find(&self, line: &ClaimLine) -> Found {
        let procedure = bare(&line.procedure);
        let fits = |it: &Left<'_>| {
            it.period.covers(line.service_date) && procedure.starts_with(&*bare(it.procedure))
        };
        let fitting = || self.0.iter().filter(|(_, it)| fits(it));
        let usable =
            fitting().find(|(_, it)| it.state == AuthorisationState::Approved && it.is_left());
        let undecided = fitting().find(|(_, it)| it.state == AuthorisationState::Undecided);
        Found {
            usable: usable.map(|(&(authorisation, item), left)| Item {
                authorisation,
                number: item,
                units: left.units,
                amount: left.amount,
            }),
            unusable: undecided
                .or_else(|| fitting().next())
                .map(|(_, it)| it.state),
        }
    }

    pub(crate) fn take(&mut self, draw: &AuthorisationDraw) -> Result<(), MoneyError> {
        if let Some(left) = self.0.get_mut(&(draw.authorisation, draw.item)) {
            left.units = left.units.map(|units| units.saturating_sub(draw.units));
            left.amount = left
                .amount
                .map(|amount| amount.minus(draw.amount))
                .transpose()?;
        }
        Ok(())
    }
}

impl Left<'_> {
    fn is_left(&self) -> bool {
        self.units != Some(0) && self.amount.is_none_or(Money::is_positive)
    }
}
