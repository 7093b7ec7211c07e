//! Which instance to ask.
//!
//! The default is the better of two drawn at random, by *peak EWMA*: latency as it is remembered, times the calls that are
//! on their way to it (Finagle, Linkerd). A failure is remembered as a long latency, else the instance that fails in a
//! millisecond would be the quickest of all and draw the traffic. Round robin, smooth weighted and least connections are
//! there by name.
//!
//! Instances that fail are put aside for a while (*outlier ejection*), but never more than a share of them; and when too
//! few are left to carry the load, all are asked again (*panic*), since a fault that all of them show is not one of theirs.

mod config;
mod ewma;
mod outlier;
mod pick;
mod pool;

pub use config::{OutlierConfig, PoolConfig, Strategy};
pub use ewma::PeakEwma;
pub use pool::{CallEnd, InstanceStatus, Pick, Pool};
