//! The query of a request.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use medcover_kernel::Error;
use serde::de::DeserializeOwned;

use super::pairs::{self, Pair, PairFault};
use crate::problem::Problem;

/// The query as the struct `T`. Refused with every field at fault: unknown names, names given twice, values of the wrong
/// type, and text that is not well encoded.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> Query<T> {
    /// Reads a query as it stands after the question mark.
    pub fn read(query: &str) -> Result<T, Error> {
        pairs::read(|| split(query))
    }
}

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Self::read(query)?))
    }
}

fn split(query: &str) -> impl Iterator<Item = Result<Pair<'_>, PairFault>> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = decode(name).map_err(|fault| PairFault::of(name, fault))?;
        match decode(value) {
            Ok(value) => Ok((name, value)),
            Err(fault) => Err(PairFault::of(name, fault)),
        }
    })
}

/// Undoes `%41` and `+`.
fn decode(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let Some(first) = text.bytes().position(|byte| matches!(byte, b'%' | b'+')) else {
        return Ok(Cow::Borrowed(text));
    };
    let (plain, rest) = text.as_bytes().split_at(first);
    let mut decoded = Vec::with_capacity(text.len());
    decoded.extend_from_slice(plain);
    let mut bytes = rest.iter();
    while let Some(&byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => match (hex(bytes.next()), hex(bytes.next())) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err("has a % that two hexadecimal digits do not follow"),
            },
            plain => plain,
        });
    }
    String::from_utf8(decoded)
        .map(Cow::Owned)
        .map_err(|_| "is not UTF-8 once decoded")
}

fn hex(digit: Option<&u8>) -> Option<u8> {
    char::from(*digit?)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Whether every `%` of `text` is followed by two hexadecimal digits.
pub(super) fn well_encoded(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%'
            && (hex(bytes.next().as_ref()).is_none() || hex(bytes.next().as_ref()).is_none())
        {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_kernel::Limit;
    use proptest::prelude::*;
    use serde::Deserialize;
    use std::fmt::Write as _;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Order {
        Score,
        Code,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Search {
        #[serde(alias = "query")]
        q: String,
        limit: Option<Limit>,
        #[serde(default)]
        fuzzy: bool,
        order: Option<Order>,
        least: Option<f64>,
        page: Option<u8>,
    }

    fn faults(query: &str) -> Vec<(String, String)> {
        Query::<Search>::read(query)
            .expect_err("at fault")
            .faults()
            .iter()
            .map(|fault| (fault.pointer.to_string(), fault.detail.to_string()))
            .collect()
    }

    #[test]
    fn reads_every_kind_of_value() {
        let search =
            Query::<Search>::read("query=a%20b+%C3%A9&limit=5&fuzzy=true&order=code&least=0.5&&")
                .expect("well-formed");
        assert_eq!(
            search,
            Search {
                q: "a b é".to_owned(),
                limit: Some(Limit::new(5).expect("in range")),
                fuzzy: true,
                order: Some(Order::Code),
                least: Some(0.5),
                page: None,
            }
        );
    }

    #[test]
    fn names_every_field_at_fault() {
        let found = faults("limit=0&fuzzy=yes&order=size&least=NaN&page=300&colour=red&q=%ff");
        let expect = [
            ("/q", "is not UTF-8 once decoded"),
            ("/limit", "must be between 1 and 100"),
            ("/fuzzy", "must be true or false"),
            ("/order", "must be one of score, code"),
            ("/least", "must be a number"),
            ("/page", "must be a whole number from 0 to 255"),
            (
                "/colour",
                "is not known; the parameters are query, q, limit, fuzzy, order, least, page",
            ),
        ];
        for (pointer, detail) in expect {
            let fault = found.iter().find(|(at, _)| at == pointer);
            let fault = fault.unwrap_or_else(|| panic!("{pointer} not in {found:?}"));
            if pointer == "/colour" {
                assert!(fault.1.starts_with("is not known; the parameters are"));
            } else {
                assert_eq!(fault.1, detail);
            }
        }
        assert_eq!(found.len(), expect.len());
    }

    #[test]
    fn refuses_what_is_missing_or_given_twice() {
        assert_eq!(faults(""), [("/q".to_owned(), "is required".to_owned())]);
        for twice in ["q=a&q=b", "q=a&query=b"] {
            let expected = ("/q".to_owned(), "is given more than once".to_owned());
            assert_eq!(faults(twice), [expected]);
        }
    }

    #[test]
    fn refuses_broken_encoding_and_endless_lists() {
        for query in ["q=%", "q=%4", "q=%zz", "%zz=1&q=1"] {
            assert_eq!(faults(query).len(), 1, "{query}");
        }
        let many = "q=1&".repeat(1_000);
        assert!(!faults(&many).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_survives_encoding(text in ".{0,60}") {
            let mut encoded = String::new();
            for byte in text.bytes() {
                write!(encoded, "%{byte:02X}").expect("writing to a string succeeds");
            }
            prop_assert_eq!(&*decode(&encoded).expect("encoded"), text);
        }

        #[test]
        fn never_panics(query in ".{0,200}") {
            let _ = Query::<Search>::read(&query);
            let _ = well_encoded(&query);
        }
    }
}
