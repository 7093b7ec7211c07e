//! What a load found, for the person who started it.

use std::fmt;

use medcover_coding::unread_codes;
use medcover_terms::source::{Level, Source, SourceNote};

/// How many examples a warning names.
const EXAMPLES: usize = 5;

/// Counts of what was read, and what is doubtful about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// All concepts.
    pub concepts: usize,
    /// Concepts by level, in the order of [`Level`].
    pub by_level: [usize; 5],
    /// Concepts that may stand on a claim.
    pub billable: usize,
    /// Headers and codes without a 7th character that a bare mention is coded to.
    pub defaults: usize,
    /// Designations beside the titles.
    pub terms: usize,
    /// Notes.
    pub notes: usize,
    /// Spans of codes that the notes name.
    pub references: usize,
    /// Notes that name codes in parentheses.
    pub notes_with_codes: usize,
    /// Those of them in which some word that looks like a code could not be read as one.
    pub notes_unread: usize,
    /// What does not fit but is no reason to refuse the release.
    pub warnings: Vec<Warning>,
}

/// Something doubtful, found in one place or in many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What is doubtful.
    pub what: String,
    /// How often it was found.
    pub count: usize,
    /// The first few places, as codes.
    pub examples: Vec<String>,
}

impl LoadReport {
    /// The counts of `source`.
    pub fn of(source: &Source) -> Self {
        let mut report = Self {
            concepts: source.concepts.len(),
            ..Self::default()
        };
        let mut unread = Warning::new("notes in which a code in parentheses could not be read");
        for concept in &source.concepts {
            report.by_level[concept.level as usize] += 1;
            report.billable += usize::from(concept.billable);
            report.defaults += usize::from(concept.default.is_some());
            report.terms += concept.terms.len();
            report.notes += concept.notes.len();
            for note in &concept.notes {
                report.references += note.references.len();
                let missed = unread_word(note);
                let names_codes = missed.is_some() || !note.references.is_empty();
                report.notes_with_codes += usize::from(names_codes);
                if let Some(word) = missed {
                    unread.add(format!("{} ({word})", concept.code));
                }
            }
        }
        report.notes_unread = unread.count;
        report.warn(unread);
        report
    }

    /// Adds a warning, if it was found at all.
    pub(super) fn warn(&mut self, warning: Warning) {
        if warning.count > 0 {
            self.warnings.push(warning);
        }
    }

    /// Concepts at a level.
    pub fn at_level(&self, level: Level) -> usize {
        self.by_level[level as usize]
    }
}

impl Warning {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            count: 0,
            examples: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, place: impl Into<String>) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(place.into());
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}): {}",
            self.what,
            self.count,
            self.examples.join(", ")
        )?;
        if self.count > self.examples.len() {
            f.write_str(", …")?;
        }
        Ok(())
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [chapters, blocks, categories, subcategories, extended] = self.by_level;
        write!(
            f,
            "{} concepts: {chapters} chapters, {blocks} blocks, {categories} categories, {subcategories} subcategories, \
             {extended} with a 7th character; {} billable",
            self.concepts, self.billable
        )
    }
}

/// A word of the note that looks like a code and lies in none of its references.
fn unread_word(note: &SourceNote) -> Option<&str> {
    let spans: Vec<_> = note
        .references
        .iter()
        .map(|it| it.start as usize..it.end as usize)
        .collect();
    unread_codes(&note.text, &spans).next()
}
