//! What is kept, dropped and set of the headers of a message on its way through.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::header::{
    CONNECTION, EXPECT, FORWARDED, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use medcover_http::{TIMEOUT_MS, TRACEPARENT, TRACESTATE};
use medcover_kernel::Call;
use medcover_telemetry::TracePlace;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What concerns one connection, whatever its `Connection` header lists.
const OF_THE_CONNECTION: [HeaderName; 9] = [
    CONNECTION,
    KEEP_ALIVE,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    PROXY_CONNECTION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// How a request came here.
#[derive(Clone, Copy)]
pub(crate) struct Came {
    /// The other end of its connection.
    pub(crate) from: IpAddr,
    pub(crate) encrypted: bool,
}

/// Drops what concerns one connection only.
pub(crate) fn keep_end_to_end(headers: &mut HeaderMap) {
    let listed = headers.get_all(CONNECTION).iter();
    let listed: Vec<HeaderName> = listed
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in OF_THE_CONNECTION.iter().chain(&listed) {
        headers.remove(name);
    }
}

/// Makes `headers` those of the request that is sent on in the place of one that `came`: `left` is until its
/// answer is of no more use.
pub(crate) fn send_on(headers: &mut HeaderMap, call: &Call, came: Option<Came>, left: Duration) {
    keep_end_to_end(headers);
    headers.remove(EXPECT);
    let host = headers.remove(HOST);
    if let Some(came) = came {
        let element = forwarded(came, host.as_ref());
        append(headers, FORWARDED, &element);
        append(headers, FORWARDED_FOR, &came.from.to_string());
    }
    set(headers, REQUEST_ID, &call.request.to_string());
    set(
        headers,
        TRACEPARENT,
        &TracePlace::parent_of(call).to_string(),
    );
    headers.remove(TRACESTATE);
    if let Some(state) = TracePlace::current().state() {
        set(headers, TRACESTATE, state);
    }
    set(headers, TIMEOUT_MS, &left.as_millis().to_string());
}

/// How long the caller waits for the answer, where they say so in a number.
pub(crate) fn waits(headers: &HeaderMap) -> Option<Duration> {
    let millis = headers.get(TIMEOUT_MS)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_millis(millis))
}

/// One element of `Forwarded` (RFC 7239).
fn forwarded(Came { from, encrypted }: Came, host: Option<&HeaderValue>) -> String {
    let proto = if encrypted { "https" } else { "http" };
    let node = match from {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("\"[{address}]\""),
    };
    let host = host.and_then(|host| host.to_str().ok());
    // A host with a quote in it is none, and would end the text early.
    match host.filter(|host| !host.contains(['"', '\\'])) {
        Some(host) => format!("for={node};host=\"{host}\";proto={proto}"),
        None => format!("for={node};proto={proto}"),
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    let value = HeaderValue::from_str(text).expect("ids, numbers and addresses are visible ASCII");
    headers.insert(name, value);
}

fn append(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    let value = HeaderValue::from_str(text).expect("a host of plain text and an address");
    headers.append(name, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn what_a_connection_lists_as_its_own_goes_no_further() {
        let mut headers = of(&[
            ("connection", "close, X-Private"),
            ("x-private", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("if-match", "\"v3\""),
            ("authorization", "Bearer t"),
        ]);
        keep_end_to_end(&mut headers);
        let mut kept: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, ["authorization", "if-match"]);
    }

    #[test]
    fn those_on_the_way_are_listed_in_order_and_nothing_breaks_out_of_its_quotes() {
        let mut headers = of(&[("host", "a\"b"), ("x-forwarded-for", "192.0.2.1")]);
        let call = Call::for_tests();
        let came = Came {
            from: IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
            encrypted: true,
        };
        send_on(
            &mut headers,
            &call,
            Some(came),
            Duration::from_millis(1_500),
        );
        assert_eq!(headers[FORWARDED], "for=\"[::1]\";proto=https");
        let on_the_way: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
        assert_eq!(on_the_way, ["192.0.2.1", "::1"]);
        assert_eq!(headers[TIMEOUT_MS], "1500");
        assert_eq!(headers[REQUEST_ID], call.request.to_string());
        assert!(!headers.contains_key(HOST));
    }
}
