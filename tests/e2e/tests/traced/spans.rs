//! Spans as the log has them.

use std::collections::BTreeMap;

use serde_json::Value;

/// A line of the log that is a span.
#[derive(Clone, Debug)]
pub(crate) struct Span(Value);

impl Span {
    pub(crate) fn say(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_default()
    }

    /// What part of the system, and what it did.
    pub(crate) fn what(&self) -> (&str, &str) {
        (self.say("layer"), self.say("operation"))
    }
}

/// Spans by trace, and within it by id.
pub(crate) struct Spans(BTreeMap<String, Trace>);

pub(crate) type Trace = BTreeMap<String, Span>;

impl Spans {
    pub(crate) fn of(log: &str) -> Self {
        let mut traces = BTreeMap::<String, Trace>::new();
        let lines = log
            .lines()
            .filter(|line| line.contains("\"medcover.trace\""));
        for line in lines {
            let line: Value = serde_json::from_str(line).expect("a line is JSON");
            let span = Span(line);
            let trace = traces.entry(span.say("trace_id").to_owned()).or_default();
            let before = trace.insert(span.say("span_id").to_owned(), span);
            assert!(before.is_none(), "{before:?}");
        }
        Self(traces)
    }

    /// The trace in which this was answered so.
    pub(crate) fn with(&self, what: (&str, &str), status: &str) -> &Trace {
        let answered = |span: &Span| span.what() == what && span.say("status") == status;
        let mut found = self.0.values();
        let found = found.find(|it| it.values().any(answered));
        found.unwrap_or_else(|| panic!("no trace with {what:?} in {:?}", self.operations()))
    }

    fn operations(&self) -> Vec<(&str, &str)> {
        let spans = self.0.values().flat_map(BTreeMap::values);
        let mut all: Vec<_> = spans.map(Span::what).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Trace> {
        self.0.values()
    }
}

/// What a span is part of, from itself to the first of its trace.
pub(crate) fn way<'t>(trace: &'t Trace, span: &'t Span) -> Vec<(&'t str, &'t str)> {
    let up = std::iter::successors(Some(span), |it| trace.get(it.say("parent_id")));
    up.map(Span::what).collect()
}

/// The span that did this.
pub(crate) fn find<'t>(trace: &'t Trace, what: (&str, &str)) -> &'t Span {
    let found = trace.values().find(|it| it.what() == what);
    found.unwrap_or_else(|| {
        let all: Vec<_> = trace.values().map(Span::what).collect();
        panic!("no {what:?} in {all:?}")
    })
}
