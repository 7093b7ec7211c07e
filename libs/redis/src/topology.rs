//! Which servers there are, as everybody sees it at one moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::node::Node;
use crate::request::From;

/// The servers of a moment. It is replaced as a whole.
#[derive(Debug, Default)]
pub(crate) struct Topology {
    pub(crate) primary: Option<Arc<Node>>,
    pub(crate) replicas: Vec<Arc<Node>>,
    /// The sentinels' configuration epoch; 0 without sentinels.
    pub(crate) epoch: u64,
    turn: AtomicUsize,
}

impl Topology {
    pub(crate) fn new(primary: Arc<Node>, replicas: Vec<Arc<Node>>, epoch: u64) -> Self {
        Self {
            primary: Some(primary),
            replicas,
            epoch,
            turn: AtomicUsize::new(0),
        }
    }

    /// Who is asked: each replica in turn, or the primary.
    pub(crate) fn pick(&self, from: From) -> Option<Arc<Node>> {
        match from {
            From::Replica if !self.replicas.is_empty() => {
                let turn = self.turn.fetch_add(1, Ordering::Relaxed);
                Some(Arc::clone(&self.replicas[turn % self.replicas.len()]))
            }
            _ => self.primary.clone(),
        }
    }

    /// The server at `address` in the same role, so that its connections are kept.
    pub(crate) fn find(&self, address: &str, primary: bool) -> Option<Arc<Node>> {
        let mut all = self.primary.iter().chain(&self.replicas);
        let found = all.find(|node| &*node.address == address && node.is_primary() == primary);
        found.cloned()
    }

    /// All servers.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.primary.iter().chain(&self.replicas)
    }
}
