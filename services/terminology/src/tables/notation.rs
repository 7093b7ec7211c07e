//! Codes in the notation of the tables.

/// Characters of a category, before the dot.
const CATEGORY: usize = 3;
/// The longest code, without its dot.
const LONGEST: usize = 7;

/// A code as the tables have it, from any notation: `e1165` is `E11.65`. Nothing for what is no code, block or chapter.
pub(super) fn written(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() <= 2 && !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
        return Some(text.to_owned());
    }
    let kept = text.chars().filter(|c| !matches!(c, '.' | ' ' | '\t'));
    let key: String = kept.map(|c| c.to_ascii_uppercase()).collect();
    let shaped = key.bytes().zip(0..).all(|(byte, place)| match place {
        0 => byte.is_ascii_uppercase(),
        1 => byte.is_ascii_digit(),
        _ => byte.is_ascii_alphanumeric() || byte == b'-',
    });
    if !shaped || key.len() < 2 {
        return None;
    }
    if key.contains('-') {
        return Some(key);
    }
    if key.len() > LONGEST {
        return None;
    }
    Some(match key.get(CATEGORY..) {
        Some(rest) if !rest.is_empty() => format!("{}.{rest}", &key[..CATEGORY]),
        _ => key,
    })
}

/// A code and its beginnings, a category at least; the code itself the last.
pub(super) fn beginnings(code: &str) -> Vec<String> {
    let Some(whole) = written(code) else {
        return Vec::new();
    };
    if whole.contains('-') || whole.len() <= CATEGORY {
        return vec![whole];
    }
    let ends = (CATEGORY..=whole.len()).filter(|end| *end != CATEGORY + 1);
    ends.map(|end| whole[..end].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_any_notation() {
        for (text, code) in [
            ("e1165", Some("E11.65")),
            (" e11.65 ", Some("E11.65")),
            ("E11", Some("E11")),
            ("e1", Some("E1")),
            ("e08-e13", Some("E08-E13")),
            ("4", Some("4")),
            ("asthma", None),
            ("E1165000000", None),
            ("", None),
            ("é1", None),
        ] {
            assert_eq!(written(text).as_deref(), code, "{text:?}");
        }
    }

    #[test]
    fn beginnings_end_with_the_code_itself() {
        assert_eq!(
            beginnings("s5200xa"),
            ["S52", "S52.0", "S52.00", "S52.00X", "S52.00XA"]
        );
        assert_eq!(beginnings("E11"), ["E11"]);
        assert!(beginnings("heart attack").is_empty());
    }
}
