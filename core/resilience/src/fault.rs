//! Settings that cannot work, all of them in one answer.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use medcover_kernel::FieldFault;

pub(crate) fn outside<T: PartialOrd + Display + Copy>(
    pointer: &'static str,
    value: T,
    range: RangeInclusive<T>,
) -> Option<FieldFault> {
    let detail = || format!("must be between {} and {}", range.start(), range.end());
    unless(range.contains(&value), pointer, detail)
}

pub(crate) fn outside_time(
    pointer: &'static str,
    value: Duration,
    range: RangeInclusive<Duration>,
) -> Option<FieldFault> {
    let detail = || format!("must be between {:?} and {:?}", range.start(), range.end());
    unless(range.contains(&value), pointer, detail)
}

pub(crate) fn unless(
    holds: bool,
    pointer: &'static str,
    detail: impl FnOnce() -> String,
) -> Option<FieldFault> {
    (!holds).then(|| FieldFault {
        pointer: pointer.into(),
        detail: detail().into(),
    })
}

pub(crate) fn none_of(
    faults: impl IntoIterator<Item = Option<FieldFault>>,
) -> Result<(), Vec<FieldFault>> {
    let faults: Vec<_> = faults.into_iter().flatten().collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}
