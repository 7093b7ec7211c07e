//! The check of a list of codes against what a release says about them.
//!
//! A finding is made only of what the release says: its list of codes, its notes and the wording of its titles. The order
//! of the list is the order of the claim: the first code is the principal one.

mod additional;
mod denial;
mod excludes;
mod existence;
mod facts;
mod finding;
mod person;
mod records;
mod sequence;
mod side;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

pub use denial::Denial;
pub use facts::{Coded, Facts, Lookup, Note, NoteKind, Unknown};
pub use finding::{Finding, Rule, Severity, Wording};
pub use person::Sex;

use crate::period::Period;

/// What is known beside the codes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// A date of service that no loaded release covers, with the days that they do cover. Nothing else can be checked
    /// then.
    pub outside: Option<(Date, &'a [Period])>,
    /// Age of the patient on the date of service, in completed years.
    pub age_years: Option<u8>,
    /// Sex of the patient, where it is known to be one of the two that titles of the release name.
    pub sex: Option<Sex>,
}

/// Checks `codes`, in the order of the claim. What is wrong with single codes stands before what is wrong between two,
/// and each sort in the order of the list.
pub fn check(codes: &[Coded<'_>], context: &Context<'_>) -> Vec<Finding> {
    if let Some((date, loaded)) = context.outside {
        return vec![finding::release_not_loaded(date, loaded)];
    }
    let list = List::of(codes);
    let mut findings = Vec::new();
    existence::check(codes, &list, &mut findings);
    person::check(&list, context, &mut findings);
    findings.extend(
        list.duplicates
            .iter()
            .map(|&(first, again)| existence::duplicate(&codes[first], first, again)),
    );
    excludes::check(&list, &mut findings);
    records::check(&list, &mut findings);
    sequence::check(&list, &mut findings);
    additional::check(&list, &mut findings);
    side::check(&list, &mut findings);
    findings
}

/// The codes of a list that the release knows, each once.
struct List<'a, 'f> {
    known: Vec<Placed<'a, 'f>>,
    /// Places of codes that stand in the list already, each with the place of the first.
    duplicates: Vec<(usize, usize)>,
}

/// A known code and its place in the list.
#[derive(Clone, Copy)]
struct Placed<'a, 'f> {
    place: usize,
    facts: &'a Facts<'f>,
}

impl<'a, 'f> List<'a, 'f> {
    fn of(codes: &'a [Coded<'f>]) -> Self {
        let mut first = std::collections::HashMap::new();
        let mut list = Self {
            known: Vec::new(),
            duplicates: Vec::new(),
        };
        for (place, coded) in codes.iter().enumerate() {
            match first.entry(coded.name()) {
                std::collections::hash_map::Entry::Occupied(before) => {
                    list.duplicates.push((*before.get(), place));
                }
                std::collections::hash_map::Entry::Vacant(entry) => {
                    entry.insert(place);
                    if let Lookup::Known(facts) = &coded.lookup {
                        list.known.push(Placed { place, facts });
                    }
                }
            }
        }
        list
    }

    fn is_duplicate(&self, place: usize) -> bool {
        self.duplicates.iter().any(|&(_, again)| again == place)
    }
}
