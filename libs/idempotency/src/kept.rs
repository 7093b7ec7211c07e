//! Refusals as answers that are kept.

use medcover_kernel::{Error, ErrorKind, Result};
use medcover_store::{Answer, CanonicalJson};
use serde::{Deserialize, Serialize};

/// The refusals that are kept, with the status under which they are. All the others say nothing about the request itself:
/// that it was not understood, that the caller may not, that there was a fault.
const KEPT: [(ErrorKind, u16); 4] = [
    (ErrorKind::NotFound, 404),
    (ErrorKind::Conflict, 409),
    (ErrorKind::PreconditionFailed, 412),
    (ErrorKind::Refused, 422),
];

#[derive(Serialize, Deserialize)]
struct Refusal {
    slug: String,
    message: String,
    faults: Vec<Fault>,
}

#[derive(Serialize, Deserialize)]
struct Fault {
    pointer: String,
    detail: String,
}

pub(crate) fn is_kept(kind: ErrorKind) -> bool {
    KEPT.iter().any(|(kept, _)| *kept == kind)
}

/// The status and body under which a refusal is kept.
pub(crate) fn of_error(error: &Error) -> Result<(u16, CanonicalJson)> {
    let known = KEPT.iter().find(|(kind, _)| *kind == error.kind());
    let (_, status) = known.ok_or_else(|| Error::internal("such a refusal is not kept"))?;
    let faults = error.faults().iter().map(|fault| Fault {
        pointer: fault.pointer.to_string(),
        detail: fault.detail.to_string(),
    });
    let refusal = Refusal {
        slug: error.slug().to_owned(),
        message: error.message().to_owned(),
        faults: faults.collect(),
    };
    let body = CanonicalJson::of(&refusal).map_err(Error::internal)?;
    Ok((*status, body))
}

/// The refusal that `answer` is, if it is one.
pub(crate) fn error_of(answer: &Answer) -> Option<Error> {
    let (kind, _) = KEPT.iter().find(|(_, status)| *status == answer.status)?;
    let refusal: Refusal = match answer.body.read() {
        Ok(refusal) => refusal,
        Err(error) => return Some(Error::internal(error)),
    };
    let error = Error::new(*kind, refusal.slug, refusal.message);
    let faults = refusal.faults.into_iter();
    Some(faults.fold(error, |error, fault| {
        error.with_fault(fault.pointer, fault.detail)
    }))
}
