//! What takes more than one request: a second person, a state that a thing must have come to, a time that must have passed.

use serde_json::{Value, json};

use super::hospital::slot;
use super::things::{Maker, text, usd};

/// Everything but what takes time. `second` is the token of another person.
pub(super) async fn make(maker: &mut Maker<'_>, second: &str) {
    authorisations(maker).await;
    claims(maker).await;
    policies(maker).await;
    payments(maker).await;
    of_two_people(maker, second).await;
    invoices(maker).await;
    books(maker).await;
    journeys(maker).await;
}

fn reason() -> Value {
    json!({"reason": "for the test"})
}

/// The id that number `number` has here.
fn id(number: u32) -> String {
    format!("00000000-0000-4000-9000-{number:012}")
}

async fn authorisations(maker: &mut Maker<'_>) {
    let asked = json!({"member": "$member", "service_on": "$today",
        "items": [{"procedure": "99213", "units": 1, "estimate": usd(5_000)}]});
    let all = "/api/v1/authorisations";
    for (name, end) in [("given", "approve"), ("refused", "deny")] {
        maker.make(name, all, asked.clone()).await;
        let at = format!("{all}/${name}");
        maker
            .post(&format!("{at}/request-information"), reason())
            .await;
        maker
            .post(&format!("{at}/provide-information"), reason())
            .await;
        let body = match end {
            "approve" => json!({"items": [{"sequence": 1, "units": 1, "amount": usd(100)}]}),
            _ => reason(),
        };
        maker.post(&format!("{at}/{end}"), body).await;
    }
}

async fn claims(maker: &mut Maker<'_>) {
    let all = "/api/v1/claims";
    // A member's procedure is claimed once a day.
    let claim = |procedure: &str, diagnosis: &str| {
        json!({"member": "$member", "practitioner": "$practitioner", "service_on": "$today",
            "diagnoses": [diagnosis], "lines": [{"procedure": procedure, "units": 1,
                "charge": usd(9_000), "diagnoses": [1]}]})
    };
    maker.make("pended claim", all, claim("99214", "I10")).await;
    maker
        .post("/api/v1/claims/$pended claim/pend", reason())
        .await;
    maker
        .post("/api/v1/claims/$pended claim/void", reason())
        .await;
    // A code that no release has keeps it from leaving.
    maker
        .make("mended claim", all, claim("99215", "Q99.Z"))
        .await;
    maker
        .put(
            "amend_claim",
            &["$mended claim"],
            json!({"content": claim("99215", "I10")}),
        )
        .await;
    maker
        .post("/api/v1/claims/$mended claim/submit", Value::Null)
        .await;
}

async fn policies(maker: &mut Maker<'_>) {
    for (name, end) in [("lapsed policy", "lapse"), ("cancelled policy", "cancel")] {
        let quote = json!({"number": name, "plan": "$plan", "from": "$today",
            "premium": {"amount": usd(20_000), "every": "month"}});
        maker.make(name, "/api/v1/policies", quote).await;
        maker
            .post(&format!("/api/v1/policies/${name}/accept"), Value::Null)
            .await;
        maker
            .post(&format!("/api/v1/policies/${name}/{end}"), reason())
            .await;
    }
}

fn from_patient(number: u32, terminal: &str) -> Value {
    json!({"id": id(number), "from": {"kind": "patient", "id": "$patient"}, "amount": usd(900),
        "method": "card", "terminal": terminal})
}

async fn payments(maker: &mut Maker<'_>) {
    let all = "/api/v1/payments";
    maker
        .make("unknown payment", all, from_patient(1, "no-answer"))
        .await;
    let found = json!({"outcome": "succeeded"});
    maker
        .post("/api/v1/payments/$unknown payment/resolve", found)
        .await;
    maker
        .make("card payment", all, from_patient(2, "approved"))
        .await;
    maker
        .make("disputed payment", all, from_patient(3, "approved"))
        .await;
    maker
        .post("/api/v1/payments/$disputed payment/charge-back", reason())
        .await;
}

async fn of_two_people(maker: &mut Maker<'_>, second: &str) {
    let back = json!({"id": id(10), "payment": "$card payment", "amount": usd(900),
        "reason": "a slip"});
    maker.make("card refund", "/api/v1/refunds", back).await;
    maker
        .post_as(second, "/api/v1/refunds/$card refund/approve", Value::Null)
        .await;
    maker
        .post("/api/v1/refunds/$card refund/send", Value::Null)
        .await;
    let found = json!({"outcome": "succeeded"});
    maker
        .post("/api/v1/refunds/$card refund/resolve", found)
        .await;
    for (number, name, end) in [(11, "given up", "approve"), (12, "kept", "reject")] {
        let write_off = json!({"id": id(number), "invoice": "$invoice", "side": "payer",
            "amount": usd(50), "reason": "a slip"});
        maker.make(name, "/api/v1/write-offs", write_off).await;
        let body = if end == "reject" {
            reason()
        } else {
            Value::Null
        };
        maker
            .post_as(second, &format!("/api/v1/write-offs/${name}/{end}"), body)
            .await;
    }
}

async fn invoices(maker: &mut Maker<'_>) {
    let line = |price| json!({"description": "Visit", "units": 1, "unit_price": usd(price)});
    let visit = json!({"id": id(20), "kind": "visit", "patient": "$patient", "encounter": id(21),
        "lines": [line(700)]});
    maker.make("credited", "/api/v1/invoices", visit).await;
    let credit = json!({"id": id(22), "side": "patient", "amount": usd(100), "reason": "a slip"});
    maker
        .post("/api/v1/invoices/$credited/credit-notes", credit)
        .await;
    let slip = json!({"id": id(24), "kind": "visit", "patient": "$patient", "encounter": id(25),
        "lines": [line(700)]});
    maker.make("void", "/api/v1/invoices", slip).await;
    maker.post("/api/v1/invoices/$void/void", reason()).await;
    let premium = json!({"id": id(23), "kind": "premium", "patient": "$patient",
        "policy": "$policy", "covers_from": "$today", "covers_to": "$today",
        "lines": [line(20_000)]});
    maker
        .make("premium invoice", "/api/v1/invoices", premium)
        .await;
    let through = json!({"through": "$today"});
    maker
        .post("/api/v1/invoices/$premium invoice/earn", through)
        .await;
}

async fn books(maker: &mut Maker<'_>) {
    maker
        .post("/api/v1/periods/close", json!({"month": "2020-01"}))
        .await;
    let reopened = json!({"month": "2020-01", "reason": "for the test"});
    maker.post("/api/v1/periods/reopen", reopened).await;
}

async fn journeys(maker: &mut Maker<'_>) {
    let all = "/api/v1/sagas";
    let person = json!({"family_name": "Verdi", "given_names": "Ada", "birth_date": "1990-01-01",
        "sex": "female"});
    let registration = json!({"person": person});
    maker
        .post(&format!("{all}/patient-registration"), registration)
        .await;
    let ending = json!({"appointment": "$other appointment", "ending": "cancelled",
        "reason": "it rains"});
    maker
        .post(&format!("{all}/cancellation-and-no-show"), ending)
        .await;
    let posting = json!({"remittance": "$remittance", "control": "000000905"});
    maker
        .post(&format!("{all}/remittance-posting"), posting)
        .await;
    let reversal = json!({"claim": "$claim", "reason": "a slip", "then": "void"});
    maker.post(&format!("{all}/claim-reversal"), reversal).await;
    let premium = json!({"policy": "$policy", "number": 2, "holder": "$patient",
        "collection": {"method": "cash"}});
    maker.post(&format!("{all}/premium"), premium).await;
    let encounter = "/api/v1/encounters/$encounter of run";
    maker
        .post(&format!("{encounter}/finish"), Value::Null)
        .await;
    let codes = json!({"diagnoses": [{"code": "I10", "rank": 1}], "procedures": []});
    maker.post(&format!("{encounter}/code"), codes).await;
    let visit = json!({"encounter": "$encounter of run"});
    maker
        .post(&format!("{all}/visit-to-cash/$run/visit-coded"), visit)
        .await;
    let planned = json!({"patient": "$patient", "practitioner": "$practitioner",
        "location": "$location"});
    let missed = json!({"slot": slot("$slot 10"), "patient": "$patient"});
    maker
        .make("missed appointment", "/api/v1/appointments", missed)
        .await;
    maker.make("slip", "/api/v1/encounters/plan", planned).await;
    maker
        .post("/api/v1/encounters/$slip/entered-in-error", reason())
        .await;
}

/// What nobody can say before the hour has come.
pub(super) async fn make_later(maker: &mut Maker<'_>) {
    let missed = maker
        .post(
            "/api/v1/appointments/$missed appointment/no-show",
            Value::Null,
        )
        .await;
    assert_eq!(text(&missed["state"]), "noshow");
}
