//! Whether each code is one that may stand on a claim.

use super::List;
use super::facts::{Coded, Facts, Lookup, Unknown};
use super::finding::{Finding, Rule, Severity};
use crate::code::{Code, CodeError};
use crate::seventh;

/// Characters of a code that is complete with its 7th.
const WHOLE: usize = 7;

pub(super) fn check(codes: &[Coded<'_>], list: &List<'_, '_>, findings: &mut Vec<Finding>) {
    let once = |place: &usize| !list.is_duplicate(*place);
    findings.extend(
        (0..codes.len())
            .filter(once)
            .filter_map(|place| match &codes[place].lookup {
                Lookup::Known(facts) => known(facts, place),
                Lookup::Unknown(around) => Some(unknown(codes[place].given.trim(), around, place)),
            }),
    );
}

pub(super) fn duplicate(coded: &Coded<'_>, first: usize, again: usize) -> Finding {
    Finding {
        severity: Severity::Error,
        rule: Rule::Duplicate,
        text: format!("{} stands in the list twice.", coded.name()),
        places: vec![first, again],
        note: None,
        mend: "Remove one of the two.".to_owned(),
    }
}

fn known(facts: &Facts<'_>, place: usize) -> Option<Finding> {
    let code = facts.code;
    let (rule, text, mend) = if !facts.active {
        (
            Rule::NotValidOnDate,
            format!("{code} is retired in this release."),
            "Use the code that took its place.".to_owned(),
        )
    } else if facts.billable {
        return None;
    } else if facts.lacks_seventh {
        (
            Rule::SeventhCharacterMissing,
            format!("{code} needs a 7th character."),
            format!("Complete it: {}.{}", below(facts), bare(facts)),
        )
    } else {
        (
            Rule::NotBillable,
            format!(
                "{code}, {}, is a header and may not stand on a claim.",
                facts.title
            ),
            format!("Use a code below it: {}.{}", below(facts), bare(facts)),
        )
    };
    Some(error(rule, text, place, mend))
}

/// The codes below that may stand on a claim, as far as they are listed.
fn below(facts: &Facts<'_>) -> String {
    let listed = facts.billable_below.join(", ");
    if facts.billable_below_total > facts.billable_below.len() {
        format!("{listed} … ({} in all)", facts.billable_below_total)
    } else {
        listed
    }
}

/// The code for a record that says no more than the header does.
fn bare(facts: &Facts<'_>) -> String {
    facts.default.map_or_else(String::new, |code| {
        format!(" Where the record says no more than the header, that is {code}.")
    })
}

fn unknown(given: &str, around: &Unknown<'_>, place: usize) -> Finding {
    if !around.elsewhere.is_empty() {
        return error(
            Rule::NotValidOnDate,
            format!(
                "{given} is not valid in this release; it is a code of {}.",
                around.elsewhere.join(", ")
            ),
            place,
            "Use a code that is valid on the date of service, or correct the date.".to_owned(),
        );
    }
    if let Some(finding) = seventh_wrong(given, around, place) {
        return finding;
    }
    let (why, mend) = match Code::parse(given) {
        Err(fault) => (format!(": {fault}"), None),
        Ok(_) => (String::new(), around.nearest),
    };
    let mend = mend.map_or_else(
        || "Correct the code.".to_owned(),
        |(code, title)| format!("Correct the code; the nearest above it is {code}, {title}."),
    );
    let text = format!("The release has no code {given}{why}.");
    error(Rule::UnknownCode, text, place, mend)
}

/// A 7th character that does not complete the code before it, or completes it without the placeholders between.
fn seventh_wrong(given: &str, around: &Unknown<'_>, place: usize) -> Option<Finding> {
    let (stem, _) = around.nearest?;
    let (&first, &last) = around.seventh.first().zip(around.seventh.last())?;
    let bare: String = given.chars().filter(char::is_ascii_alphanumeric).collect();
    let bare = bare.to_uppercase();
    let rest = bare.strip_prefix(&stem.to_bare())?;
    let character = rest.trim_start_matches(seventh::PLACEHOLDER);
    let mut characters = character.chars();
    let (written, None) = (characters.next()?, characters.next()) else {
        return None;
    };
    let fits = around.seventh.contains(&written);
    let too_long = Code::parse(given) == Err(CodeError::TooLong);
    let text = match (fits, bare.len() == WHOLE) {
        (true, false) if too_long => format!("{given} has too many characters."),
        (true, _) => format!("{given} has its 7th character {written} in the wrong place."),
        (false, _) => format!("{written} is not a 7th character of {stem}."),
    };
    let completed = |character| seventh::complete(stem, character).ok();
    let mend = if fits {
        format!("Write {}.", completed(written)?)
    } else {
        let choice: Vec<_> = around.seventh.iter().map(char::to_string).collect();
        format!(
            "Use one of {}: {} to {}.",
            choice.join(", "),
            completed(first)?,
            completed(last)?
        )
    };
    Some(error(Rule::SeventhCharacterWrong, text, place, mend))
}

fn error(rule: Rule, text: String, place: usize, mend: String) -> Finding {
    Finding {
        severity: Severity::Error,
        rule,
        text,
        places: vec![place],
        note: None,
        mend,
    }
}
