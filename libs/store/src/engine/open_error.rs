//! Why a store was not opened.

use std::io;
use std::path::PathBuf;

use crate::StoreError;

/// Why a store was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it open.
    #[error("{path} is in use by {}; stop it or take another data folder", holder.map_or("another process".to_owned(), |id| format!("process {id}")))]
    Locked {
        /// The database file.
        path: PathBuf,
        /// The other process, where it is known.
        holder: Option<u32>,
    },
    /// A later version of the program has written it.
    #[error(
        "{place} has schema {found}, and this program knows only up to {known}; use the program that wrote it, or restore a back-up"
    )]
    Newer {
        /// The database file, or the schema and its server.
        place: String,
        /// Its schema.
        found: u16,
        /// Our schema.
        known: u16,
    },
    /// A file cannot be used.
    #[error("cannot use {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database cannot be used.
    #[error("cannot use {place}: {source}")]
    Database {
        /// The database file, or the schema and its server.
        place: String,
        /// Why.
        source: StoreError,
    },
}
