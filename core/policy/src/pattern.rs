//! Which requests a route is for.

use crate::document::Match;

/// What of a request decides which route it takes.
#[derive(Clone, Copy, Debug)]
pub struct RequestLine<'a, H> {
    /// `GET`, …
    pub method: &'a str,
    /// The path, without its query.
    pub path: &'a str,
    /// Gives the value of a header by its name in lower case.
    pub header: H,
}

/// A match, ready to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
    exact: bool,
    methods: Vec<String>,
    headers: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Any,
}

impl Pattern {
    /// Of a match that was checked.
    pub(crate) fn of(given: &Match) -> Self {
        let part = |text: &str| match text {
            "*" => Part::Any,
            text => Part::Text(text.to_owned()),
        };
        let headers = given.headers.iter();
        Self {
            parts: parts(&given.path).map(part).collect(),
            exact: given.exact,
            methods: given.methods.clone(),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
                .collect(),
        }
    }

    pub(crate) fn fits<'h, H>(&self, line: &RequestLine<'_, H>) -> bool
    where
        H: Fn(&str) -> Option<&'h str>,
    {
        self.has_method(line.method)
            && self.has_path(line.path)
            && self
                .headers
                .iter()
                .all(|(name, value)| (line.header)(name) == Some(value))
    }

    fn has_method(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|it| it == method)
    }

    fn has_path(&self, path: &str) -> bool {
        let mut there = parts(path);
        let begins = self.parts.iter().all(|part| match (part, there.next()) {
            (_, None) => false,
            (Part::Any, Some(_)) => true,
            (Part::Text(text), Some(part)) => text == part,
        });
        begins && (!self.exact || there.next().is_none())
    }

    /// Whether every request that `later` is for is taken by this one, so that `later` is never reached.
    pub(crate) fn covers(&self, later: &Self) -> bool {
        let methods = self.methods.is_empty()
            || (!later.methods.is_empty()
                && later.methods.iter().all(|it| self.methods.contains(it)));
        let headers = self.headers.iter().all(|it| later.headers.contains(it));
        let long_enough = self.parts.len() <= later.parts.len();
        let parts = long_enough
            && self
                .parts
                .iter()
                .zip(&later.parts)
                .all(|(own, other)| matches!(own, Part::Any) || own == other);
        let ends = !self.exact || (later.exact && self.parts.len() == later.parts.len());
        methods && headers && parts && ends
    }
}

/// The parts of a path. `/` has none, so that it is the beginning of every path.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(path: &str, exact: bool, methods: &[&str]) -> Pattern {
        Pattern::of(&Match {
            path: path.to_owned(),
            exact,
            methods: methods.iter().map(|&it| it.to_owned()).collect(),
            headers: [("X-Canary".to_owned(), "1".to_owned())]
                .into_iter()
                .filter(|_| path.ends_with("canary"))
                .collect(),
        })
    }

    fn fits(pattern: &Pattern, method: &str, path: &str) -> bool {
        let header = |_: &str| None;
        pattern.fits(&RequestLine {
            method,
            path,
            header,
        })
    }

    #[test]
    fn a_path_is_its_beginning_up_to_the_end_of_a_part() {
        let codes = pattern("/api/v1/codes", false, &[]);
        assert!(fits(&codes, "GET", "/api/v1/codes"));
        assert!(fits(&codes, "POST", "/api/v1/codes/E11.9/children"));
        assert!(!fits(&codes, "GET", "/api/v1/codesearch"));
        assert!(!fits(&codes, "GET", "/api/v1"));
        assert!(fits(&pattern("/", false, &[]), "GET", "/anything"));
        let one = pattern("/api/v1/codes/*", true, &["GET"]);
        assert!(fits(&one, "GET", "/api/v1/codes/E11.9"));
        assert!(!fits(&one, "GET", "/api/v1/codes/E11.9/children"));
        assert!(!fits(&one, "GET", "/api/v1/codes"));
        assert!(!fits(&one, "POST", "/api/v1/codes/E11.9"));
    }

    #[test]
    fn a_header_must_have_its_value() {
        let canary = pattern("/canary", false, &[]);
        let line = |value: Option<&'static str>| RequestLine {
            method: "GET",
            path: "/canary",
            header: move |name: &str| value.filter(|_| name == "x-canary"),
        };
        assert!(canary.fits(&line(Some("1"))));
        assert!(!canary.fits(&line(Some("2"))));
        assert!(!canary.fits(&line(None)));
    }

    #[test]
    fn what_an_earlier_one_takes_whole_is_covered() {
        let all = pattern("/api", false, &[]);
        let reads = pattern("/api/v1/codes", false, &["GET"]);
        let writes = pattern("/api/v1/codes", false, &["GET", "POST"]);
        assert!(all.covers(&reads) && all.covers(&all));
        assert!(!reads.covers(&writes) && writes.covers(&reads));
        assert!(!reads.covers(&all));
        assert!(!pattern("/api", true, &[]).covers(&reads));
        assert!(pattern("/api/*/codes", false, &[]).covers(&reads));
        assert!(!pattern("/canary", false, &[]).covers(&pattern("/canary/x", false, &[])));
        assert!(all.covers(&pattern("/api/canary", false, &[])));
    }
}
