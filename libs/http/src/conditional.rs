//! Answers that a client may hold already: `ETag` and 304.

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

/// Names one state of one resource; equal tags mean equal answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(HeaderValue);

impl ETag {
    /// The tag of the answer that `version`, the checksum of the data it is made from, gives to `uri`.
    pub fn of(version: &[u8], uri: &Uri) -> Self {
        Self::of_resource(version, resource(uri))
    }

    /// The tag of an answer by its bytes.
    pub fn of_body(body: &[u8]) -> Self {
        Self::of_resource(body, 0)
    }

    fn of_resource(version: &[u8], resource: u64) -> Self {
        let mut hasher = DefaultHasher::new();
        // Another version of the program may answer the same data otherwise.
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        version.hash(&mut hasher);
        resource.hash(&mut hasher);
        let tag = quoted_hex(hasher.finish());
        Self(HeaderValue::from_bytes(&tag).expect("hexadecimal digits in quotes"))
    }

    /// Whether the header `If-None-Match` lists this tag. The comparison is the weak one, as RFC 9110 has it here: a tag
    /// that compression has weakened still fits.
    fn listed_in(&self, header: &HeaderValue) -> bool {
        header.as_bytes().split(|&byte| byte == b',').any(|listed| {
            let listed = listed.trim_ascii();
            opaque(listed) == opaque(self.0.as_bytes())
        })
    }

    /// The same tag as a weak one.
    #[must_use]
    fn weak(self) -> Self {
        let weak = [b"W/", opaque(self.0.as_bytes())].concat();
        Self(HeaderValue::from_bytes(&weak).expect("a tag after its mark"))
    }

    /// The answer that the client's copy is still good.
    pub fn not_modified(self) -> Response {
        self.on(StatusCode::NOT_MODIFIED)
    }

    /// Puts the tag on an answer.
    pub fn on(self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        response.headers_mut().insert(ETAG, self.0);
        response
    }
}

/// `response`, unless it is whole and whoever asked holds it, as `if_none_match` says.
pub(crate) fn unless_held(response: Response, if_none_match: Option<&HeaderValue>) -> Response {
    let (Some(held), StatusCode::OK) = (if_none_match, response.status()) else {
        return response;
    };
    match response.headers().get(ETAG).cloned().map(ETag) {
        Some(tag) if held == "*" || tag.listed_in(held) => tag.not_modified(),
        _ => response,
    }
}

/// A tag without its mark of weakness.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

fn resource(uri: &Uri) -> u64 {
    let mut hasher = DefaultHasher::new();
    uri.path_and_query()
        .map(axum::http::uri::PathAndQuery::as_str)
        .hash(&mut hasher);
    hasher.finish()
}

fn quoted_hex(hash: u64) -> [u8; 18] {
    let mut tag = [b'"'; 18];
    for (place, digit) in tag[1..17].iter_mut().enumerate() {
        let nibble = (hash >> (60 - 4 * place)) & 0xf;
        *digit = b"0123456789abcdef"[nibble as usize];
    }
    tag
}

/// What the client holds of the resource it asks for. Take it as a parameter of a GET handler.
#[derive(Clone, Debug)]
pub struct Conditional {
    if_none_match: Option<HeaderValue>,
    resource: u64,
}

impl Conditional {
    /// Answers 304 when the client holds what `version` gives; else the answer of `make`, tagged if it succeeds. Equal
    /// versions must give equal bytes.
    pub fn answer<R: IntoResponse>(&self, version: &[u8], make: impl FnOnce() -> R) -> Response {
        self.answer_under(self.tag(version), make)
    }

    /// The same with a weak tag, for answers that say the same but not in the same bytes: one tells how long it took.
    pub fn answer_alike<R: IntoResponse>(
        &self,
        version: &[u8],
        make: impl FnOnce() -> R,
    ) -> Response {
        self.answer_under(self.tag(version).weak(), make)
    }

    fn answer_under<R: IntoResponse>(&self, tag: ETag, make: impl FnOnce() -> R) -> Response {
        if self.holds(&tag) {
            return tag.not_modified();
        }
        let response = make().into_response();
        if response.status() != StatusCode::OK {
            return response;
        }
        match &self.if_none_match {
            // "Any state at all": known to hold only now that there is one.
            Some(any) if any == "*" => tag.not_modified(),
            _ => tag.on(response),
        }
    }

    /// The tag of the resource asked for, in the state `version`.
    pub fn tag(&self, version: &[u8]) -> ETag {
        ETag::of_resource(version, self.resource)
    }

    /// Whether the client holds the state `tag`.
    pub fn holds(&self, tag: &ETag) -> bool {
        self.if_none_match
            .as_ref()
            .is_some_and(|header| tag.listed_in(header))
    }
}

impl<S: Sync> FromRequestParts<S> for Conditional {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            if_none_match: parts.headers.get(IF_NONE_MATCH).cloned(),
            resource: resource(&parts.uri),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(if_none_match: Option<&str>) -> Conditional {
        Conditional {
            if_none_match: if_none_match.map(|text| HeaderValue::from_str(text).expect("a value")),
            resource: resource(&Uri::from_static("/a?b=1")),
        }
    }

    #[test]
    fn a_held_state_is_not_made_again() {
        let first = asked(None).answer(b"v1", || "body");
        let tag = first.headers()[ETAG].to_str().expect("text").to_owned();
        for header in [
            tag.clone(),
            format!("\"x\", W/{tag}"),
            format!("{tag},\"y\""),
        ] {
            let again = asked(Some(&header)).answer(b"v1", || -> &str { panic!("made again") });
            assert_eq!(again.status(), 304);
            assert_eq!(again.headers()[ETAG], tag);
        }
        assert_eq!(asked(Some(&tag)).answer(b"v2", || "body").status(), 200);
    }

    #[test]
    fn answers_that_are_only_alike_carry_a_weak_tag() {
        let first = asked(None).answer_alike(b"v1", || "took 1");
        let tag = first.headers()[ETAG].to_str().expect("text").to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        let again = asked(Some(&tag)).answer_alike(b"v1", || -> &str { panic!("made again") });
        assert_eq!(again.status(), 304);
        assert_eq!(
            asked(Some(&tag)).answer_alike(b"v2", || "took 2").status(),
            200
        );
    }

    #[test]
    fn errors_carry_no_tag() {
        for header in [None, Some("*")] {
            let answer = asked(header).answer(b"v", || StatusCode::NOT_FOUND);
            assert_eq!(answer.status(), 404);
            assert!(!answer.headers().contains_key(ETAG));
        }
        assert_eq!(asked(Some("*")).answer(b"v", || "body").status(), 304);
    }

    #[test]
    fn path_query_and_version_make_the_tag() {
        let of = |version: &[u8], uri| ETag::of(version, &Uri::from_static(uri));
        assert_eq!(of(b"1", "/a?b=1"), of(b"1", "/a?b=1"));
        assert_ne!(of(b"1", "/a?b=1"), of(b"1", "/a?b=2"));
        assert_ne!(of(b"1", "/a"), of(b"2", "/a"));
    }
}
