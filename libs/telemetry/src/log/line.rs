//! One event as one line.

use std::fmt::{Display, Write};

use medcover_kernel::Timestamp;
use tracing::Level;

use super::event::{Fields, quote};
use crate::Context;

/// What stands in a line before the event's own fields.
pub(super) struct Head<'a> {
    pub(super) timestamp: Timestamp,
    pub(super) level: Level,
    pub(super) logger: &'a str,
}

/// The fields that every reader of the log may expect under these names, in this order, when they are known.
const KNOWN: [&str; 7] = [
    "operation",
    "duration_ms",
    "cache_hit",
    "user_id",
    "request_id",
    "trace_id",
    "correlation_id",
];

const INFALLIBLE: &str = "writing to a string succeeds";

/// Appends the event as one JSON object and a newline.
pub(super) fn json(out: &mut String, head: &Head<'_>, fields: &Fields, context: &Context) {
    write!(out, "{{\"timestamp\":\"{}\"", head.timestamp).expect(INFALLIBLE);
    member(out, "level");
    quote(out, head.level.as_str());
    member(out, "logger");
    quote(out, head.logger);
    member(out, "message");
    out.push_str(fields.get("message").unwrap_or("\"\""));
    for name in KNOWN {
        if let Some(value) = fields.get(name) {
            member(out, name);
            out.push_str(value);
        } else {
            id(out, name, context);
        }
    }
    for (name, value) in others(fields) {
        out.push(',');
        // No two keys of a line are equal: the names above belong to the head.
        if matches!(name, "timestamp" | "level" | "logger") {
            quote(out, &format!("field_{name}"));
        } else {
            quote(out, name);
        }
        out.push(':');
        out.push_str(value);
    }
    out.push_str("}\n");
}

/// Begins the member called `name`, which needs no escaping.
fn member(out: &mut String, name: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
}

/// Appends the event as one line for a person.
pub(super) fn pretty(
    out: &mut String,
    head: &Head<'_>,
    fields: &Fields,
    context: &Context,
    colour: bool,
) {
    let (before, after) = if colour {
        (level_colour(head.level), "\x1b[0m")
    } else {
        ("", "")
    };
    let message = fields.get("message").unwrap_or("\"\"");
    write!(
        out,
        "{} {before}{:>5}{after} {}: {}",
        head.timestamp,
        head.level.as_str(),
        head.logger,
        message.trim_matches('"')
    )
    .expect(INFALLIBLE);
    let known = KNOWN
        .into_iter()
        .filter_map(|name| Some((name, fields.get(name)?)));
    for (name, value) in known.chain(others(fields)) {
        write!(out, " {name}={value}").expect(INFALLIBLE);
    }
    if let Some(request) = context.request {
        write!(out, " request_id={request}").expect(INFALLIBLE);
    }
    out.push('\n');
}

fn others(fields: &Fields) -> impl Iterator<Item = (&'static str, &str)> {
    fields
        .iter()
        .filter(|(name, _)| *name != "message" && !KNOWN.contains(name))
}

/// Appends the id called `name` when the context knows it.
fn id(out: &mut String, name: &str, context: &Context) {
    match name {
        "user_id" => text_id(out, name, context.user.as_deref()),
        "request_id" => plain_id(out, name, context.request),
        "trace_id" => plain_id(out, name, context.trace()),
        "correlation_id" => match &context.correlation_text {
            Some(text) => text_id(out, name, Some(text)),
            None => plain_id(out, name, context.correlation),
        },
        _ => {}
    }
}

fn text_id(out: &mut String, name: &str, id: Option<&str>) {
    if let Some(id) = id {
        member(out, name);
        quote(out, id);
    }
}

/// For ids whose text needs no escaping.
fn plain_id(out: &mut String, name: &str, id: Option<impl Display>) {
    if let Some(id) = id {
        member(out, name);
        write!(out, "\"{id}\"").expect(INFALLIBLE);
    }
}

const fn level_colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    }
}
