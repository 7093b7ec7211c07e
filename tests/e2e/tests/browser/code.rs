//! The page of a code.

use medcover_e2e::{Browser, Server};
use serde_json::json;

#[test]
fn a_seventh_character_completes_the_code() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.open(&server.at("/codes/S52.042"));
    assert!(browser.text(".picker").contains("needs a 7th character"));
    browser.click("label[for=seventh-1]");
    assert_eq!(browser.text("[data-completed] output"), "S52.042B");
    allow_clipboard(&server, &browser);
    browser.click("[data-completed] .copy");
    browser.wait_until("document.querySelector('[data-completed] .copy').textContent === 'Copied'");
    assert_eq!(clipboard(&browser), "S52.042B");
    browser.click("[data-completed] a");
    browser.wait_until("location.pathname === '/codes/S52.042B'");
    assert!(
        browser
            .text("h1")
            .contains("initial encounter for open fracture")
    );
}

#[test]
fn copying_says_so_and_fills_the_clipboard() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.open(&server.at("/codes/I21.9"));
    allow_clipboard(&server, &browser);
    browser.click(".lead .copy:nth-of-type(2)");
    browser.wait_until("document.getElementById('live').textContent.endsWith('copied')");
    assert_eq!(
        clipboard(&browser),
        "I21.9 Acute myocardial infarction, unspecified"
    );
}

#[test]
fn copying_works_where_the_browser_has_no_clipboard_to_offer() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.open(&server.at("/?q=old+infarction"));
    // As on a page that came by plain HTTP from another machine.
    browser
        .value("(() => { Object.defineProperty(navigator, 'clipboard', {value: undefined}); })()");
    browser.click("#hit-0 .copy");
    browser.wait_until("document.querySelector('#hit-0 .copy').textContent === 'Copied'");
}

#[test]
fn the_tree_unfolds_and_folds() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.open(&server.at("/codes/I21"));
    let fold = "[data-branch='/codes/I21.0/branch']";
    assert!(!browser.text(".tree").contains("I21.01"));
    browser.click(fold);
    assert!(
        browser
            .text(".tree a[href='/codes/I21.01']")
            .contains("left main coronary artery")
    );
    browser.click(fold);
    browser
        .wait_until("!document.querySelector(\".tree a[href='/codes/I21.01']\").checkVisibility()");
}

#[test]
fn notes_lead_to_the_codes_they_name() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.open(&server.at("/codes/I21.4"));
    assert!(browser.text(".side").contains("I21.9"));
    browser.click(".note a[href='/codes/I25.2']");
    browser.wait_until("location.pathname === '/codes/I25.2'");
    browser.click(".crumbs li:first-child a");
    browser.wait_until("location.pathname === '/codes/9'");
    assert!(browser.text("h1").contains("Chapter 9"));
}

fn allow_clipboard(server: &Server, browser: &Browser) {
    let permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
    let grant = json!({"origin": server.at(""), "permissions": permissions});
    browser.devtools("Browser.grantPermissions", &grant);
}

fn clipboard(browser: &Browser) -> String {
    let text = browser.value("navigator.clipboard.readText()");
    text.as_str().expect("text").to_owned()
}
