//! Which request the present thread works on.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;

use medcover_kernel::{CorrelationId, RequestId, TraceId};

/// The ids that every log line of a request carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The request as it arrived.
    pub request: Option<RequestId>,
    /// The trace it belongs to.
    pub trace: Option<TraceId>,
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
            trace: None,
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

    /// Says who acts in the context of the present thread, once that is known.
    pub fn name_user(user: impl Into<Arc<str>>) {
        CURRENT.with_borrow_mut(|current| current.user = Some(user.into()));
    }

    /// Does `work` in this context, and returns to the former one even when `work` panics.
    pub fn within<R>(&mut self, work: impl FnOnce() -> R) -> R {
        // The two are exchanged rather than copied: a request enters its context at each poll.
        let _entered = Entered::new(self);
        work()
    }
}

struct Entered<'a>(&'a mut Context);

impl<'a> Entered<'a> {
    fn new(context: &'a mut Context) -> Self {
        CURRENT.with_borrow_mut(|current| mem::swap(current, context));
        Self(context)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|current| mem::swap(current, self.0));
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
