//! How a long step shows that it goes on.

/// Told about the steps of loading, one at a time. The command line draws bars from it.
pub trait Progress {
    /// A step begins; `total` is how many units (bytes, unless the label says otherwise) it has, where known.
    fn begin(&mut self, label: &str, total: Option<u64>);
    /// `units` more of the step are done.
    fn advance(&mut self, units: u64);
    /// The step is done.
    fn finish(&mut self);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn begin(&mut self, _label: &str, _total: Option<u64>) {}
    fn advance(&mut self, _units: u64) {}
    fn finish(&mut self) {}
}
