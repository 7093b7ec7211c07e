use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use medcover_identity::{
    FetchedKeys, Jwk, Jwks, KeyRing, MAX_TOKEN_BYTES, TokenFault, TokenKind, Verified,
};
use medcover_kernel::{Error, ErrorKind, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{AUDIENCE, ISSUER, LIFE, grant, id, issuer, now, ring};

fn token(ring: &KeyRing) -> String {
    let key = ring.signer(now()).expect("it signs");
    let token = issuer().issue(
        TokenKind::Access,
        &grant(),
        AUDIENCE,
        (now(), LIFE),
        id(1),
        key,
    );
    token.reveal().to_owned()
}

fn verify_at(ring: &KeyRing, token: &str, now: Timestamp) -> Result<Verified, TokenFault> {
    let verifier = issuer().verifier(AUDIENCE);
    verifier.verify(TokenKind::Access, token, ring, now)
}

fn refused(ring: &KeyRing, token: &str) -> Option<TokenFault> {
    verify_at(ring, token, now()).err()
}

/// A key of the attacker's choice, published by the victim where that is what a case is about.
struct Forger {
    key: SigningKey,
    keys: FetchedKeys,
}

impl Forger {
    fn new() -> Self {
        let key = SigningKey::from_bytes(&[7; 32]);
        let jwk = Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            usage: "sig".to_owned(),
            alg: "EdDSA".to_owned(),
            kid: "k".to_owned(),
            x: URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
        };
        let keys = FetchedKeys::from(&Jwks { keys: vec![jwk] });
        Self { key, keys }
    }

    fn sign(&self, head: &Value, claims: &Value) -> String {
        let message = message(head, claims);
        let signature = self.key.sign(message.as_bytes()).to_bytes();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn refused(&self, token: &str) -> Option<TokenFault> {
        let verifier = issuer().verifier(AUDIENCE);
        verifier
            .verify(TokenKind::Access, token, &self.keys, now())
            .err()
    }
}

fn message(head: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(head), encode(claims))
}

fn head() -> Value {
    json!({"typ": "at+jwt", "alg": "EdDSA", "kid": "k"})
}

fn claims() -> Value {
    let seconds = now().as_micros() / 1_000_000;
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "user:00000000-0000-0000-0000-000000000007",
        "exp": seconds + 300, "nbf": seconds, "iat": seconds, "jti": "00000000-0000-0000-0000-000000000001",
        "tenant": "00000000-0000-0000-0000-000000000003", "scope": "audit.read", "purpose": "treatment",
    })
}

/// `value` with one member put in its place, or taken away.
fn with(mut value: Value, member: &str, change: Value) -> Value {
    let members = value.as_object_mut().expect("an object");
    match change {
        Value::Null => members.remove(member),
        change => members.insert(member.to_owned(), change),
    };
    value
}

#[test]
fn a_good_token_says_what_was_granted() {
    let ring = ring(1);
    let verified = verify_at(&ring, &token(&ring), now()).expect("it holds");
    assert_eq!(verified.grant, grant());
    assert_eq!(verified.id, id(1));
    assert_eq!(verified.expires_at, now().plus(LIFE));
    let forger = Forger::new();
    assert_eq!(forger.refused(&forger.sign(&head(), &claims())), None);
}

#[test]
fn it_holds_no_name_and_no_more_claims_than_these() {
    let ring = ring(1);
    let token = token(&ring);
    let part = |at| {
        let part = token.split('.').nth(at).expect("three parts");
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice::<Value>(&bytes).expect("JSON")
    };
    let names = |value: &Value| {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&part(0)), ["alg", "kid", "typ"]);
    assert_eq!(
        names(&part(1)),
        [
            "aud", "exp", "iat", "iss", "jti", "nbf", "purpose", "scope", "sid", "sub", "tenant"
        ]
    );
}

#[test]
fn time_counts_with_ten_seconds_of_leeway() {
    let ring = ring(1);
    let token = token(&ring);
    let after = |seconds| now().plus(Duration::from_secs(seconds));
    assert!(verify_at(&ring, &token, after(309)).is_ok());
    assert_eq!(
        verify_at(&ring, &token, after(310)).err(),
        Some(TokenFault::Expired)
    );
    let before = |seconds: i64| Timestamp::from_micros(now().as_micros() - seconds * 1_000_000);
    assert!(verify_at(&ring, &token, before(10)).is_ok());
    assert_eq!(
        verify_at(&ring, &token, before(11)).err(),
        Some(TokenFault::NotYet)
    );
}

#[test]
fn another_key_another_kind_and_another_audience_are_refused() {
    let (ours, theirs) = (ring(1), ring(2));
    assert_eq!(
        refused(&ours, &token(&theirs)),
        Some(TokenFault::UnknownKey)
    );
    let key = ours.signer(now()).expect("it signs");
    let of = |kind, audience: &str| {
        let token = issuer().issue(kind, &grant(), audience, (now(), LIFE), id(1), key);
        refused(&ours, token.reveal())
    };
    assert_eq!(
        of(TokenKind::Access, "elsewhere"),
        Some(TokenFault::Audience)
    );
    assert_eq!(of(TokenKind::Service, AUDIENCE), Some(TokenFault::Kind));
    assert_eq!(of(TokenKind::Access, AUDIENCE), None);
    let service = issuer().verifier(AUDIENCE);
    let shown = service.verify(TokenKind::Service, &token(&ours), &ours, now());
    assert_eq!(shown.err(), Some(TokenFault::Kind));
}

#[test]
fn a_long_life_is_cut_when_issued_and_refused_when_claimed() {
    let ours = ring(1);
    let key = ours.signer(now()).expect("it signs");
    let days = Duration::from_hours(48);
    let token = issuer().issue(
        TokenKind::Access,
        &grant(),
        AUDIENCE,
        (now(), days),
        id(1),
        key,
    );
    let verified = verify_at(&ours, token.reveal(), now()).expect("it holds");
    assert_eq!(
        verified.expires_at,
        now().plus(TokenKind::Access.longest_life())
    );
    let forger = Forger::new();
    let seconds = now().as_micros() / 1_000_000;
    let long = with(claims(), "exp", json!(seconds + 1_000_000));
    assert_eq!(
        forger.refused(&forger.sign(&head(), &long)),
        Some(TokenFault::Life)
    );
}

#[test]
fn the_head_cannot_choose() {
    let forger = Forger::new();
    for (member, value, fault) in [
        ("alg", json!("none"), TokenFault::Algorithm),
        ("alg", json!("None"), TokenFault::Algorithm),
        ("alg", json!("HS256"), TokenFault::Algorithm),
        ("alg", json!("RS256"), TokenFault::Algorithm),
        ("alg", json!("ES256"), TokenFault::Algorithm),
        ("alg", json!(7), TokenFault::Malformed),
        ("alg", Value::Null, TokenFault::Malformed),
        ("typ", json!("JWT"), TokenFault::Kind),
        ("typ", Value::Null, TokenFault::Kind),
        ("kid", json!("other"), TokenFault::UnknownKey),
        ("kid", json!("../k"), TokenFault::UnknownKey),
        ("kid", Value::Null, TokenFault::UnknownKey),
        ("crit", json!(["b64"]), TokenFault::Head),
        (
            "jku",
            json!("https://attacker.example/keys"),
            TokenFault::Head,
        ),
        (
            "x5u",
            json!("https://attacker.example/cert"),
            TokenFault::Head,
        ),
        (
            "jwk",
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
            TokenFault::Head,
        ),
    ] {
        let head = with(head(), member, value.clone());
        let token = forger.sign(&head, &claims());
        assert_eq!(forger.refused(&token), Some(fault), "{member}: {value}");
    }
}

#[test]
fn a_token_without_signature_is_refused_whatever_its_head_says() {
    let forger = Forger::new();
    for algorithm in ["none", "EdDSA"] {
        let message = message(&with(head(), "alg", json!(algorithm)), &claims());
        for token in [
            format!("{message}."),
            message.clone(),
            format!("{message}.AAAA"),
        ] {
            assert!(forger.refused(&token).is_some(), "{token}");
        }
    }
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let forger = Forger::new();
    let message = message(&with(head(), "alg", json!("HS256")), &claims());
    let public = forger.key.verifying_key();
    let mut mac = Hmac::<Sha256>::new_from_slice(public.as_bytes()).expect("any length will do");
    mac.update(message.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    assert_eq!(
        forger.refused(&format!("{message}.{signature}")),
        Some(TokenFault::Algorithm)
    );
}

#[test]
fn every_claim_must_be_there_and_make_sense() {
    let forger = Forger::new();
    for member in [
        "iss", "aud", "sub", "exp", "nbf", "iat", "jti", "tenant", "scope", "purpose",
    ] {
        let token = forger.sign(&head(), &with(claims(), member, Value::Null));
        assert_eq!(
            forger.refused(&token),
            Some(TokenFault::Claims),
            "without {member}"
        );
    }
    for (member, value, fault) in [
        ("iss", json!("https://attacker.example"), TokenFault::Issuer),
        ("aud", json!("elsewhere"), TokenFault::Audience),
        ("aud", json!(["elsewhere", AUDIENCE]), TokenFault::Claims),
        ("exp", json!("4000000000"), TokenFault::Claims),
        ("exp", json!(-1), TokenFault::Claims),
        ("exp", json!(1e30), TokenFault::Claims),
        ("exp", json!(0), TokenFault::Expired),
        ("nbf", json!(4_000_000_000_u64), TokenFault::NotYet),
        ("iat", json!(4_000_000_000_u64), TokenFault::NotYet),
        ("sub", json!("operator"), TokenFault::Claims),
        ("sub", json!("anonymous"), TokenFault::Claims),
        ("sub", json!("root"), TokenFault::Claims),
        ("tenant", json!("default"), TokenFault::Claims),
        ("purpose", json!("curiosity"), TokenFault::Claims),
    ] {
        let token = forger.sign(&head(), &with(claims(), member, value.clone()));
        assert_eq!(forger.refused(&token), Some(fault), "{member}: {value}");
    }
}

#[test]
fn an_endless_text_is_not_looked_into() {
    let text = "a.".repeat(MAX_TOKEN_BYTES);
    assert_eq!(refused(&ring(1), &text), Some(TokenFault::Malformed));
}

#[test]
fn the_caller_learns_of_the_clock_and_little_else() {
    let told = |fault: TokenFault| Error::from(fault);
    assert_eq!(
        told(TokenFault::Signature).kind(),
        ErrorKind::Unauthenticated
    );
    assert_eq!(
        told(TokenFault::Signature).message(),
        told(TokenFault::UnknownKey).message()
    );
    assert_ne!(
        told(TokenFault::Expired).message(),
        told(TokenFault::UnknownKey).message()
    );
}

proptest! {
    #[test]
    fn any_changed_letter_is_refused(at in 0_usize..1_000, letter in "[A-Za-z0-9_.-]") {
        let ring = ring(1);
        let mut token = token(&ring);
        let at = at % token.len();
        prop_assume!(token[at..=at] != letter);
        token.replace_range(at..=at, &letter);
        prop_assert!(refused(&ring, &token).is_some());
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        prop_assert!(refused(&ring(1), &text).is_some());
    }
}
