//! The diagnoses of the demo: real ones, of the release that is loaded.

use jiff::civil::Date;
use medcover_contract_terminology::{AdvancedRequest, CheckRequest, Severity};
use medcover_kernel::{ErrorKind, Result};

use super::making::Making;
use super::staff::Job;

/// What a clinic often sees: codes for anybody of any age that need nothing beside them.
const OFTEN: [&str; 12] = [
    "I10", "J20.9", "E78.5", "G43.909", "K21.9", "M54.50", "J45.909", "N39.0", "J06.9", "R05.9",
    "L30.9", "H10.9",
];

/// What is searched for where the release has none of these.
const WORDS: [&str; 5] = ["infarction", "pain", "acute", "disease", "unspecified"];

/// Billable codes of the release in force today, and since when it is.
pub(super) struct Codes {
    codes: Vec<String>,
    pub(super) since: Date,
}

impl Codes {
    /// Looks them up; nothing where no loaded release is in force today.
    pub(super) async fn look_up(making: &Making, today: Date) -> Result<Option<Self>> {
        let mut found = Self {
            codes: Vec::new(),
            since: today,
        };
        for code in OFTEN {
            found.keep_if_right(making, code, today).await?;
        }
        for words in WORDS {
            if found.codes.is_empty() {
                for code in billable(making, words).await? {
                    found.keep_if_right(making, &code, today).await?;
                }
            }
        }
        Ok((!found.codes.is_empty()).then_some(found))
    }

    /// The code of the visit `number`.
    pub(super) fn of(&self, number: usize) -> &str {
        &self.codes[number % self.codes.len()]
    }

    /// What a careless coder writes for it: the header, which says too little.
    pub(super) fn too_short(&self) -> &str {
        let header = self.codes.iter().find_map(|code| code.split_once('.'));
        header.map_or("X", |(header, _)| header)
    }

    async fn keep_if_right(&mut self, making: &Making, code: &str, today: Date) -> Result<()> {
        let request = CheckRequest {
            codes: vec![code.to_owned()],
            date: Some(today.to_string()),
            ..CheckRequest::default()
        };
        let call = making.call(Job::Coder);
        let checked = making.terminology.check_codes(&call, request).await?;
        let since = checked.release.and_then(|it| it.valid_from?.parse().ok());
        let wrong = |severity| severity == Severity::Error;
        if let Some(since) = since
            && !checked.findings.iter().any(|it| wrong(it.severity))
        {
            self.since = since;
            self.codes.push(code.to_owned());
        }
        Ok(())
    }
}

async fn billable(making: &Making, words: &str) -> Result<Vec<String>> {
    let request = AdvancedRequest {
        query: words.to_owned(),
        limit: 20,
        chapter_filter: None,
        billable: Some(true),
        fuzzy_threshold: 1.0,
        cursor: None,
    };
    let call = making.call(Job::Coder);
    match making.terminology.advanced_search(&call, request).await {
        Ok(answer) => Ok(answer.hits.into_iter().map(|hit| hit.code).collect()),
        Err(error) if error.kind() == ErrorKind::Internal => Err(error),
        // Nothing is loaded, or nothing is found.
        Err(_) => Ok(Vec::new()),
    }
}
