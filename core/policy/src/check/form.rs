//! The forms of single words.

/// What people call routes and upstreams.
pub(super) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// A path of parts, each of them something.
pub(super) fn is_path(text: &str) -> bool {
    let rest = text.strip_prefix('/').filter(|_| text.len() <= 512);
    rest.is_some_and(|rest| {
        rest.is_empty()
            || rest
                .split('/')
                .all(|part| !part.is_empty() && is_part(part))
    })
}

/// A part of a path: the characters that stand for themselves there, or `*` alone.
fn is_part(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~$:@!'(),;=+&%".contains(&byte);
    text == "*" || text.bytes().all(plain)
}

/// The name of a header, as RFC 9110 has it.
pub(super) fn is_token(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.len() <= 128 && text.bytes().all(good)
}

/// The value of a header.
pub(super) fn is_value(text: &str) -> bool {
    text.len() <= 1024 && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// A scheme, a host and perhaps a port.
pub(super) fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    host.is_some_and(|host| !host.is_empty() && host.len() <= 255 && host.bytes().all(good))
}
