//! The side of the body, where a code leaves it open that others name.

use super::finding::{Finding, Rule, Severity};
use super::{List, Placed};
use crate::side::with_side;

pub(super) fn check(list: &List<'_, '_>, findings: &mut Vec<Finding>) {
    let billable = list.known.iter().filter(|it| it.facts.billable);
    findings.extend(billable.filter_map(|it| unspecified(*it)));
}

/// A suggestion and no more: the record may not say the side.
fn unspecified(own: Placed<'_, '_>) -> Option<Finding> {
    let facts = own.facts;
    let sided = with_side(facts.title, &facts.beside);
    let choice: Vec<_> = sided
        .iter()
        .map(|it| format!("{} ({})", it.code, it.title))
        .collect();
    (!choice.is_empty()).then(|| Finding {
        severity: Severity::Information,
        rule: Rule::SideUnspecified,
        text: format!("{} leaves the side open.", facts.code),
        places: vec![own.place],
        note: None,
        mend: format!("Where the record says the side: {}.", choice.join(", ")),
    })
}
