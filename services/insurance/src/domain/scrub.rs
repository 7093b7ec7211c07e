//! Scrubbing: what is wrong with a claim before it is sent.

use std::collections::BTreeSet;

use medcover_contract_insurance::{
    ClaimContent, ClaimFinding, ClaimLine, FindingSeverity, MAX_DIAGNOSES, MAX_LINES, Scrubbing,
};
use medcover_contract_terminology::{Finding, Severity};
use medcover_kernel::{Currency, Error, Result};

use super::check;

/// Refuses what is no claim at all: lists too long or empty, places that are not there, charges in another currency.
pub(crate) fn check_content(content: &ClaimContent, currency: Currency) -> Result<()> {
    check::count(content.diagnoses.len(), 1, MAX_DIAGNOSES, "/diagnoses")?;
    check::count(content.lines.len(), 1, MAX_LINES, "/lines")?;
    for (place, line) in content.lines.iter().enumerate() {
        let at = |field: &str| format!("/lines/{place}/{field}");
        check::code(&line.procedure, at("procedure"))?;
        if line.units == 0 {
            return Err(Error::invalid(at("units"), "must be at least 1"));
        }
        if line.charge.currency() != currency || line.charge.is_negative() {
            let rule = format!("must be no less than nothing, in {currency}");
            return Err(Error::invalid(at("charge"), rule));
        }
        let there = |place: &u32| (1..=content.diagnoses.len()).contains(&(*place as usize));
        if line.diagnoses.is_empty() || !line.diagnoses.iter().all(there) {
            let rule = "must be at least one place in `diagnoses`, from 1";
            return Err(Error::invalid(at("diagnoses"), rule));
        }
    }
    Ok(())
}

/// What is wrong with a claim beside its codes: services that stand twice, and diagnoses that no service is for.
pub(crate) fn findings_of_lines(content: &ClaimContent) -> Vec<ClaimFinding> {
    let mut findings = Vec::new();
    for (place, line) in content.lines.iter().enumerate() {
        let before = &content.lines[..place];
        if let Some(first) = before
            .iter()
            .position(|it| !line.distinct && is_same(it, line))
        {
            findings.push(ClaimFinding {
                severity: FindingSeverity::Error,
                rule: "duplicate-line".to_owned(),
                text: format!(
                    "Lines {} and {} claim the same service.",
                    first + 1,
                    place + 1
                ),
                places: vec![format!("/lines/{first}"), format!("/lines/{place}")],
                mend: "Keep one of them, or mark the second as `distinct`.".to_owned(),
            });
        }
    }
    let used: BTreeSet<u32> = content
        .lines
        .iter()
        .flat_map(|it| it.diagnoses.clone())
        .collect();
    for place in 0..content.diagnoses.len() {
        if !used.contains(&(place as u32 + 1)) {
            findings.push(ClaimFinding {
                severity: FindingSeverity::Information,
                rule: "diagnosis-without-service".to_owned(),
                text: format!("No line is for diagnosis {}.", content.diagnoses[place]),
                places: vec![format!("/diagnoses/{place}")],
                mend: "Point a line to it, if a service was for it.".to_owned(),
            });
        }
    }
    findings
}

fn is_same(one: &ClaimLine, other: &ClaimLine) -> bool {
    (&one.procedure, one.units) == (&other.procedure, other.units)
}

/// What the check of the codes found, as it stands on a claim.
pub(crate) fn of_codes(findings: Vec<Finding>) -> impl Iterator<Item = ClaimFinding> {
    findings.into_iter().map(|finding| ClaimFinding {
        severity: match finding.severity {
            Severity::Information => FindingSeverity::Information,
            Severity::Warning => FindingSeverity::Warning,
            Severity::Error => FindingSeverity::Error,
        },
        rule: finding.rule,
        text: finding.text,
        places: finding
            .places
            .iter()
            .map(|place| format!("/diagnoses/{place}"))
            .collect(),
        mend: finding.mend,
    })
}

/// Whether `findings` keep a claim from being sent to a payer that looks at codes as `scrubbing` says.
pub(crate) fn block(scrubbing: Scrubbing, findings: &[ClaimFinding]) -> bool {
    let from = match scrubbing {
        Scrubbing::Warn => return false,
        Scrubbing::BlockErrors => FindingSeverity::Error,
        Scrubbing::BlockWarnings => FindingSeverity::Warning,
    };
    findings.iter().any(|finding| finding.severity >= from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: FindingSeverity) -> [ClaimFinding; 1] {
        [ClaimFinding {
            severity,
            rule: "excludes1".to_owned(),
            text: String::new(),
            places: Vec::new(),
            mend: String::new(),
        }]
    }

    #[test]
    fn what_blocks_is_the_payers_choice() {
        use FindingSeverity::{Error, Information, Warning};
        for (scrubbing, blocks) in [
            (Scrubbing::Warn, [false, false, false]),
            (Scrubbing::BlockErrors, [false, false, true]),
            (Scrubbing::BlockWarnings, [false, true, true]),
        ] {
            let told = [Information, Warning, Error].map(|it| block(scrubbing, &finding(it)));
            assert_eq!(told, blocks, "{scrubbing:?}");
        }
        assert!(!block(Scrubbing::BlockWarnings, &[]));
    }
}
