//! Time zones by their IANA names, from the database that is part of the program: every process of an installation knows
//! the same zones, whatever its machine has.

use std::sync::OnceLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use medcover_kernel::{Error, Result, Timestamp};

use super::span::instant;

fn database() -> &'static TimeZoneDatabase {
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    DATABASE.get_or_init(TimeZoneDatabase::bundled)
}

/// The zone `name`.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    database().get(name).ok()
}

/// The name of a zone as IANA writes it; refused, with `pointer`, where there is none such.
pub(crate) fn zone_name(pointer: &'static str, given: &str) -> Result<String> {
    let found = zone(given.trim());
    let name = found.as_ref().and_then(TimeZone::iana_name);
    name.map(str::to_owned).ok_or_else(|| {
        Error::invalid(
            pointer,
            "must be the IANA name of a time zone, such as Europe/Rome",
        )
    })
}

/// `at` by the clock of `zone`, with offset and name.
pub(crate) fn local(at: Timestamp, zone: &TimeZone) -> String {
    instant(at).to_zoned(zone.clone()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_iana_names_and_no_others() {
        assert_eq!(
            zone_name("/zone", "europe/rome").expect("a zone"),
            "Europe/Rome"
        );
        for bad in ["", "Rome", "+02:00", "CEST", "Europe/Atlantis"] {
            assert!(zone_name("/zone", bad).is_err(), "{bad}");
        }
        let rome = zone("Europe/Rome").expect("a zone");
        let at = Timestamp::from_micros(1_777_885_200_000_000);
        assert_eq!(local(at, &rome), "2026-05-04T11:00:00+02:00[Europe/Rome]");
    }
}
