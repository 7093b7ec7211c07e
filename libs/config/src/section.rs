//! What a section says about its own values.

use std::fmt::Display;
use std::ops::RangeBounds;

/// A part of the configuration that can say what is wrong with it.
pub trait Section {
    /// Reports every value that cannot work, not only the first.
    fn validate(&self, check: &mut Check<'_>);
}

/// Collects what is wrong with a section and the sections under it.
#[derive(Debug)]
pub struct Check<'a> {
    prefix: String,
    found: &'a mut Vec<(String, String)>,
}

impl<'a> Check<'a> {
    pub(crate) fn new(found: &'a mut Vec<(String, String)>) -> Self {
        Self {
            prefix: String::new(),
            found,
        }
    }

    /// Reports `key` of this section, unless `holds`; `rule` reads on from the key: "must name a folder".
    pub fn that(&mut self, key: &str, holds: bool, rule: impl Display) {
        if !holds {
            self.found
                .push((format!("{}{key}", self.prefix), rule.to_string()));
        }
    }

    /// Reports `key` unless its `value` lies in `range`.
    pub fn range<T: Copy + PartialOrd + Display>(
        &mut self,
        key: &str,
        value: T,
        range: impl RangeBounds<T>,
    ) {
        if !range.contains(&value) {
            let rule = format!("must be {}, not {value}", words(&range));
            self.that(key, false, rule);
        }
    }

    /// Checks the section under `key`.
    pub fn section(&mut self, key: &str, section: &impl Section) {
        section.validate(&mut Check {
            prefix: format!("{}{key}.", self.prefix),
            found: self.found,
        });
    }
}

fn words<T: Display>(range: &impl RangeBounds<T>) -> String {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    match (range.start_bound(), range.end_bound()) {
        (Included(low), Included(high)) => format!("between {low} and {high}"),
        (Included(low), Excluded(high)) => format!("at least {low} and below {high}"),
        (Included(low) | Excluded(low), Unbounded) => format!("at least {low}"),
        (Unbounded, Included(high)) => format!("at most {high}"),
        (Unbounded, Excluded(high)) => format!("below {high}"),
        (Excluded(low), Included(high) | Excluded(high)) => {
            format!("above {low} and at most {high}")
        }
        (Unbounded, Unbounded) => "anything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Inner(u32);
    impl Section for Inner {
        fn validate(&self, check: &mut Check<'_>) {
            check.range("count", self.0, 1..=9);
            check.that("name", false, "must not be empty");
        }
    }

    #[test]
    fn reports_all_faults_by_full_name() {
        let mut found = Vec::new();
        Check::new(&mut found).section("inner", &Inner(10));
        assert_eq!(
            found,
            [
                (
                    "inner.count".to_owned(),
                    "must be between 1 and 9, not 10".to_owned()
                ),
                ("inner.name".to_owned(), "must not be empty".to_owned()),
            ]
        );
    }
}
