//! A browser, as a person uses it.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::webdriver::Driver;

/// How long an element or a condition is waited for.
const PATIENCE_MS: u64 = 15_000;

/// The key under which `WebDriver` gives the id of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Resolves when the condition holds; the driver ends it when its patience does.
const UNTIL: &str = "const done = arguments[arguments.length - 1];
    const holds = new Function('return (' + arguments[0] + ')');
    const look = () => { if (holds()) done(true); else setTimeout(look, 20); };
    look();";

/// Headless Chromium with a profile of its own. It ends when dropped.
#[derive(Debug)]
pub struct Browser {
    driver: Driver,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// A window of 1280 by 800.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let driver = Driver::start();
        let created = driver.send("POST", "/session", &capabilities(&profile));
        let created = created.unwrap_or_else(|error| panic!("no browser: {error}"));
        let session = created["sessionId"]
            .as_str()
            .expect("the session has an id");
        Self {
            session: format!("/session/{session}"),
            driver,
            _profile: profile,
        }
    }

    /// Opens `address` and waits until it is loaded.
    pub fn open(&self, address: &str) {
        self.post("/url", &json!({"url": address}));
    }

    /// The address that is shown.
    pub fn address(&self) -> String {
        let address = self.send("GET", "/url", &Value::Null);
        address.as_str().expect("an address").to_owned()
    }

    /// Types `text` into the element that `selector` names.
    pub fn type_into(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/value"), &json!({"text": text}));
    }

    /// Clicks the element that `selector` names.
    pub fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Presses `key` wherever the focus is.
    pub fn press(&self, key: &str) {
        let strokes = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.post("/actions", &json!({"actions": [keyboard]}));
    }

    /// The text of the element that `selector` names, as it is shown.
    pub fn text(&self, selector: &str) -> String {
        let element = self.find(selector);
        let text = self.send("GET", &format!("/element/{element}/text"), &Value::Null);
        text.as_str().expect("text").to_owned()
    }

    /// What the JavaScript `expression` yields in the page.
    pub fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression})");
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until the JavaScript `condition` holds in the page.
    pub fn wait_until(&self, condition: &str) {
        let waited = self.try_post(
            "/execute/async",
            &json!({"script": UNTIL, "args": [condition]}),
        );
        if let Err(error) = waited {
            panic!(
                "{condition} did not come about on {}: {error}",
                self.address()
            );
        }
    }

    /// Sends a command of the `DevTools` protocol, for what `WebDriver` has no word for.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            &json!({"cmd": command, "params": parameters}),
        )
    }

    fn find(&self, selector: &str) -> String {
        let by = json!({"using": "css selector", "value": selector});
        let found = self.post("/element", &by);
        found[ELEMENT]
            .as_str()
            .expect("an element has an id")
            .to_owned()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.send("POST", path, body)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let sent = self
            .driver
            .send(method, &format!("{}{path}", self.session), body);
        sent.unwrap_or_else(|error| panic!("{method} {path} {body}: {error}"))
    }

    fn try_post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.driver
            .send("POST", &format!("{}{path}", self.session), body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends Chromium itself: killing the driver would leave it behind.
        let _ = self.driver.send("DELETE", &self.session, &Value::Null);
    }
}

fn capabilities(profile: &TempDir) -> Value {
    let profile = format!("--user-data-dir={}", profile.path().display());
    let arguments = [
        "--headless",
        // Test machines run as root, where Chromium's sandbox does not start.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,800",
        &profile,
    ];
    let timeouts =
        json!({"implicit": PATIENCE_MS, "script": PATIENCE_MS, "pageLoad": 4 * PATIENCE_MS});
    json!({"capabilities": {"alwaysMatch": {
        "browserName": "chrome",
        "timeouts": timeouts,
        "goog:chromeOptions": {"args": arguments},
    }}})
}
