//! Permissions as types, and the proof that a call has one.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::{Call, Caller, Error, Result};

/// A permission. Its type stands in the signature of each use case that needs it; make one with
/// [`permission!`](crate::permission!).
pub trait Permission: 'static {
    /// The stable name, `thing.verb`: in tokens, in roles, in refusals.
    const NAME: &'static str;
    /// What it lets one do, for the people who give it.
    const SUMMARY: &'static str;
    /// Both as data.
    const INFO: PermissionInfo = PermissionInfo {
        name: Self::NAME,
        summary: Self::SUMMARY,
    };
}

/// A permission as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionInfo {
    /// [`Permission::NAME`]
    pub name: &'static str,
    /// [`Permission::SUMMARY`]
    pub summary: &'static str,
}

/// Makes types that name permissions. The comment above each is its summary.
///
/// ```
/// use medcover_kernel::Permission as _;
///
/// medcover_kernel::permission! {
///     /// Reads accounts.
///     pub ReadAccounts = "accounts.read";
///     /// Opens and closes accounts.
///     pub ManageAccounts = "accounts.manage";
/// }
/// assert_eq!(ReadAccounts::NAME, "accounts.read");
/// assert_eq!(ManageAccounts::SUMMARY, "Opens and closes accounts.");
/// ```
#[macro_export]
macro_rules! permission {
    ($($(#[doc = $summary:literal])+ $visibility:vis $name:ident = $text:literal;)+) => {$(
        $(#[doc = $summary])+
        #[derive(Clone, Copy, Debug)]
        $visibility enum $name {}

        impl $crate::Permission for $name {
            const NAME: &'static str = $text;
            const SUMMARY: &'static str = concat!($($summary),+).trim_ascii();
        }
    )+};
}

/// Proof that a call has the permission `P`. It can be made in no other way than by asking, so a use case that takes one
/// cannot be reached without: neither over HTTP nor in process.
///
/// ```
/// use medcover_kernel::{Allowed, Call, TenantId};
///
/// medcover_kernel::permission! {
///     /// Closes accounts.
///     pub CloseAccounts = "accounts.close";
/// }
/// fn close_account(allowed: Allowed<'_, CloseAccounts>) -> TenantId {
///     allowed.tenant
/// }
/// let call = Call::for_tests();
/// assert_eq!(close_account(Allowed::by(&call)?), TenantId::DEFAULT);
/// # Ok::<(), medcover_kernel::Error>(())
/// ```
pub struct Allowed<'a, P> {
    call: &'a Call,
    permission: PhantomData<fn() -> P>,
}

impl<'a, P: Permission> Allowed<'a, P> {
    /// Asks whether `call` has the permission: `Unauthenticated` when nobody has said who they are, else `Forbidden` with
    /// the permission's name.
    pub fn by(call: &'a Call) -> Result<Self> {
        if call.scopes.has(P::NAME) {
            return Ok(Self {
                call,
                permission: PhantomData,
            });
        }
        Err(if call.caller == Caller::Anonymous {
            Error::unauthenticated("This needs credentials: a bearer token or an API key.")
        } else {
            Error::forbidden(P::INFO)
        })
    }

    /// The call that has the permission.
    pub const fn call(&self) -> &'a Call {
        self.call
    }
}

impl<P> Deref for Allowed<'_, P> {
    type Target = Call;
    fn deref(&self) -> &Call {
        self.call
    }
}

impl<P> Clone for Allowed<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Allowed<'_, P> {}

impl<P: Permission> fmt::Debug for Allowed<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Allowed({} for {})", P::NAME, self.call.caller)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientId, ErrorKind, Scopes};

    permission! {
        /// Reads accounts,
        /// and nothing else.
        ReadAccounts = "accounts.read";
    }

    fn refused(call: &Call) -> Error {
        Allowed::<ReadAccounts>::by(call).expect_err("not allowed")
    }

    #[test]
    fn only_a_call_with_the_scope_is_allowed() {
        let mut call = Call::for_tests();
        call.caller = Caller::Client(ClientId::from_uuid(call.request.as_uuid()));
        call.scopes = Scopes::of(["accounts.write"]);
        let error = refused(&call);
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        assert!(error.message().contains("`accounts.read`"));
        call.scopes = Scopes::of(["accounts.read"]);
        assert_eq!(
            Allowed::<ReadAccounts>::by(&call).expect("allowed").caller,
            call.caller
        );
    }

    #[test]
    fn a_stranger_is_asked_for_credentials_first() {
        let mut call = Call::for_tests();
        call.caller = Caller::Anonymous;
        call.scopes = Scopes::none();
        assert_eq!(refused(&call).kind(), ErrorKind::Unauthenticated);
    }

    #[test]
    fn the_summary_is_the_comment() {
        assert_eq!(
            ReadAccounts::INFO.summary,
            "Reads accounts, and nothing else."
        );
    }
}
