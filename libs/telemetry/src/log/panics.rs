//! A panic is a line of the log, not a block of text across it.

use std::panic::PanicHookInfo;

/// The message of a panic is cut here: it may show whatever a value held.
const MAX_MESSAGE_BYTES: usize = 256;

/// Logs every later panic of this process, with its place.
pub(super) fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            target: "medcover.panic",
            place,
            thread = std::thread::current().name(),
            "panic: {}",
            message(panic)
        );
    }));
}

fn message<'a>(panic: &'a PanicHookInfo<'_>) -> &'a str {
    let text = panic.payload_as_str().unwrap_or("(no message)");
    &text[..text.floor_char_boundary(MAX_MESSAGE_BYTES)]
}
