//! `medcover check`: what is wrong with a list of codes, from the data folder, without a server.

use anyhow::{Result, bail};
use console::style;
use medcover_contract_terminology::{CheckRequest, CheckResult, Severity, Sex};

use super::AtHand;
use super::local::Local;
use crate::cli::{self, Check};
use crate::terminal::{self, Lines};

pub(crate) fn run(at_hand: &AtHand, check: Check) -> Result<()> {
    let local = Local::open(at_hand);
    let request = CheckRequest {
        codes: check.codes,
        date: check.date,
        age_years: check.age,
        sex: check.sex.map(|sex| match sex {
            cli::Sex::Female => Sex::Female,
            cli::Sex::Male => Sex::Male,
        }),
    };
    let result = Local::answer(local.service.check_codes(&local.call, request))?;
    if at_hand.global.json {
        terminal::print_json(&result)?;
    } else {
        terminal::print(as_text(&result).text())?;
    }
    if !result.passed {
        bail!("the list has errors");
    }
    Ok(())
}

fn as_text(result: &CheckResult) -> Lines {
    let mut lines = Lines::default();
    for item in &result.items {
        if let Some(code) = &item.code {
            lines.add(format_args!("{}  {}", style(&code.code).bold(), code.title));
        }
    }
    for finding in &result.findings {
        let severity = finding.severity.name();
        let severity = match finding.severity {
            Severity::Error => style(severity).red(),
            Severity::Warning => style(severity).yellow(),
            Severity::Information => style(severity).cyan(),
        };
        lines.add(format_args!(
            "\n{severity}: {} [{}]",
            finding.text, finding.rule
        ));
        if let Some(note) = &finding.note {
            lines.add(format_args!("  note at {}: {}", note.at, note.text));
        }
        lines.add(format_args!("  mend: {}", finding.mend));
        if let Some(denial) = &finding.denial {
            let remark = denial.rarc.as_deref().map(|it| format!(", {it}"));
            lines.add(format_args!(
                "  denial spared: {}{} ({})",
                denial.carc,
                remark.unwrap_or_default(),
                denial.text
            ));
        }
    }
    let verdict = match (result.findings.is_empty(), result.passed) {
        (true, _) => "Nothing found.",
        (false, true) => "No errors.",
        (false, false) => "Errors found.",
    };
    let release = result.release.as_ref().map_or("no release", |it| &it.name);
    lines.add(format_args!("\n{verdict} ({release})"));
    lines
}
