//! Where in a trace the present thread works.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use medcover_kernel::{Call, TraceId, TraceParent};

use super::span::Recording;
use crate::Context;

/// Where in a trace something happens: what children of it find, here and elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TracePlace {
    parent: Option<TraceParent>,
    state: Option<TraceState>,
    recording: Option<Recording>,
}

impl TracePlace {
    /// Under `parent`, of which nothing is recorded here; `state` is handed on with it.
    pub const fn passing(parent: TraceParent, state: Option<TraceState>) -> Self {
        Self {
            parent: Some(parent),
            state,
            recording: None,
        }
    }

    pub(crate) const fn nowhere() -> Self {
        Self {
            parent: None,
            state: None,
            recording: None,
        }
    }

    pub(super) const fn recorded(
        parent: TraceParent,
        state: Option<TraceState>,
        recording: Recording,
    ) -> Self {
        Self {
            parent: Some(parent),
            state,
            recording: Some(recording),
        }
    }

    /// The trace.
    pub fn trace(&self) -> Option<TraceId> {
        Some(self.parent?.trace)
    }

    /// The span under which everything here happens.
    pub const fn parent(&self) -> Option<TraceParent> {
        self.parent
    }

    /// What other systems on the way want to be handed on.
    pub const fn state(&self) -> Option<&TraceState> {
        self.state.as_ref()
    }

    pub(super) const fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }

    /// The place of the present thread.
    pub fn current() -> Self {
        Context::read(|context| context.place.clone())
    }

    /// What to send along with what `call` asks of others: the present place, or that of the call where there is none.
    pub fn parent_of(call: &Call) -> TraceParent {
        let here = Context::read(|context| context.place.parent);
        here.unwrap_or_else(|| call.unrecorded())
    }
}

/// The header `tracestate`, which is handed on as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct TraceState(Arc<str>);

impl TraceState {
    /// What the standard wants handed on at least. A longer one is left out, which the standard allows.
    const MAX_BYTES: usize = 512;

    /// The lists in `headers` as one; `None` when there is nothing in them, too much, or what no header may hold.
    pub fn of<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut all = String::new();
        for header in headers.filter(|it| !it.is_empty()) {
            if all.len() + header.len() >= Self::MAX_BYTES {
                return None;
            }
            if !all.is_empty() {
                all.push(',');
            }
            all.push_str(header);
        }
        let visible = all.bytes().all(|it| matches!(it, b' '..=b'~' | b'\t'));
        (visible && !all.is_empty()).then(|| Self(all.into()))
    }
}

impl Deref for TraceState {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TraceState {
    /// What it holds is no matter of ours, and may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceState({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_joined_and_never_grow_beyond_the_bound() {
        let of = |headers: &[&str]| TraceState::of(headers.iter().copied());
        assert_eq!(of(&["a=1", "", "b=2"]).as_deref(), Some("a=1,b=2"));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[""]), None);
        assert_eq!(of(&["a=\u{1}"]), None);
        assert!(of(&["x".repeat(511).as_str()]).is_some());
        assert_eq!(of(&["x".repeat(512).as_str()]), None);
        assert_eq!(of(&["x".repeat(300).as_str(), &"y".repeat(300)]), None);
    }
}
