//! The rows, and what each kind of them says.

use medcover_testkit::Answer;
use serde_json::Value;

use super::{billing, hospital, insurance, journeys, platform};

/// What an administrator of another tenant gets.
pub(super) enum Row {
    /// It names a thing of the first tenant, which for others is not there: 404. With what stands in the places of the
    /// address, and the body that its owner would send. A text that begins with `$` names a thing.
    Hidden(&'static [&'static str], Value),
    /// Its body names a thing of the first tenant, which for others is not there: 400 at the place of its name.
    Unknown(&'static [&'static str], Value),
    /// It lists what belongs to a thing of the first tenant, which for others is nothing: an empty list.
    Empty(&'static [&'static str]),
    /// It undoes, and what never was is closed: others close an id of their own, and the thing of the first tenant stays what
    /// it is, which the operation that is named last reads.
    Closes(&'static [&'static str], Value, &'static str),
    /// Spans tenants: 403. With the body.
    Installation(Value),
    /// The same at an address that names what no tenant has, which stands here.
    InstallationAt(&'static [&'static str]),
    /// Names nothing: what it shows or does is the caller's own. With the reason.
    Own(&'static str),
}

impl Row {
    /// What stands in the places of the address, and the body, of a request that is to be made.
    pub(super) fn request(&self) -> Option<(&[&str], Value)> {
        match self {
            Self::Hidden(places, body)
            | Self::Unknown(places, body)
            | Self::Closes(places, body, _) => Some((places, body.clone())),
            Self::Empty(places) | Self::InstallationAt(places) => Some((places, Value::Null)),
            Self::Installation(body) => Some((&[], body.clone())),
            Self::Own(_) => None,
        }
    }

    /// Whether a stranger got what a stranger is to get.
    pub(super) fn is_denied(&self, answer: &Answer) -> bool {
        let status = answer.status.as_u16();
        match self {
            Self::Hidden(..) => status == 404,
            Self::Unknown(..) => status == 400 && answer.text().contains("there is no such"),
            Self::Empty(_) => status == 200 && listed(answer) == 0,
            Self::Closes(..) => answer.status.is_success(),
            Self::Installation(_) | Self::InstallationAt(_) => status == 403,
            Self::Own(reason) => !reason.is_empty(),
        }
    }

    /// Whether it names a thing of the first tenant.
    pub(super) fn names_a_thing(&self) -> bool {
        !matches!(
            self,
            Self::Installation(_) | Self::InstallationAt(_) | Self::Own(_)
        )
    }

    /// Whether the owner of the thing that the row names got an answer about it. A row that asked for what is nowhere would
    /// show nothing.
    pub(super) fn is_there(&self, answer: &Answer) -> bool {
        let found = ![400, 404].contains(&answer.status.as_u16());
        match self {
            Self::Empty(_) => listed(answer) > 0,
            _ => found && !answer.status.is_server_error(),
        }
    }
}

/// How many things a page has.
fn listed(answer: &Answer) -> usize {
    let page = answer.json();
    let mut lists = page.as_object().into_iter().flat_map(|page| page.values());
    let list = lists.find_map(Value::as_array);
    list.unwrap_or_else(|| panic!("{page}")).len()
}

pub(super) const LISTS: &str = "it lists what the tenant of the token has";
pub(super) const MAKES: &str = "it makes something in the tenant of the token";

/// Every address that is not public, in the order in which they are asked for.
pub(super) fn all() -> Vec<(&'static str, Row)> {
    let rows = [
        platform::rows(),
        hospital::rows(),
        insurance::rows(),
        billing::rows(),
        journeys::rows(),
    ];
    rows.into_iter().flatten().collect()
}
