//! From the official files to one [`Source`].
//!
//! Everything is read to its end and checked before anything is handed on: a file that is damaged or not what it seems
//! is refused with its place and reason, and whatever is served stays as it was.

mod archive;
mod code_system;
mod error;
pub mod fetch;
mod hierarchy;
mod order_file;
mod progress;
mod release_date;
mod report;
mod table;
mod table_rows;
mod tabular;
mod xml;

use medcover_terms::source::Source;
use serde::{Deserialize, Serialize};

pub use error::{Fault, LoadError};
pub use progress::{Progress, Quiet};
pub use report::{LoadReport, Warning};
pub use table_rows::TableRows;

/// Bytes in which the first element of a tabular list must begin.
const SNIFFED: usize = 8 << 10;

/// One file as it came, an archive or plain.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name, for messages and for the date that official names carry. No file is opened by it.
    pub name: String,
    /// Its whole content.
    pub bytes: Vec<u8>,
}

/// What is being loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SystemKind {
    /// ICD-10-CM, from the tabular list and, where given, the order file.
    Icd10Cm,
    /// Another system, from a plain table or a FHIR `CodeSystem` resource.
    Other(SystemName),
}

/// What a plain table does not say about its code system. A FHIR resource says all but the first itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemName {
    /// Short name, as in paths: `local-procedures`.
    pub system: String,
    /// Canonical URI; if not given, `urn:medcover:` and the short name.
    pub uri: Option<String>,
    /// Human name; if not given, the short name.
    pub title: Option<String>,
    /// Name of the release; if not given, `1`.
    pub version: Option<String>,
}

/// Reads one release of one code system from the files given, all or nothing.
///
/// An archive may hold several of the files; those of no use are passed over.
pub fn read(
    inputs: &[Input],
    kind: &SystemKind,
    progress: &mut dyn Progress,
) -> Result<(Source, LoadReport), LoadError> {
    progress.begin("Unpacking", None);
    let mut files = Vec::new();
    for input in inputs {
        files.extend(archive::unpack(input)?);
        progress.advance(input.bytes.len() as u64);
    }
    progress.finish();
    let given: Vec<_> = inputs.iter().map(|it| it.name.as_str()).collect();
    let given = given.join(", ");
    let (source, warnings) = match kind {
        SystemKind::Icd10Cm => read_icd10cm(&given, &files, progress)?,
        SystemKind::Other(name) => read_other(&given, &files, name, progress)?,
    };
    let mut report = LoadReport::of(&source);
    for warning in warnings {
        report.warn(warning);
    }
    Ok((source, report))
}

fn read_icd10cm(
    given: &str,
    files: &[Input],
    progress: &mut dyn Progress,
) -> Result<(Source, Vec<Warning>), LoadError> {
    let order_file = the_one(given, "order file", files, |it| {
        order_file::is_order_file(&it.bytes)
    })?;
    let list = match files {
        // A single file is what was meant, so that its own fault is told rather than that nothing was found.
        [only] if order_file.is_none() => only,
        _ => the_one(given, "tabular list", files, is_tabular_list)?.ok_or_else(|| {
            let reason = format!(
                "there is no tabular list (an XML document `{}`) in it",
                tabular::ROOT
            );
            LoadError::new(Fault::Content, given, reason)
        })?,
    };
    let mut source = tabular::read(&list.name, &list.bytes, progress)?;
    let mut warnings = Vec::new();
    if let Some(file) = order_file {
        progress.begin("Merging the order file", None);
        warnings.extend(order_file::merge(&mut source, &file.name, &file.bytes)?);
        progress.finish();
    }
    Ok((source, warnings))
}

fn read_other(
    given: &str,
    files: &[Input],
    name: &SystemName,
    progress: &mut dyn Progress,
) -> Result<(Source, Vec<Warning>), LoadError> {
    let [file] = files else {
        let reason = format!(
            "one table or CodeSystem resource is needed, {} files are given",
            files.len()
        );
        return Err(LoadError::new(Fault::Content, given, reason));
    };
    progress.begin("Reading the code system", None);
    let read = if code_system::is_json(&file.bytes) {
        let (source, warning) = code_system::read(&name.system, &file.name, &file.bytes)?;
        (source, vec![warning])
    } else {
        let concepts = table::read(&file.name, &file.bytes)?;
        (name.source(concepts), Vec::new())
    };
    progress.finish();
    Ok(read)
}

impl SystemName {
    fn source(&self, concepts: Vec<medcover_terms::source::SourceConcept>) -> Source {
        let or = |given: &Option<String>, default: String| given.clone().unwrap_or(default);
        Source {
            system: self.system.clone(),
            uri: or(&self.uri, format!("urn:medcover:{}", self.system)),
            title: or(&self.title, self.system.clone()),
            version: or(&self.version, "1".into()),
            valid_from: None,
            dotted: false,
            concepts,
        }
    }
}

/// The only one of `files` that is `what`, if there is one.
fn the_one<'f>(
    given: &str,
    what: &str,
    files: &'f [Input],
    is_it: impl Fn(&Input) -> bool,
) -> Result<Option<&'f Input>, LoadError> {
    let mut found = files.iter().filter(|it| is_it(it));
    match (found.next(), found.next()) {
        (Some(first), Some(second)) => {
            let reason = format!(
                "there are two: {} and {}; give one {what}",
                first.name, second.name
            );
            Err(LoadError::new(Fault::Content, given, reason))
        }
        (first, _) => Ok(first),
    }
}

fn is_tabular_list(file: &Input) -> bool {
    let start = &file.bytes[..file.bytes.len().min(SNIFFED)];
    let root = format!("<{}", tabular::ROOT);
    start.windows(root.len()).any(|it| it == root.as_bytes())
}
