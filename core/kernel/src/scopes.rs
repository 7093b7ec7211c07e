//! What a caller may do.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The names of the permissions that a call has. Cloning is cheap.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Scopes(Held);

#[derive(Clone, Default, PartialEq, Eq)]
enum Held {
    #[default]
    None,
    /// Sorted, without repeats.
    Named(Arc<[Box<str>]>),
    All,
}

impl Scopes {
    /// No permission.
    pub const fn none() -> Self {
        Self(Held::None)
    }

    /// Every permission there is: for the operator at the command line, who could read the data folder anyway.
    pub const fn all() -> Self {
        Self(Held::All)
    }

    /// The permissions of these names.
    pub fn of<T: Into<Box<str>>>(names: impl IntoIterator<Item = T>) -> Self {
        let names: BTreeSet<Box<str>> = names.into_iter().map(Into::into).collect();
        if names.is_empty() {
            return Self::none();
        }
        Self(Held::Named(names.into_iter().collect()))
    }

    /// Whether the permission called `name` is among them.
    pub fn has(&self, name: &str) -> bool {
        match &self.0 {
            Held::None => false,
            Held::Named(names) => names.binary_search_by(|it| (**it).cmp(name)).is_ok(),
            Held::All => true,
        }
    }

    /// Whether every permission is among them, also those that no name was given for.
    pub const fn is_all(&self) -> bool {
        matches!(self.0, Held::All)
    }

    /// The names in order; none where [`Scopes::is_all`].
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names: &[Box<str>] = match &self.0 {
            Held::Named(names) => names,
            Held::None | Held::All => &[],
        };
        names.iter().map(|name| &**name)
    }
}

impl<T: Into<Box<str>>> FromIterator<T> for Scopes {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        Self::of(names)
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("{all}");
        }
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_what_it_was_given_and_no_more() {
        let scopes = Scopes::of(["users.manage", "audit.read", "users.manage"]);
        assert!(scopes.has("audit.read") && scopes.has("users.manage"));
        assert!(!scopes.has("audit"));
        assert_eq!(
            scopes.names().collect::<Vec<_>>(),
            ["audit.read", "users.manage"]
        );
        assert!(Scopes::all().has("anything"));
        assert!(!Scopes::none().has("anything"));
        assert_eq!(Scopes::of(Vec::<String>::new()), Scopes::none());
    }
}
