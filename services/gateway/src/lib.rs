#![doc = include_str!("../README.md")]

mod answer;
mod forward;
mod headers;

use std::sync::Arc;

use medcover_http::{Edge, Passage, Way};
use medcover_kernel::{Clock, Result};

use forward::Forward;

/// A role that another process runs, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The name under which requests to it are counted.
    pub name: &'static str,
    /// The beginnings of its paths, each up to the end of one of their parts: `/api/v1/patients`.
    pub prefixes: &'static [&'static str],
    /// Where it is: `http://127.0.0.1:3002`.
    pub base: String,
}

/// The ways to the roles that other processes run. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// The longest prefix first.
    passages: Arc<[(&'static str, Passage)]>,
}

impl Gateway {
    /// The ways to `upstreams`, behind `edge`, whose deadlines are on `clock`. `Invalid` when one has no good address.
    pub fn new(
        edge: &Edge,
        clock: &Arc<dyn Clock>,
        upstreams: impl IntoIterator<Item = Upstream>,
    ) -> Result<Self> {
        let mut passages = Vec::new();
        for upstream in upstreams {
            let way = Way::over_network(&upstream.base)?;
            let forward = Arc::new(Forward::new(upstream.name, way, Arc::clone(clock)));
            passages.extend(upstream.prefixes.iter().map(|prefix| {
                let forward = Arc::clone(&forward);
                let pass = move |request| Arc::clone(&forward).pass(request);
                (*prefix, edge.passage(upstream.name, prefix, pass))
            }));
        }
        passages.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Ok(Self {
            passages: passages.into(),
        })
    }

    /// What takes a request for `path` to the role that answers it, if that runs elsewhere.
    pub fn passage(&self, path: &str) -> Option<&Passage> {
        let fits = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found = self.passages.iter().find(|(prefix, _)| fits(prefix));
        found.map(|(_, passage)| passage)
    }
}
