//! A small release, and the service over it.

use std::fmt::Write as _;
use std::sync::Arc;

use medcover_cache::Cache;
use medcover_kernel::{Call, Clock, SeededRng, SystemClock};
use medcover_store::Store;
use medcover_telemetry::Metrics;
use medcover_terms::source::{
    Level, NoteKind, SeventhCharacter, Source, SourceConcept, SourceNote, SourceReference,
    SourceTerm, TermSource,
};
use medcover_testkit::Client;
use tempfile::TempDir;

use crate::releases::publish_source;
use crate::{Deps, Icd10Tables, Terminology, TerminologyConfig};

/// The service over a data folder of its own.
pub(crate) struct Served {
    pub(crate) folder: TempDir,
    pub(crate) terminology: Terminology,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Served {
    /// With nothing loaded.
    pub(crate) fn empty() -> Self {
        Self::over(tempfile::tempdir().expect("a folder"))
    }

    /// With the small release of ICD-10-CM.
    pub(crate) fn small() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        publish_source(folder.path(), &icd10cm("2026-04-01"), &SystemClock::new());
        Self::over(folder)
    }

    /// With the small release and another system beside it.
    pub(crate) fn two_systems() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        publish_source(folder.path(), &local(), &SystemClock::new());
        publish_source(folder.path(), &icd10cm("2026-04-01"), &SystemClock::new());
        Self::over(folder)
    }

    pub(crate) fn over(folder: TempDir) -> Self {
        Self::over_store(folder, None)
    }

    /// The same, with a search log in `store`.
    pub(crate) fn over_store(folder: TempDir, store: Option<Arc<dyn Store>>) -> Self {
        Self::over_all(folder, store, None)
    }

    /// The same, with `tables` to answer when the file cannot.
    pub(crate) fn over_tables(folder: TempDir, tables: Icd10Tables) -> Self {
        Self::over_all(folder, None, Some(tables))
    }

    /// The same, which keeps searches in `cache`.
    pub(crate) fn over_tables_kept(folder: TempDir, tables: Icd10Tables, cache: Cache) -> Self {
        Self::composed(folder, None, Some(tables), Some(cache))
    }

    /// With both.
    pub(crate) fn over_all(
        folder: TempDir,
        store: Option<Arc<dyn Store>>,
        tables: Option<Icd10Tables>,
    ) -> Self {
        Self::composed(folder, store, tables, None)
    }

    fn composed(
        folder: TempDir,
        store: Option<Arc<dyn Store>>,
        tables: Option<Icd10Tables>,
        cache: Option<Cache>,
    ) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let terminology = Terminology::new(Deps {
            config: TerminologyConfig::default(),
            data: folder.path().to_owned(),
            clock: Arc::clone(&clock),
            metrics: Arc::new(Metrics::default()),
            store,
            tables,
            cache,
        });
        Self {
            folder,
            terminology,
            clock,
        }
    }

    pub(crate) fn load(&self, source: &Source) {
        publish_source(self.folder.path(), source, &*self.clock);
    }

    /// A client of all its addresses, as they are served.
    pub(crate) fn client(&self) -> Client {
        Client::new(medcover_testkit::edge().router(self.terminology.router()))
    }

    /// A call that may take a minute.
    pub(crate) fn call(&self) -> Call {
        let within = std::time::Duration::from_mins(1);
        Call::operator(within, &*self.clock, &SeededRng::new(1))
    }
}

/// Every byte of `text` as `%41`.
pub(crate) fn percent_encoded(text: &[u8]) -> String {
    text.iter().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02X}").expect("writing to a string succeeds");
        encoded
    })
}

struct Small {
    concepts: Vec<SourceConcept>,
}

impl Small {
    fn add(&mut self, code: &str, title: &str, parent: Option<u32>, level: Level) -> u32 {
        let chapter = match parent {
            Some(parent) => self.concepts[parent as usize].chapter,
            None => code.parse().unwrap_or(0),
        };
        self.concepts.push(SourceConcept {
            code: code.to_owned(),
            title: title.to_owned(),
            parent,
            level,
            chapter,
            active: true,
            ..SourceConcept::default()
        });
        self.concepts.len() as u32 - 1
    }

    fn billable(&mut self, code: &str, title: &str, parent: u32) -> u32 {
        let place = self.add(code, title, Some(parent), Level::Subcategory);
        self.concepts[place as usize].billable = true;
        place
    }

    fn note(&mut self, at: u32, kind: NoteKind, text: &str, code: Option<&str>) {
        let references = code.into_iter().map(|code| {
            let start = text.find(code).expect("the text names it") as u32;
            SourceReference {
                first: code.to_owned(),
                last: code.to_owned(),
                start,
                end: start + code.len() as u32,
            }
        });
        self.concepts[at as usize].notes.push(SourceNote {
            kind,
            text: text.to_owned(),
            references: references.collect(),
        });
    }

    fn term(&mut self, at: u32, text: &str) {
        self.concepts[at as usize].terms.push(SourceTerm {
            text: text.to_owned(),
            source: TermSource::InclusionTerm,
        });
    }
}

/// A small release that has an example of everything.
pub(crate) fn icd10cm(version: &str) -> Source {
    let mut small = Small {
        concepts: Vec::new(),
    };
    endocrine(&mut small);
    respiratory(&mut small);
    symptoms(&mut small);
    injuries(&mut small);
    Source {
        system: "icd10cm".to_owned(),
        uri: "http://hl7.org/fhir/sid/icd-10-cm".to_owned(),
        title: "ICD-10-CM".to_owned(),
        version: version.to_owned(),
        valid_from: Some(version.to_owned()),
        dotted: true,
        concepts: small.concepts,
    }
}

fn endocrine(small: &mut Small) {
    let chapter = small.add(
        "4",
        "Endocrine, nutritional and metabolic diseases (E00-E89)",
        None,
        Level::Chapter,
    );
    small.note(
        chapter,
        NoteKind::Excludes1,
        "transitory disorders of newborn (P70-P74)",
        None,
    );
    let block = small.add("E08-E13", "Diabetes mellitus", Some(chapter), Level::Block);
    let e11 = small.add(
        "E11",
        "Type 2 diabetes mellitus",
        Some(block),
        Level::Category,
    );
    small.note(e11, NoteKind::Includes, "diabetes \"NOS\"", None);
    small.note(
        e11,
        NoteKind::Excludes1,
        "gestational diabetes (O24.4)",
        Some("O24.4"),
    );
    let e116 = small.add(
        "E11.6",
        "Type 2 diabetes mellitus with other specified complications",
        Some(e11),
        Level::Subcategory,
    );
    for (code, title) in [
        ("E11.64", "Type 2 diabetes mellitus with hypoglycemia"),
        ("E11.65", "Type 2 diabetes mellitus with hyperglycemia"),
        (
            "E11.69",
            "Type 2 diabetes mellitus with other specified complication",
        ),
    ] {
        small.billable(code, title, e116);
    }
    let e119 = small.billable(
        "E11.9",
        "Type 2 diabetes mellitus without complications",
        e11,
    );
    small.term(e119, "Adult-onset diabetes \\ back\tslash");
    small.concepts[e11 as usize].default = Some(e119);
    small.concepts[e119 as usize].short_title =
        Some("Type 2 diabetes w/o complications".to_owned());
}

fn respiratory(small: &mut Small) {
    let chapter = small.add(
        "10",
        "Diseases of the respiratory system (J00-J99)",
        None,
        Level::Chapter,
    );
    let block = small.add(
        "J40-J4A",
        "Chronic lower respiratory diseases",
        Some(chapter),
        Level::Block,
    );
    let j45 = small.add("J45", "Asthma", Some(block), Level::Category);
    for number in 0..30 {
        let code = format!(
            "J45.{}",
            char::from_digit(number % 36, 36)
                .expect("a digit")
                .to_ascii_uppercase()
        );
        small.billable(&code, &format!("Asthma of kind {number}"), j45);
    }
}

fn symptoms(small: &mut Small) {
    let chapter = small.add(
        "18",
        "Symptoms, signs and abnormal findings (R00-R99)",
        None,
        Level::Chapter,
    );
    let block = small.add(
        "R00-R09",
        "Circulatory and respiratory symptoms",
        Some(chapter),
        Level::Block,
    );
    let r05 = small.add("R05", "Cough", Some(block), Level::Category);
    let cough = small.billable("R05.9", "Cough, unspecified", r05);
    small.concepts[r05 as usize].default = Some(cough);
    let r50 = small.add(
        "R50",
        "Fever of other and unknown origin",
        Some(block),
        Level::Category,
    );
    small.billable("R50.9", "Fever, unspecified", r50);
}

fn injuries(small: &mut Small) {
    let chapter = small.add(
        "19",
        "Injury, poisoning and certain other consequences of external causes (S00-T88)",
        None,
        Level::Chapter,
    );
    let s52 = small.add("S52", "Fracture of forearm", Some(chapter), Level::Category);
    small.concepts[s52 as usize].seventh =
        [('A', "initial encounter"), ('D', "subsequent encounter")]
            .map(|(character, meaning)| SeventhCharacter {
                character,
                meaning: meaning.to_owned(),
            })
            .to_vec();
    let stem = small.add(
        "S52.00",
        "Unspecified fracture of upper end of “ulna”",
        Some(s52),
        Level::Subcategory,
    );
    for (code, meaning) in [
        ("S52.00XA", "initial encounter"),
        ("S52.00XD", "subsequent encounter"),
    ] {
        let place = small.billable(
            code,
            &format!("Unspecified fracture of upper end of “ulna”, {meaning}"),
            stem,
        );
        small.concepts[place as usize].level = Level::Extended;
    }
}

/// A system without hierarchy.
pub(crate) fn local() -> Source {
    let mut small = Small {
        concepts: Vec::new(),
    };
    for (code, title) in [
        ("P-1", "Spirometry in asthma"),
        ("P-2", "Chest X-ray"),
        ("P-3", "Cough test"),
    ] {
        let place = small.add(code, title, None, Level::Subcategory);
        small.concepts[place as usize].chapter = 0;
    }
    Source {
        system: "local".to_owned(),
        uri: "urn:medcover:local".to_owned(),
        title: "Local procedures".to_owned(),
        version: "1".to_owned(),
        concepts: small.concepts,
        ..Source::default()
    }
}
