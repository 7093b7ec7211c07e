//! Holds the colours of the style sheet to WCAG 2.2: text has a contrast of at least 4.5 to what it stands on, borders
//! of controls one of 3.

const SHEET: &str = include_str!("../static/console.css");

/// Text, and what it may stand on.
const TEXTS: [(&str, &[&str]); 8] = [
    (
        "ink",
        &[
            "page",
            "card",
            "hover",
            "mark",
            "plain-ground",
            "good-ground",
            "warn-ground",
        ],
    ),
    ("quiet", &["page", "card", "hover", "plain-ground"]),
    (
        "accent",
        &["page", "card", "hover", "plain-ground", "good-ground"],
    ),
    ("on-accent", &["accent"]),
    ("good", &["good-ground", "card", "hover"]),
    ("plain", &["plain-ground", "page", "card", "hover"]),
    ("warn", &["warn-ground"]),
    ("bad", &["bad-ground", "card"]),
];
const BORDERS: [(&str, &[&str]); 1] = [("edge", &["page", "card"])];

/// The two colours of `name`: light and dark.
fn pair(name: &str) -> [u32; 2] {
    let start = format!("--{name}: light-dark(#");
    let (_, rest) = SHEET
        .split_once(&start)
        .unwrap_or_else(|| panic!("no {name}"));
    let (light, rest) = rest.split_once(", #").expect("two colours");
    let (dark, _) = rest.split_once(')').expect("two colours");
    [light, dark].map(|hex| u32::from_str_radix(hex, 16).expect("six digits"))
}

fn luminance(colour: u32) -> f64 {
    let channel = |shift: u32| {
        let value = f64::from(colour >> shift & 0xff) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

fn contrast(one: u32, other: u32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn holds(fronts: &[(&str, &[&str])], least: f64) {
    for (front, grounds) in fronts {
        for ground in *grounds {
            let (fronts, grounds) = (pair(front), pair(ground));
            for theme in [0, 1] {
                let found = contrast(fronts[theme], grounds[theme]);
                assert!(
                    found >= least,
                    "{front} on {ground}, theme {theme}: {found:.2}"
                );
            }
        }
    }
}

#[test]
fn text_can_be_read_in_light_and_dark() {
    assert!((contrast(0x00_0000, 0xff_ffff) - 21.0).abs() < 0.01);
    holds(&TEXTS, 4.5);
}

#[test]
fn borders_of_controls_can_be_seen() {
    holds(&BORDERS, 3.0);
}
