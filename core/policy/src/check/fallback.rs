//! What may be said of fallbacks.

use serde_json::Value;

use super::Check;
use super::form::is_value;
use crate::fallback::{FallbackRules, FixedAnswer};

/// The longest body of a fixed answer, in bytes.
const MAX_BODY: usize = 16 * 1024;

impl Check<'_> {
    pub(super) fn fallback(&mut self, at: &str, rules: &FallbackRules) {
        let FallbackRules { to, answer } = rules;
        let given = to.is_some() || answer.is_some();
        self.that(given, at.to_owned(), "must have `to` or an answer");
        if let Some(to) = to {
            self.known(format!("{at}.to"), to);
        }
        if let Some(answer) = answer {
            self.fixed(&format!("{at}.answer"), answer);
        }
    }

    fn fixed(&mut self, at: &str, answer: &FixedAnswer) {
        // Of those left out, some have no body and others mean something only with headers of their own.
        let good =
            matches!(answer.status, 200..=203 | 207..=299 | 400 | 402..=404 | 406 | 408..=599);
        let detail = "must be one of 200 to 299 or 400 to 599 that stands with a body alone";
        self.that(good, format!("{at}.status"), detail);
        let kind = &answer.content_type;
        let good = is_value(kind) && kind.contains('/');
        let detail = "must be a kind of content such as application/json";
        self.that(good, format!("{at}.content_type"), detail);
        let place = format!("{at}.body");
        let few = answer.body.len() <= MAX_BODY;
        self.that(few, place.clone(), "may have 16384 bytes");
        let json = !is_json(kind) || serde_json::from_str::<Value>(&answer.body).is_ok();
        self.that(json, place, "must be JSON, as its kind of content says");
    }
}

fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json")
}
