//! Style sheet, scripts and icon: compiled in, and addressed by what they contain.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use medcover_http::{Conditional, Path, Problem};
use medcover_kernel::Error;
use serde::Deserialize;

use crate::answer::Failure;

/// A file of the console.
pub(crate) struct Asset {
    name: &'static str,
    kind: &'static str,
    body: &'static str,
    hash: u64,
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        Asset::new($name, $kind, include_str!(concat!("../static/", $name)))
    };
}

pub(crate) static STYLE: Asset = asset!("console.css", "text/css; charset=utf-8");
pub(crate) static ICON: Asset = asset!("icon.svg", "image/svg+xml");
/// Runs before the page is painted: the chosen theme, and that scripts run at all.
pub(crate) static EARLY: Asset = asset!("early.js", "text/javascript; charset=utf-8");
pub(crate) static CONSOLE: Asset = asset!("console.js", "text/javascript; charset=utf-8");
pub(crate) static SEARCH: Asset = asset!("search.js", "text/javascript; charset=utf-8");
pub(crate) static CODE: Asset = asset!("code.js", "text/javascript; charset=utf-8");

static ALL: [&Asset; 6] = [&STYLE, &ICON, &EARLY, &CONSOLE, &SEARCH, &CODE];

/// A year. What is at an address with a hash never changes.
const KEPT: &str = "public, max-age=31536000, immutable";
/// For an address of another version of the console, as a page that stayed open asks for it.
const CHECKED: &str = "no-cache";

impl Asset {
    const fn new(name: &'static str, kind: &'static str, body: &'static str) -> Self {
        Self {
            name,
            kind,
            body,
            hash: fnv1a(body.as_bytes()),
        }
    }

    /// Where it is found.
    pub(crate) fn path(&self) -> String {
        format!("/static/{:016x}/{}", self.hash, self.name)
    }
}

/// FNV-1a tells versions of our own few files apart, and can be computed while compiling.
const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// What the address names.
#[derive(Debug, Deserialize)]
pub(crate) struct At {
    hash: String,
    name: String,
}

pub(crate) async fn serve(
    at: Result<Path<At>, Problem>,
    held: Conditional,
) -> Result<Response, Failure> {
    let Path(At { hash, name }) = at?;
    let asset = ALL.iter().find(|asset| asset.name == name);
    let asset = asset.ok_or_else(|| Error::not_found("The console has no such file."))?;
    let kept = if hash == format!("{:016x}", asset.hash) {
        KEPT
    } else {
        CHECKED
    };
    Ok(held.answer(&asset.hash.to_be_bytes(), || {
        (
            [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, kept)],
            asset.body,
        )
            .into_response()
    }))
}
