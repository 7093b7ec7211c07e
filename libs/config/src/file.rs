//! The file layer: TOML whose every value remembers its line.

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, Origin};
use crate::tree::join;

/// A value given by the file.
pub(crate) struct Given {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) line: usize,
}

/// Reads `text`: every value with its line, or every fault of the syntax.
pub(crate) fn read(name: &str, text: &str) -> Result<Vec<Given>, Vec<Fault>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let mut faults: Vec<_> = errors
            .iter()
            .map(|error| (error.span().map_or(0, |span| span.start), error))
            .collect();
        faults.sort_by_key(|(start, _)| *start);
        let fault = |(start, error): (usize, &toml::de::Error)| Fault {
            origin: Origin::File {
                name: name.to_owned(),
                line: line_at(text, start),
            },
            // Not `to_string`, which quotes the line: it may hold a secret.
            message: error.message().to_owned(),
        };
        return Err(faults.into_iter().map(fault).collect());
    }
    let mut given = Vec::new();
    collect(text, "", table.get_ref(), &mut given);
    Ok(given)
}

fn collect(text: &str, prefix: &str, table: &DeTable<'_>, given: &mut Vec<Given>) {
    for (name, value) in table {
        let key = join(prefix, name.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => collect(text, &key, inner, given),
            leaf => given.push(Given {
                key,
                value: to_json(leaf),
                line: line_at(text, name.span().start),
            }),
        }
    }
}

fn to_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_or_else(|_| Value::String(integer.to_string()), Value::from),
        DeValue::Float(float) => float
            .as_str()
            .parse::<f64>()
            .map_or_else(|_| Value::String(float.to_string()), Value::from),
        DeValue::Boolean(boolean) => Value::Bool(*boolean),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(items) => items
            .iter()
            .map(|item: &Spanned<DeValue<'_>>| to_json(item.get_ref()))
            .collect(),
        DeValue::Table(table) => Value::Object(
            table
                .iter()
                .map(|(name, value)| (name.get_ref().to_string(), to_json(value.get_ref())))
                .collect::<Map<_, _>>(),
        ),
    }
}

fn line_at(text: &str, byte: usize) -> usize {
    let before = &text.as_bytes()[..byte.min(text.len())];
    before.split(|&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_lines() {
        let given =
            read("f", "# first\n[a]\nb = 0x10\n\n[a.c]\nd = [\"x\", 2]\n").expect("well-formed");
        let seen: Vec<_> = given
            .iter()
            .map(|g| (g.key.as_str(), g.value.to_string(), g.line))
            .collect();
        assert_eq!(
            seen,
            [
                ("a.b", "16".to_owned(), 3),
                ("a.c.d", "[\"x\",2]".to_owned(), 6)
            ]
        );
    }

    #[test]
    fn reports_every_fault_of_syntax_without_quoting_it() {
        let faults = read("f", "password = hunter2\nok = 1\nalso = =\n")
            .err()
            .expect("ill-formed");
        assert!(faults.len() >= 2, "{faults:?}");
        assert!(
            faults
                .iter()
                .all(|fault| !fault.message.contains("hunter2"))
        );
        assert_eq!(
            faults[0].origin,
            Origin::File {
                name: "f".to_owned(),
                line: 1
            }
        );
    }
}
