//! All roles over state in memory, and two tenants in them.

use std::collections::BTreeMap;
use std::mem;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use medcover_http::{Method, Spec, Stopper, stop};
use medcover_identity::SecretText;
use medcover_kernel::{Clock, ManualClock, SystemClock};
use medcover_terminology::load::{Input, Quiet, SystemKind};
use medcover_terminology::load_release;
use medcover_testkit::{Answer, Client};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::rows::Row;
use super::things::{Maker, Things, text};
use super::{billing, hospital, insurance, journeys, platform};
use crate::parts::Parts;
use crate::settings::Settings;
use crate::state::State;

const PASSWORD: &str = "a stone, a cloud, a table";

/// A tabular list with one code.
const TABULAR: &[u8] = br#"<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <version>2026</version>
  <chapter>
    <name>9</name>
    <desc>Diseases of the circulatory system (I00-I99)</desc>
    <section id="I10-I1A">
      <desc>Hypertensive diseases (I10-I1A)</desc>
      <diag><name>I10</name><desc>Essential (primary) hypertension</desc></diag>
    </section>
  </chapter>
</ICD10CM.tabular>
"#;

pub(super) struct World {
    pub(super) parts: Parts,
    pub(super) state: State,
    pub(super) clock: Arc<ManualClock>,
    client: Client,
    sent: Mutex<Vec<Sent>>,
    _folder: TempDir,
    _stopper: Stopper,
}

/// A request under a key that succeeded, and its answer.
pub(super) struct Sent {
    pub(super) method: &'static str,
    pub(super) path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    pub(super) answer: Answer,
}

/// The administrators of two tenants, and things of the first.
pub(super) struct Two {
    pub(super) owner: String,
    pub(super) stranger: String,
    pub(super) things: Things,
}

impl World {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = Settings::default();
        settings.data.dir = folder.path().to_owned();
        load(&settings.data.dir, &SystemClock::new());
        let clock = Arc::new(ManualClock::at(SystemClock::new().now()));
        let told: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let (stopper, stop) = stop();
        let state = State::in_memory(&settings.roles().expect("they work"), &told);
        let parts = Parts::compose(&settings, &state, &told, stop);
        let parts = parts.expect("it can be composed");
        Self {
            client: Client::new(parts.public_router().expect("what is public is listed")),
            sent: Mutex::default(),
            parts,
            state,
            clock,
            _folder: folder,
            _stopper: stopper,
        }
    }

    /// Every address at both listeners.
    pub(super) fn mounted(&self) -> BTreeMap<&'static str, &'static Spec> {
        let both = self.parts.public().merge(self.parts.admin());
        let specs = both.endpoints().into_iter();
        specs.map(|spec| (spec.operation, spec)).collect()
    }

    pub(super) async fn ask(
        &self,
        spec: &Spec,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Answer {
        let none = Value::Null;
        let body = if spec.method == Method::Get {
            &none
        } else {
            body
        };
        self.ask_under("k-1", spec.method.as_str(), path, token, body)
            .await
    }

    pub(super) async fn post(&self, path: &str, token: &str, key: &str, body: &Value) -> Value {
        let answer = self.ask_under(key, "POST", path, Some(token), body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        if answer.body.is_empty() {
            Value::Null
        } else {
            answer.json()
        }
    }

    /// Asks under `key`, and remembers what succeeded.
    async fn ask_under(
        &self,
        key: &str,
        method: &'static str,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Answer {
        let mut headers = vec![("idempotency-key", key.to_owned())];
        headers.extend(token.map(|token| ("authorization", format!("Bearer {token}"))));
        let body = if body.is_null() {
            String::new()
        } else {
            headers.push(("content-type", "application/json".to_owned()));
            body.to_string()
        };
        let asked: Vec<_> = headers.iter().map(|(name, it)| (*name, &**it)).collect();
        let answer = self.client.ask(method, path, &asked, body.clone()).await;
        if answer.status.is_success() {
            self.sent.lock().expect("nobody panicked").push(Sent {
                method,
                path: path.to_owned(),
                headers,
                body,
                answer: answer.clone(),
            });
        }
        answer
    }

    /// What succeeded since this was asked last.
    pub(super) fn sent(&self) -> Vec<Sent> {
        mem::take(&mut self.sent.lock().expect("nobody panicked"))
    }

    /// The answer to `first` sent once more.
    pub(super) async fn send(&self, first: &Sent) -> Answer {
        let headers: Vec<_> = first
            .headers
            .iter()
            .map(|(name, it)| (*name, &**it))
            .collect();
        self.client
            .ask(first.method, &first.path, &headers, first.body.clone())
            .await
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Value {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", &*bearer)];
        let answer = self.client.get_with(path, &headers).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        answer.json()
    }

    /// What `token` gets for the request of `row`.
    pub(super) async fn asked(
        &self,
        two: &Two,
        token: &str,
        spec: &Spec,
        row: &Row,
    ) -> Option<Answer> {
        let (places, body) = row.request()?;
        let path = two.things.address(spec, places);
        let body = two.things.filled(&body);
        Some(self.ask(spec, &path, Some(token), &body).await)
    }

    /// The thing that a stranger may close for themselves, as its owner sees it.
    pub(super) async fn seen_by_its_owner(
        &self,
        two: &Two,
        mounted: &BTreeMap<&'static str, &'static Spec>,
        row: &Row,
    ) -> Option<String> {
        let Row::Closes(places, _, reading) = row else {
            return None;
        };
        let reading_it = Row::Hidden(places, Value::Null);
        let answer = self.asked(two, &two.owner, mounted[reading], &reading_it);
        let answer = answer.await?;
        assert!(reading_it.is_there(&answer), "{reading}: {}", answer.text());
        Some(answer.text())
    }

    /// A token of the administrator of the first tenant.
    pub(super) async fn owner(&self) -> String {
        self.sign_in("default", "admin").await
    }

    async fn sign_in(&self, tenant: &str, name: &str) -> String {
        // Sessions that began in the millisecond in which a password was set end with those before it.
        self.clock.advance(Duration::from_secs(1));
        let who = json!({"tenant": tenant, "name": name, "password": PASSWORD});
        let answer = self.client.post("/api/v1/auth/sign-in", &who).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        text(&answer.json()["access_token"]).to_owned()
    }

    pub(super) async fn two_tenants(&self) -> Two {
        let auth = self.parts.auth.as_ref().expect("it has a role");
        let password = Some(SecretText::new(PASSWORD));
        auth.start(password).await.expect("it starts");
        let owner = self.sign_in("default", "admin").await;
        let request = json!({"name": "other", "administrator": "admin"});
        let made = self.post("/api/v1/auth/tenants", &owner, "t", &request);
        let invitation = made.await["administrator"]["invitation"].clone();
        self.accept(&invitation).await;
        let stranger = self.sign_in("other", "admin").await;
        Two {
            things: self.things(&owner).await,
            owner,
            stranger,
        }
    }

    /// The token of another administrator of the first tenant.
    pub(super) async fn second(&self, owner: &str) -> String {
        let user = json!({"name": "olga", "roles": ["administrator"]});
        let invited = self.post("/api/v1/auth/users", owner, "olga", &user).await;
        self.accept(&invited["invitation"]).await;
        self.sign_in("default", "olga").await
    }

    async fn accept(&self, invitation: &Value) {
        let accept = json!({"invitation": invitation, "password": PASSWORD});
        let accepted = self.client.post("/api/v1/auth/invitations/accept", &accept);
        assert_eq!(accepted.await.status, 204);
    }

    async fn things(&self, owner: &str) -> Things {
        let mut maker = Maker::new(self, owner);
        platform::make(&mut maker).await;
        hospital::make(&mut maker).await;
        insurance::make(&mut maker).await;
        billing::make(&mut maker).await;
        journeys::make(&mut maker).await;
        maker.done()
    }
}

/// Loads the release of this year.
fn load(folder: &Path, clock: &SystemClock) {
    let today = clock.now().to_string();
    let input = Input {
        name: format!("icd10cm-tabular-January-1-{}.xml", &today[..4]),
        bytes: TABULAR.to_vec(),
    };
    let loaded = load_release(
        folder,
        &[input],
        &SystemKind::Icd10Cm,
        None,
        clock,
        &mut Quiet,
    );
    loaded.expect("it is loaded");
}
