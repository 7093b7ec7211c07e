//! What may be asked for, and what makes two invoices one.

use medcover_contract_billing::{InvoiceKind, InvoiceRequest, MAX_LINES};
use medcover_kernel::{Error, Result};

use crate::domain::rules;

/// The longest name of a series.
const MAX_SERIES_CHARS: usize = 16;

/// Checks `request`, whose lines are those that will be billed.
pub(crate) fn check(request: &InvoiceRequest) -> Result<()> {
    check_lines(request)?;
    check_kind(request)?;
    check_series(request.series.as_deref())
}

fn check_lines(request: &InvoiceRequest) -> Result<()> {
    if request.lines.len() > MAX_LINES {
        return Err(Error::invalid(
            "/lines",
            format!("must be at most {MAX_LINES}"),
        ));
    }
    for (place, line) in request.lines.iter().enumerate() {
        rules::text(format!("/lines/{place}/description"), &line.description)?;
        if let Some(code) = &line.code {
            rules::code(format!("/lines/{place}/code"), code)?;
        }
        if line.units == 0 {
            return Err(Error::invalid(
                format!("/lines/{place}/units"),
                "must be 1 or more",
            ));
        }
        rules::not_negative(format!("/lines/{place}/unit_price"), line.unit_price)?;
    }
    Ok(())
}

fn check_kind(request: &InvoiceRequest) -> Result<()> {
    let needs = |pointer: &'static str, there: bool| {
        if there {
            return Ok(());
        }
        let kind = request.kind.name();
        Err(Error::invalid(
            pointer,
            format!("a {kind} invoice needs it"),
        ))
    };
    let has_not = |pointer: &'static str, there: bool| {
        if there {
            let kind = request.kind.name();
            return Err(Error::invalid(
                pointer,
                format!("a {kind} invoice has none"),
            ));
        }
        Ok(())
    };
    if request.kind == InvoiceKind::Premium {
        needs("/policy", request.policy.is_some())?;
        needs("/covers_from", request.covers_from.is_some())?;
        needs("/covers_to", request.covers_to.is_some())?;
        needs("/lines", !request.lines.is_empty())?;
        has_not("/payer", request.payer.is_some())?;
        has_not("/encounter", request.encounter.is_some())?;
        if request.covers_to < request.covers_from {
            return Err(Error::invalid(
                "/covers_to",
                "must not be before `covers_from`",
            ));
        }
        return Ok(());
    }
    needs("/encounter", request.encounter.is_some())?;
    has_not("/covers_from", request.covers_from.is_some())?;
    has_not("/covers_to", request.covers_to.is_some())
}

fn check_series(series: Option<&str>) -> Result<()> {
    let plain = |series: &str| {
        (1..=MAX_SERIES_CHARS).contains(&series.len())
            && series.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if series.is_none_or(plain) {
        return Ok(());
    }
    Err(Error::invalid(
        "/series",
        format!("must be 1 to {MAX_SERIES_CHARS} letters and digits"),
    ))
}

/// The parts of the key of which there is one invoice.
pub(crate) fn key(request: &InvoiceRequest) -> Vec<String> {
    let kind = request.kind.name().to_owned();
    match (request.encounter, request.policy, request.covers_from) {
        (Some(encounter), _, _) => vec![kind, encounter.to_string()],
        (None, Some(policy), Some(from)) => vec![kind, policy.to_string(), from.to_string()],
        (None, _, _) => vec![kind, request.id.to_string()],
    }
}

/// The series of its number.
pub(crate) fn series(request: &InvoiceRequest) -> &str {
    request.series.as_deref().unwrap_or(match request.kind {
        InvoiceKind::Visit => "V",
        InvoiceKind::Fee => "F",
        InvoiceKind::Premium => "P",
    })
}
