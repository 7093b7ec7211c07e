//! The demo says on every page that it is one.

use medcover_e2e::{Browser, Server};
use serde_json::json;

use crate::accessibility::AUDIT;

#[test]
fn every_page_says_that_it_is_a_demo() {
    let (server, browser) = (Server::demo(), Browser::start());
    for scheme in ["light", "dark"] {
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        browser.devtools(
            "Emulation.setEmulatedMedia",
            &json!({"features": [feature]}),
        );
        for page in ["/", "/codes/I21", "/analysis", "/releases"] {
            browser.open(&server.at(page));
            let told = browser.text(".demo");
            assert!(told.starts_with("Demo: invented people"), "{page}: {told}");
            assert_eq!(browser.value(AUDIT), json!([]), "{page}, {scheme}");
        }
    }
}
