//! Search as you type, by keys, and without script.

use medcover_e2e::{Browser, Server, key};
use serde_json::json;

const FIRST: &str = "#hit-0 .code";

#[test]
fn a_hit_is_found_while_typing_and_opened_by_keys() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.open(&server.at("/"));
    assert_eq!(browser.value("document.activeElement.id"), "q");
    assert!(
        browser
            .text("#browse")
            .contains("Diseases of the circulatory system")
    );

    browser.type_into("#q", "heart attac");
    // What was typed so far may have been answered before the rest of it.
    browser.wait_until("document.querySelector('.tally')?.textContent.includes('“heart attac”')");
    assert_eq!(browser.text(FIRST), "I21.9");
    assert!(
        !browser.text("#hit-0 .why").is_empty(),
        "a hit says why it is here"
    );
    browser.wait_until("document.getElementById('live').textContent.includes('heart attac')");
    assert_eq!(browser.address(), server.at("/?q=heart+attac"));
    assert_eq!(
        browser.value("document.getElementById('q').getAttribute('aria-expanded')"),
        "true"
    );

    browser.press(key::DOWN);
    assert_eq!(
        browser.value("document.querySelector('[aria-selected=true]').id"),
        "hit-0"
    );
    assert_eq!(
        browser.value("document.getElementById('q').getAttribute('aria-activedescendant')"),
        "hit-0"
    );
    browser.press(key::ENTER);
    browser.wait_until("location.pathname === '/codes/I21.9'");
    assert!(
        browser
            .text("h1")
            .contains("Acute myocardial infarction, unspecified")
    );
}

#[test]
fn keys_lead_to_the_box_and_back() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.open(&server.at("/?q=infarction"));
    browser.press("/");
    assert_eq!(browser.value("document.activeElement.id"), "q");
    browser.press(key::UP);
    browser.wait_until(
        "document.querySelector('.hit:last-child').getAttribute('aria-selected') === 'true'",
    );
    browser.press(key::ESCAPE);
    browser.wait_until("!document.querySelector('[aria-selected=true]')");
    assert_eq!(
        browser.value("document.getElementById('q').value"),
        "infarction"
    );
    browser.press(key::ESCAPE);
    browser
        .wait_until("document.getElementById('q').value === '' && !document.querySelector('.hit')");
    assert_eq!(browser.address(), server.at("/"));
    assert!(
        browser
            .value("document.getElementById('browse').checkVisibility()")
            .as_bool()
            == Some(true)
    );
}

#[test]
fn a_late_answer_never_replaces_a_newer_one() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.open(&server.at("/"));
    // The first request is held back until the second has been answered.
    browser.value(
        "(() => { const real = window.fetch; let first = true; window.fetch = (address, options) => {
            if (!first) return real(address, options);
            first = false;
            return new Promise((resolve, reject) => {
              options.signal.addEventListener('abort', () => reject(options.signal.reason));
              setTimeout(() => real(address).then(resolve), 1500);
            });
        }; })()",
    );
    browser.type_into("#q", "fracture");
    browser.wait_until("location.search === '?q=fracture'");
    browser.type_into("#q", " ulna left");
    browser.wait_until("document.querySelector('#hit-0 .code')?.textContent.startsWith('S52')");
    assert!(browser.text(".tally").contains("fracture ulna left"));
    browser.value("new Promise((resolve) => setTimeout(resolve, 1700))");
    assert!(browser.text(".tally").contains("fracture ulna left"));
}

#[test]
fn filters_narrow_the_list() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.open(&server.at("/?q=infarction"));
    browser.wait_until("document.querySelector('.badge.header') !== null");
    browser.click("input[name=billable]");
    browser.wait_until(
        "document.querySelector('.hits') && !document.querySelector('.hits .badge.header')",
    );
    browser.value("(() => { const s = document.getElementById('chapter'); s.value = '19'; s.dispatchEvent(new Event('input', {bubbles: true})); })()");
    browser.wait_until("!document.querySelector('.hit')");
    assert!(browser.address().contains("chapter=19"));
}

#[test]
fn pages_work_without_script() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        &json!({"value": true}),
    );
    browser.open(&server.at("/"));
    assert_eq!(browser.value("document.documentElement.className"), "");
    browser.type_into("#q", "heart attack");
    browser.click("#ask button[type=submit]");
    assert_eq!(browser.text(FIRST), "I21.9");
    assert!(browser.address().contains("q=heart+attack"));
    browser.click(FIRST);
    assert!(browser.text("h1").contains("I21.9"));
    browser.open(&server.at("/codes/S52.041"));
    browser.click(".choice a[href='/codes/S52.041B']");
    assert!(browser.text("h1").contains("S52.041B"));
    browser.open(&server.at("/analysis"));
    browser.type_into("#symptoms", "heart attack");
    browser.click(".symptoms button");
    assert!(browser.text(".fits").contains("I21.9"));
}
