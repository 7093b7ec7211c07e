//! Whether what was coded is complete, and fits together.

use crate::adjudicate::{Taken, Working};
use crate::plan::bare;
use crate::{Action, CaseError, CodeFact, Edit, Finding, Group, Reason};

pub(super) fn data_complete(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    if line.line.diagnoses.is_empty() {
        let text = "The diagnosis for which the service was given.";
        return Ok(line.want(Reason::INCOMPLETE, text, "claim/lines/diagnoses"));
    }
    if line.line.service_date > line.case.claim.received {
        let text =
            "The day of service, which cannot be later than the day on which the claim came.";
        return Ok(line.want(Reason::INCOMPLETE, text, "claim/lines/service_date"));
    }
    findings(line, |edit| edit == Edit::Incomplete)
}

pub(super) fn medical_edits(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    if let Some((edit, code)) = conflict(line) {
        let rule = format!("facts/{code}");
        return line.deny(Group::Contractual, edit.reason(), rule);
    }
    findings(line, |edit| edit != Edit::Incomplete)
}

/// What findings of some sort do to the line: one that denies comes before one that waits for an answer, and where there
/// are several, their sort and rule decide, not the order in which they were handed in.
fn findings(line: &mut Working<'_>, sort: impl Fn(Edit) -> bool) -> Result<Taken, CaseError> {
    let about_this = |it: &&Finding| {
        sort(it.edit)
            && it.action != Action::Note
            && it.line.is_none_or(|number| number == line.line.line)
    };
    let found = line.case.findings.iter().filter(about_this);
    let Some(first) = found.min_by_key(|it| (it.action, it.edit, &it.rule, &it.text)) else {
        return Ok(Taken::Nothing);
    };
    let reason = first.edit.reason();
    if first.action == Action::Pend {
        return Ok(line.want(reason, &first.text, &first.rule));
    }
    line.deny_saying(Group::Contractual, reason, &first.text, first.rule.clone())
}

/// The first code of the line that is not for the member, the service before the diagnoses.
fn conflict<'a>(line: &Working<'a>) -> Option<(Edit, &'a str)> {
    let procedure = (
        line.line.procedure.as_str(),
        [Edit::ProcedureSex, Edit::ProcedureAge],
    );
    let pointed = line
        .line
        .diagnoses
        .iter()
        .map(|&at| line.case.claim.diagnoses[at].as_str());
    let diagnoses = pointed.map(|code| (code, [Edit::DiagnosisSex, Edit::DiagnosisAge]));
    std::iter::once(procedure)
        .chain(diagnoses)
        .find_map(|(code, [sex, age])| {
            let facts = line
                .case
                .facts
                .iter()
                .filter(|it| bare(&it.code) == bare(code));
            facts
                .filter_map(|fact| misfit(line, fact, sex, age))
                .min()
                .map(|edit| (edit, code))
        })
}

fn misfit(line: &Working<'_>, fact: &CodeFact, sex: Edit, age: Edit) -> Option<Edit> {
    let years = line.case.coverage.age_on(line.line.service_date);
    let known = line.case.coverage.sex;
    if fact.sex.is_some() && known.is_some() && fact.sex != known {
        return Some(sex);
    }
    let too_young = fact.from_years.is_some_and(|from| years < from);
    let too_old = fact.below_years.is_some_and(|below| years >= below);
    (too_young || too_old).then_some(age)
}
