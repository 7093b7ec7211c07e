//! Dotted keys in a tree of JSON values, and the names near a wrong one.

use serde_json::{Map, Value};

/// What the defaults know about a key.
pub(crate) enum Known<'a> {
    /// The key has this default.
    Default(&'a Value),
    /// The key lies below an unset option or in a map whose keys are free, so only its type can judge it.
    Free,
    /// There is no such key; these are its siblings.
    Unknown(&'a Map<String, Value>),
}

/// Looks `key` up among `defaults`.
pub(crate) fn lookup<'a>(defaults: &'a Value, key: &str) -> Known<'a> {
    let mut at = defaults;
    for part in key.split('.') {
        match at {
            Value::Null => return Known::Free,
            Value::Object(map) if map.is_empty() && !std::ptr::eq(at, defaults) => {
                return Known::Free;
            }
            Value::Object(map) => match map.get(part) {
                Some(value) => at = value,
                None => return Known::Unknown(map),
            },
            // A key below a plain value: the type of that value refuses it.
            _ => return Known::Default(at),
        }
    }
    Known::Default(at)
}

/// Puts `value` at `key`, making the tables on the way.
pub(crate) fn insert(tree: &mut Value, key: &str, value: Value) {
    let mut at = tree;
    for part in key.split('.') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let map = at.as_object_mut().expect("made an object just above");
        at = map.entry(part).or_insert(Value::Null);
    }
    *at = value;
}

/// Calls `see` with the dotted key and value of every leaf; an empty table is a leaf.
pub(crate) fn leaves(tree: &Value, prefix: &str, see: &mut impl FnMut(&str, &Value)) {
    match tree {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                leaves(value, &join(prefix, key), see);
            }
        }
        leaf => see(prefix, leaf),
    }
}

/// `prefix` and `key` with a dot between them.
pub(crate) fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() {
        key.to_owned()
    } else {
        format!("{prefix}.{key}")
    }
}

/// The known key that `key` was probably meant to be: a sibling with a name like it, else the same name elsewhere.
pub(crate) fn nearest(
    defaults: &Value,
    siblings: &Map<String, Value>,
    key: &str,
) -> Option<String> {
    let wrong = wrong_part(defaults, key);
    let near = |name: &str| {
        let edits = edits(wrong.name, name);
        (edits <= name.len().max(3) / 3).then_some(edits)
    };
    let sibling = siblings
        .keys()
        .filter_map(|name| Some((near(name)?, join(wrong.parent, name))))
        .min();
    if let Some((_, sibling)) = sibling {
        return Some(sibling);
    }
    let last = key.rsplit('.').next().unwrap_or(key);
    let mut elsewhere = None;
    leaves(defaults, "", &mut |full, _| {
        if full.rsplit('.').next() == Some(last) {
            elsewhere.get_or_insert(full.to_owned());
        }
    });
    elsewhere
}

struct WrongPart<'k> {
    parent: &'k str,
    name: &'k str,
}

/// The first part of `key` that the defaults do not know.
fn wrong_part<'k>(defaults: &Value, key: &'k str) -> WrongPart<'k> {
    let mut at = defaults;
    let mut start = 0;
    for part in key.split('.') {
        match at.get(part) {
            Some(value) => at = value,
            None => {
                return WrongPart {
                    parent: key[..start].trim_end_matches('.'),
                    name: part,
                };
            }
        }
        start += part.len() + 1;
    }
    WrongPart {
        parent: "",
        name: key,
    }
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn suggestion(key: &str) -> Option<String> {
        let defaults = json!({"http": {"slow_ms": 5, "listen": "x"}, "log": {"level": "info"}});
        match lookup(&defaults, key) {
            Known::Unknown(siblings) => nearest(&defaults, siblings, key),
            _ => panic!("{key} is known"),
        }
    }

    #[test]
    fn suggests_a_sibling_then_the_same_name_elsewhere() {
        assert_eq!(suggestion("http.slwo_ms").as_deref(), Some("http.slow_ms"));
        assert_eq!(suggestion("htp.listen").as_deref(), Some("http"));
        assert_eq!(suggestion("http.level").as_deref(), Some("log.level"));
        assert_eq!(suggestion("http.zzzzzz"), None);
    }

    #[test]
    fn a_swap_is_one_edit() {
        assert_eq!(edits("limti", "limit"), 1);
        assert_eq!(edits("", "abc"), 3);
    }

    #[test]
    fn an_empty_map_takes_any_key() {
        let defaults = json!({"labels": {}, "option": null});
        assert!(matches!(lookup(&defaults, "labels.x.y"), Known::Free));
        assert!(matches!(lookup(&defaults, "option.x"), Known::Free));
        assert!(matches!(lookup(&defaults, "other"), Known::Unknown(_)));
    }
}
