#![doc = include_str!("../README.md")]

mod answer;
mod away;
mod door;
mod forward;
mod headers;
mod kept;
mod policy_file;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use medcover_cache::Cache;
use medcover_http::{Edge, Passage, Transport};
use medcover_kernel::Clock;

pub use away::FALLBACK;
pub use door::{Destination, Door, Ways};
use forward::Forward;
use kept::ByPath;
pub use policy_file::{PolicyConfig, PolicyFile, PolicyRefused, PolicyStanding};

/// A role that other processes run, as data.
#[derive(Clone)]
pub struct RemoteRole {
    /// The name under which requests to it are counted.
    pub name: &'static str,
    /// The beginnings of its paths, each up to the end of one of their parts: `/api/v1/patients`.
    pub prefixes: &'static [&'static str],
    /// What reaches it: one server, or one of several.
    pub transport: Arc<dyn Transport>,
}

impl fmt::Debug for RemoteRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteRole({} at {})", self.name, self.transport)
    }
}

/// The ways to the roles that other processes run. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// The longest prefix first.
    passages: Arc<[(&'static str, Passage)]>,
}

impl Gateway {
    /// How long an answer is kept that is the same for everybody.
    pub const KEPT_FOR: Duration = Duration::from_secs(5);
    /// For how long after that it is shown while its role is away.
    pub const KEPT_FOR_TROUBLE: Duration = Duration::from_mins(5);

    /// The ways to `roles`, behind `edge`, whose deadlines are on `clock`. With `kept`, what is answered to a GET without
    /// credentials on paths that begin so stays in that cache for some seconds: the answers there are the same for everybody.
    pub fn new(
        edge: &Edge,
        clock: &Arc<dyn Clock>,
        roles: impl IntoIterator<Item = RemoteRole>,
        kept: Option<(&Cache, &'static [&'static str])>,
    ) -> Self {
        let kept = kept.map(|(cache, prefixes)| Arc::new(ByPath::new(cache, prefixes)));
        let mut passages = Vec::new();
        for role in roles {
            let forward = Forward::new(role.transport, Arc::clone(clock));
            let forward = Arc::new(forward.keeping(kept.clone()));
            passages.extend(role.prefixes.iter().map(|prefix| {
                let forward = Arc::clone(&forward);
                let pass = move |request| Arc::clone(&forward).pass(request);
                (*prefix, edge.passage(role.name, prefix, pass))
            }));
        }
        passages.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Self {
            passages: passages.into(),
        }
    }

    /// What takes any request to what `transport` reaches, behind `edge`: a share of the requests, as a policy wants it.
    pub fn way_to(edge: &Edge, clock: &Arc<dyn Clock>, transport: Arc<dyn Transport>) -> Passage {
        let forward = Arc::new(Forward::new(transport, Arc::clone(clock)));
        let pass = move |request| Arc::clone(&forward).pass(request);
        edge.passage("share", "", pass)
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
