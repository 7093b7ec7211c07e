//! Under which keys Redis has what.

/// The keys of a stream.
#[derive(Clone, Debug)]
pub(crate) struct StreamKeys {
    pub(crate) stream: String,
    /// The position behind which the stream lacks nothing.
    pub(crate) from: String,
}

/// The keys of one of its groups.
#[derive(Clone, Debug)]
pub(crate) struct GroupKeys {
    /// Messages that were set aside.
    pub(crate) dead: String,
    /// The positions of these, and of those that were sent again, until they were handled.
    pub(crate) open: String,
}

impl StreamKeys {
    pub(crate) fn of(stream: &str) -> Self {
        Self {
            stream: format!("medcover:stream:{stream}"),
            from: format!("medcover:stream:{stream}:from"),
        }
    }

    pub(crate) fn both(&self) -> [&str; 2] {
        [&self.stream, &self.from]
    }

    pub(crate) fn with<'a>(&'a self, group: &'a GroupKeys) -> [&'a str; 3] {
        [&self.stream, &group.dead, &group.open]
    }
}

impl GroupKeys {
    pub(crate) fn of(stream: &str, group: &str) -> Self {
        Self {
            dead: format!("medcover:stream:{stream}:{group}:dead"),
            open: format!("medcover:stream:{stream}:{group}:open"),
        }
    }
}
