//! Patterns fit what they say.

use medcover_cache::{MAX_PATTERN_BYTES, Pattern};
use proptest::prelude::*;

/// The plainest possible matcher.
fn fits(pattern: &[u8], key: &[u8]) -> bool {
    match pattern.split_first() {
        None => key.is_empty(),
        Some((b'*', rest)) => (0..=key.len()).any(|from| fits(rest, &key[from..])),
        Some((byte, rest)) => key.first() == Some(byte) && fits(rest, &key[1..]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn they_fit_what_the_plainest_matcher_fits(pattern in "[ab:*]{1,8}", key in "[ab:]{0,10}") {
        let parsed: Pattern = pattern.parse().expect("a pattern");
        prop_assert_eq!(parsed.matches(&key), fits(pattern.as_bytes(), key.as_bytes()));
    }
}

#[test]
fn a_hostile_pattern_takes_no_time() {
    let pattern: Pattern = "*a"
        .repeat(MAX_PATTERN_BYTES / 2)
        .parse()
        .expect("a pattern");
    assert!(!pattern.matches(&"a".repeat(127)));
    assert!(!pattern.matches(&format!("{}b", "a".repeat(500))));
}

#[test]
fn what_is_no_pattern_is_refused() {
    for text in ["", "a\n", &"a".repeat(MAX_PATTERN_BYTES + 1)] {
        text.parse::<Pattern>().expect_err(text);
    }
}

#[test]
fn a_pattern_is_about_one_name_space_or_all() {
    let space = |text: &str| {
        let pattern: Pattern = text.parse().expect("a pattern");
        pattern.space().map(str::to_owned)
    };
    assert_eq!(space("patients:*").as_deref(), Some("patients"));
    assert_eq!(space("patients:7").as_deref(), Some("patients"));
    assert_eq!(space("p*:7"), None);
    assert_eq!(space("*"), None);
    assert_eq!(Pattern::of_space("visits").as_str(), "visits:*");
}
