//! Moments as the API writes them.

use std::fmt;

use medcover_kernel::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

/// A moment, in JSON as RFC 3339: read with any offset, written in UTC with six decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-05-04T09:30:00Z")]
pub struct Moment(pub Timestamp);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        moment.0
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl de::Visitor<'_> for Text {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a moment by RFC 3339 with its offset, such as 2026-05-04T09:30:00Z")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
        let read = text.parse::<jiff::Timestamp>();
        let read = read.map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))?;
        Ok(Moment(Timestamp::from_micros(read.as_microsecond())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_an_offset_and_is_written_in_utc() {
        let read = |text: &str| serde_json::from_str::<Moment>(&format!("{text:?}"));
        let autumn = read("2026-10-25T02:30:00+02:00").expect("before the clocks change");
        let again = read("2026-10-25T02:30:00+01:00").expect("after");
        assert_eq!(again.0.since(autumn.0).as_secs(), 3_600);
        assert_eq!(
            serde_json::to_string(&autumn).expect("text"),
            "\"2026-10-25T00:30:00.000000Z\""
        );
        for bad in ["2026-10-25T02:30:00", "2026-02-30T00:00:00Z", "now", ""] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
