//! Which request the present thread works on.

use std::cell::RefCell;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::sync::Arc;

use medcover_kernel::{CorrelationId, RequestId, TraceId};

use crate::trace::TracePlace;

/// The ids that every log line of a request carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The request as it arrived.
    pub request: Option<RequestId>,
    /// Where in which trace it stands.
    pub place: TracePlace,
    /// The undertaking it belongs to.
    pub correlation: Option<CorrelationId>,
    /// The caller's own name for that undertaking, where it is not a UUID. Lines show it in place of the id.
    pub correlation_text: Option<Arc<str>>,
    /// Who acts, by id; never a name.
    pub user: Option<Arc<str>>,
}

thread_local! {
    static CURRENT: RefCell<Context> = const { RefCell::new(Context::nobody()) };
}

impl Context {
    const fn nobody() -> Self {
        Self {
            request: None,
            place: TracePlace::nowhere(),
            correlation: None,
            correlation_text: None,
            user: None,
        }
    }

    /// The context of the present thread, to be taken along to another.
    pub fn current() -> Self {
        Self::read(Clone::clone)
    }

    /// Looks at the context of the present thread.
    pub fn read<R>(look: impl FnOnce(&Self) -> R) -> R {
        CURRENT.with_borrow(look)
    }

    /// The trace.
    pub fn trace(&self) -> Option<TraceId> {
        self.place.trace()
    }

    /// Says who acts in the context of the present thread, once that is known.
    pub fn name_user(user: impl Into<Arc<str>>) {
        CURRENT.with_borrow_mut(|current| current.user = Some(user.into()));
    }

    /// Does `work` in this context, and returns to the former one even when `work` panics.
    pub fn within<R>(&mut self, work: impl FnOnce() -> R) -> R {
        // The two are exchanged rather than copied: a request enters its context at each poll.
        let _entered = Entered::new(self, |current| current);
        work()
    }

    /// Does all of `work` in this context.
    pub async fn around<T>(mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| self.within(|| work.as_mut().poll(cx))).await
    }

    /// Does `work` at another place of the trace, in the context that there is.
    pub(crate) fn at<R>(place: &mut TracePlace, work: impl FnOnce() -> R) -> R {
        let _entered = Entered::new(place, |current| &mut current.place);
        work()
    }
}

/// What was exchanged with a part of the present context, until this is dropped.
struct Entered<'a, T> {
    other: &'a mut T,
    part: fn(&mut Context) -> &mut T,
}

impl<'a, T> Entered<'a, T> {
    fn new(other: &'a mut T, part: fn(&mut Context) -> &mut T) -> Self {
        let mut entered = Self { other, part };
        entered.exchange();
        entered
    }

    fn exchange(&mut self) {
        CURRENT.with_borrow_mut(|current| mem::swap((self.part)(current), self.other));
    }
}

impl<T> Drop for Entered<'_, T> {
    fn drop(&mut self) {
        self.exchange();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(user: &str) -> Context {
        Context {
            user: Some(user.into()),
            ..Context::default()
        }
    }

    #[test]
    fn nests_and_returns() {
        let (mut outer, mut inner) = (of("outer"), of("inner"));
        outer.within(|| {
            assert_eq!(Context::current(), of("outer"));
            inner.within(|| assert_eq!(Context::current(), of("inner")));
            assert_eq!(Context::current(), of("outer"));
        });
        assert_eq!(Context::current(), Context::default());
        assert_eq!(outer, of("outer"));
    }

    #[test]
    fn returns_after_a_panic() {
        let mut context = of("unlucky");
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            context.within(|| panic!("as planned"));
        }));
        assert!(panicked.is_err());
        assert_eq!(Context::current(), Context::default());
    }
}
