//! From an event to the buffer.

use std::cell::RefCell;
use std::sync::Arc;

use medcover_kernel::Clock;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context as LayerContext, Layer};

use super::LogFormat;
use super::buffer::LineBuffer;
use super::event::Fields;
use super::line::{self, Head};
use crate::Context;

/// Writes every event as a line.
pub(super) struct LogLayer {
    format: LogFormat,
    colour: bool,
    clock: Arc<dyn Clock>,
    lines: Arc<LineBuffer>,
}

impl LogLayer {
    pub(super) fn new(
        format: LogFormat,
        colour: bool,
        clock: Arc<dyn Clock>,
        lines: Arc<LineBuffer>,
    ) -> Self {
        Self {
            format,
            colour,
            clock,
            lines,
        }
    }

    fn render(&self, event: &Event<'_>, scratch: &mut Scratch) {
        let Scratch { fields, line } = scratch;
        fields.clear();
        line.clear();
        event.record(fields);
        let head = Head {
            timestamp: self.clock.now(),
            level: *event.metadata().level(),
            logger: event.metadata().target(),
        };
        Context::read(|context| match self.format {
            LogFormat::Json => line::json(line, &head, fields, context),
            LogFormat::Pretty => line::pretty(line, &head, fields, context, self.colour),
        });
    }
}

/// Memory kept between events, so that a line costs no allocation.
#[derive(Default)]
struct Scratch {
    fields: Fields,
    line: String,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _: LayerContext<'_, S>) {
        SCRATCH.with(|scratch| {
            if let Ok(mut scratch) = scratch.try_borrow_mut() {
                self.render(event, &mut scratch);
                self.lines.push(scratch.line.as_bytes());
            } else {
                // A value that logs while it is being shown.
                let mut scratch = Scratch::default();
                self.render(event, &mut scratch);
                self.lines.push(scratch.line.as_bytes());
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::TracePlace;
    use medcover_kernel::{
        ManualClock, RequestId, SeededRng, SpanId, Timestamp, TraceId, TraceParent,
    };
    use serde_json::Value;
    use tracing_subscriber::layer::SubscriberExt as _;

    fn lines_of(format: LogFormat, work: impl FnOnce()) -> String {
        let lines = Arc::new(LineBuffer::new(1_000_000));
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
        let layer = LogLayer::new(format, false, clock, Arc::clone(&lines));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        String::from_utf8(lines.take()).expect("lines are text")
    }

    #[test]
    fn a_line_is_one_object_with_the_agreed_fields() {
        let rng = SeededRng::new(1);
        let clock = ManualClock::at(Timestamp::from_micros(1));
        let parent = TraceParent {
            trace: TraceId::new(&rng),
            span: SpanId::new(&rng),
            sampled: false,
        };
        let mut context = Context {
            request: Some(RequestId::new(&clock, &rng)),
            place: TracePlace::passing(parent, None),
            correlation_text: Some("visit 7\n".into()),
            user: Some("u1".into()),
            ..Context::default()
        };
        let text = lines_of(LogFormat::Json, || {
            context.within(|| {
                tracing::info!(target: "medcover", operation = "search", duration_ms = 0.25, cache_hit = true, hits = 3, level = "odd", "done");
            });
        });
        let line: Value = serde_json::from_str(text.trim_end()).expect("JSON");
        assert_eq!(line["timestamp"], "1970-01-01T00:00:00.000000Z");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["logger"], "medcover");
        assert_eq!(line["message"], "done");
        assert_eq!(line["operation"], "search");
        assert_eq!(line["duration_ms"], 0.25);
        assert_eq!(line["cache_hit"], true);
        assert_eq!(line["user_id"], "u1");
        assert_eq!(line["correlation_id"], "visit 7\n");
        assert_eq!(line["request_id"].as_str().map(str::len), Some(36));
        assert_eq!(line["trace_id"].as_str().map(str::len), Some(32));
        assert_eq!(line["hits"], 3);
        assert_eq!(line["field_level"], "odd");
    }

    #[test]
    fn hostile_values_never_break_a_line() {
        let hostile = "a\nb\r\n{\"level\":\"ERROR\"}\u{2028}\u{1b}[31m\0\"\\";
        for format in [LogFormat::Json, LogFormat::Pretty] {
            let text = lines_of(format, || {
                tracing::warn!(text = hostile, debug = ?hostile, display = %hostile, number = f64::NAN, "{hostile}");
            });
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(!text.trim_end().chars().any(char::is_control), "{text}");
            if format == LogFormat::Json {
                let line: Value = serde_json::from_str(text.trim_end()).expect("JSON");
                assert_eq!(line["text"], hostile);
                assert_eq!(line["display"], hostile);
                assert_eq!(line["message"], hostile);
                assert_eq!(line["number"], Value::Null);
            }
        }
    }

    #[test]
    fn an_error_shows_its_causes() {
        let error = medcover_kernel::Error::internal("disk on fire");
        let text = lines_of(LogFormat::Json, || {
            tracing::error!(error = &error as &dyn std::error::Error, "could not save");
        });
        assert!(
            text.contains("Something went wrong on our side.: disk on fire"),
            "{text}"
        );
    }

    #[test]
    fn a_value_may_log_while_it_is_shown() {
        struct Chatty;
        impl std::fmt::Display for Chatty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                tracing::info!("inner");
                f.write_str("outer value")
            }
        }
        let text = lines_of(LogFormat::Json, || tracing::info!(value = %Chatty, "outer"));
        assert!(text.contains("outer value"), "{text}");
    }
}
