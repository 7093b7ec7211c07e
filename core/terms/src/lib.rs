//! The compiled terminology release and the search over it.

pub mod source;
