//! Light and dark.

use medcover_e2e::{Browser, Server};
use serde_json::json;

const GROUND: &str = "getComputedStyle(document.body).backgroundColor";

fn prefer(browser: &Browser, scheme: &str) {
    let feature = json!({"name": "prefers-color-scheme", "value": scheme});
    browser.devtools(
        "Emulation.setEmulatedMedia",
        &json!({"features": [feature]}),
    );
}

#[test]
fn pages_follow_the_system_until_told_otherwise() {
    let (server, browser) = (Server::start(), Browser::start());
    browser.open(&server.at("/"));
    prefer(&browser, "light");
    let light = browser.value(GROUND);
    prefer(&browser, "dark");
    let dark = browser.value(GROUND);
    assert_ne!(light, dark);

    browser.click(".theme");
    assert_eq!(browser.text(".theme"), "Theme: light");
    assert_eq!(browser.value(GROUND), light);
    browser.open(&server.at("/codes/I21"));
    assert_eq!(browser.value(GROUND), light, "the choice is remembered");
    browser.click(".theme");
    prefer(&browser, "light");
    assert_eq!(browser.value(GROUND), dark);
    browser.click(".theme");
    assert_eq!(browser.text(".theme"), "Theme: auto");
    assert_eq!(browser.value(GROUND), light);
}
