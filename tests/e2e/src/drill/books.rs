//! What the services say is there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::Client;
use super::trouble::Result;

/// A kind of thing that is made by a request and listed.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its list, below `/api/v1/`; in the answer, with `_` for `-`.
    pub(super) list: &'static str,
    /// What sagas call it.
    pub(super) of_sagas: &'static str,
    /// What of it never changes: as JSON pointers, which lead to the same in a list and in the answer that made it.
    pub(super) fixed: &'static [&'static str],
}

/// All that must be there once it was acknowledged, and only then.
pub(super) const KINDS: [Kind; 12] = [
    Kind {
        list: "patients",
        of_sagas: "patient",
        fixed: &["/details", "/registered_at"],
    },
    Kind {
        list: "policies",
        of_sagas: "",
        fixed: &["/number", "/plan", "/from"],
    },
    Kind {
        list: "members",
        of_sagas: "member",
        fixed: &["/policy", "/patient", "/born_on", "/from"],
    },
    Kind {
        list: "appointments",
        of_sagas: "appointment",
        fixed: &["/patient", "/practitioner", "/service", "/start"],
    },
    Kind {
        list: "encounters",
        of_sagas: "",
        fixed: &["/patient", "/practitioner", "/appointment", "/started_at"],
    },
    Kind {
        list: "authorisations",
        of_sagas: "authorisation",
        fixed: &["/member", "/expires_on"],
    },
    Kind {
        list: "claims",
        of_sagas: "claim",
        fixed: &["/total"],
    },
    Kind {
        list: "invoices",
        of_sagas: "invoice",
        fixed: &["/number", "/kind", "/patient", "/encounter", "/total"],
    },
    Kind {
        list: "payments",
        of_sagas: "payment",
        fixed: &["/from", "/amount", "/method", "/invoice"],
    },
    Kind {
        list: "refunds",
        of_sagas: "",
        fixed: &["/payment", "/amount", "/reason"],
    },
    Kind {
        list: "remittances",
        of_sagas: "",
        fixed: &["/payer", "/trace", "/total", "/paid_on"],
    },
    Kind {
        list: "remittance-postings",
        of_sagas: "posting",
        fixed: &["/payer", "/trace", "/control", "/total", "/state"],
    },
];

impl Kind {
    /// Whether a request to `path` makes one.
    pub(super) fn is_made_at(&self, path: &str) -> bool {
        path == self.list
            || path.starts_with("policies/") && path.ends_with("/members") && self.list == "members"
    }
}

/// What is there, once everything has come to rest.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    /// Things, by their list.
    pub(super) things: BTreeMap<&'static str, Vec<Value>>,
    /// Every entry of the journal.
    pub(super) entries: Vec<Value>,
    pub(super) trial_balance: Value,
    /// Runs of sagas.
    pub(super) runs: Vec<Value>,
    pub(super) queues: Vec<Value>,
}

impl Books {
    /// Reads it all.
    pub(super) fn read(auditor: &Client<'_>) -> Result<Self> {
        let mut books = Self::default();
        for kind in &KINDS {
            let things = match kind.list {
                "members" => of_each(auditor, &books.ids("policies"), "members", |id| {
                    format!("policies/{id}/members")
                })?,
                "encounters" => {
                    let patients = books.ids("patients");
                    of_each(auditor, &patients, "encounters", |id| {
                        format!("encounters?patient={id}")
                    })?
                }
                list => pages(auditor, list, &list.replace('-', "_"))?,
            };
            books.things.insert(kind.list, things);
        }
        books.entries = pages(auditor, "ledger/entries", "entries")?;
        books.trial_balance = auditor.get("ledger/trial-balance")?;
        books.runs = pages(auditor, "sagas/journeys", "runs")?;
        let queues = auditor.get("queues")?;
        books.queues = queues["queues"].as_array().cloned().unwrap_or_default();
        Ok(books)
    }

    /// The things of a list.
    pub(super) fn list(&self, list: &str) -> impl Iterator<Item = &Value> {
        self.things.get(list).into_iter().flatten()
    }

    fn ids(&self, list: &str) -> Vec<String> {
        let ids = self.list(list).filter_map(|it| it["id"].as_str());
        ids.map(str::to_owned).collect()
    }
}

fn of_each(
    auditor: &Client<'_>,
    ids: &[String],
    name: &str,
    path: impl Fn(&str) -> String,
) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for id in ids {
        all.extend(pages(auditor, &path(id), name)?);
    }
    Ok(all)
}

/// All pages of the list `name` at `path`.
fn pages(auditor: &Client<'_>, path: &str, name: &str) -> Result<Vec<Value>> {
    let sign = if path.contains('?') { '&' } else { '?' };
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = auditor.get(&format!("{path}{sign}limit=100{after}"))?;
        all.extend(page[name].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={}", encoded(next)),
            None => return Ok(all),
        }
    }
}

/// `text` as a query has it.
fn encoded(text: &str) -> String {
    let as_is = |byte: u8| byte.is_ascii_alphanumeric();
    let bytes = text.bytes().map(|byte| match byte {
        byte if as_is(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}
