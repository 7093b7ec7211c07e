//! From the official files to one [`Source`].
//!
//! Everything is read to its end and checked before anything is handed on: a file that is damaged or not what it seems
//! is refused with its place and reason, and whatever is served stays as it was.

mod error;
mod progress;
mod release_date;
mod report;
mod tabular;
mod xml;

use medcover_terms::source::Source;

pub use error::{Fault, LoadError};
pub use progress::{Progress, Quiet};
pub use report::{LoadReport, Warning};

/// One file as it came, an archive or plain.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name, for messages and for the date that official names carry. No file is opened by it.
    pub name: String,
    /// Its whole content.
    pub bytes: Vec<u8>,
}

/// What is being loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemKind {
    /// ICD-10-CM, from the tabular list and, where given, the order file.
    Icd10Cm,
}

/// Reads one release of one code system from the files given, all or nothing.
pub fn read(
    inputs: &[Input],
    kind: &SystemKind,
    progress: &mut dyn Progress,
) -> Result<(Source, LoadReport), LoadError> {
    let SystemKind::Icd10Cm = kind;
    let input = inputs
        .first()
        .ok_or_else(|| LoadError::new(Fault::Access, "", "no file was given"))?;
    let source = tabular::read(&input.name, &input.bytes, progress)?;
    let report = LoadReport::of(&source);
    Ok((source, report))
}
