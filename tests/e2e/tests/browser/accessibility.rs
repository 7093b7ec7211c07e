//! What can be checked of accessibility by a program: names, headings, contrast, focus.

use medcover_e2e::{Browser, Server, key};
use serde_json::json;

const PAGES: [&str; 6] = [
    "/",
    "/?q=infarction",
    "/codes/I21",
    "/codes/S52.041",
    "/analysis",
    "/releases",
];

/// Complaints about the page that is open.
pub(crate) const AUDIT: &str = include_str!("audit.js");

#[test]
fn pages_can_be_read_and_used_by_everyone() {
    let (server, browser) = (Server::start(), Browser::start());
    for scheme in ["light", "dark"] {
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        browser.devtools(
            "Emulation.setEmulatedMedia",
            &json!({"features": [feature]}),
        );
        for page in PAGES {
            browser.open(&server.at(page));
            assert_eq!(browser.value(AUDIT), json!([]), "{page}, {scheme}");
        }
    }
}

#[test]
fn the_audit_finds_what_is_wrong() {
    let browser = Browser::start();
    let page = "<html><p style='color:#999;background:#fff'>pale</p><input><a href='/x'></a>";
    browser.open(&format!("data:text/html,{}", page.replace('#', "%23")));
    let found = browser.value(AUDIT).to_string();
    for complaint in ["language", "h1", "contrast", "INPUT", "A has no name"] {
        assert!(found.contains(complaint), "{complaint}: {found}");
    }
}

#[test]
fn whatever_has_the_focus_shows_it() {
    let (server, browser) = (Server::start(), Browser::start());
    for page in ["/?q=infarction", "/codes/S52.041"] {
        browser.open(&server.at(page));
        for step in 0..12 {
            browser.press(key::TAB);
            let shown = browser.value(
                "(() => { const at = document.activeElement; const style = getComputedStyle(at);
                  return at !== document.body && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1; })()",
            );
            assert_eq!(shown, true, "step {step} on {page}");
        }
    }
}
