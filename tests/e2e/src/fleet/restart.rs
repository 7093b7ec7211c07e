//! Restarting processes of a fleet one by one, as a new version is rolled out.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::thread::sleep;

use super::{Fleet, LOOK_EVERY, LOOKS, Process};

/// Who asks an instance: the process, and the service for which.
type Asked = BTreeSet<(String, String)>;

impl Fleet {
    /// Tells what is called `name` to stop, waits until it has answered what it was asked and ended, and starts it again: what
    /// `program` is where one is given. Comes back when everybody who had found it before has found it again.
    pub fn restart(&mut self, name: &str, program: Option<&Path>) -> io::Result<()> {
        let members = self.members.iter();
        let number = members.into_iter().position(|it| it.name == name);
        let missing = || io::Error::other(format!("no process is called {name}"));
        let number = number.ok_or_else(missing)?;
        let token = self.token_of_another(number);
        let before = self.asked_by_others(number, &token);
        let node = &mut self.members[number].node;
        node.stop();
        if let Some(program) = program {
            node.runs(program.to_owned());
        }
        node.start();
        self.until_found()?;
        let found = (0..LOOKS).any(|_| {
            sleep(LOOK_EVERY);
            self.asked_by_others(number, &token).is_superset(&before)
        });
        if found {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "not everybody finds {name} again"
        )))
    }

    /// Where requests from outside go to what is called `name`, where they do.
    pub(super) fn door_of(&self, name: &str) -> Option<String> {
        let member = self.members.iter().find(|it| it.name == name)?;
        let is_door = member.node.roles().contains("gateway");
        is_door.then(|| member.proxy.addr.to_string())
    }

    fn others(&self, number: usize) -> impl Iterator<Item = &Process> {
        let all = self.members.iter().enumerate();
        all.filter_map(move |(at, it)| (at != number).then_some(it))
    }

    fn token_of_another(&self, number: usize) -> String {
        let mut others = self.others(number);
        let auth = others.find(|it| it.node.roles().contains("auth"));
        auth.expect("there are two").node.token()
    }

    /// Which of the others would ask the process with this number, and for what.
    fn asked_by_others(&self, number: usize, token: &str) -> Asked {
        let address = format!("http://{}", self.members[number].proxy.addr);
        let bearer = format!("Bearer {token}");
        let mut asked = Asked::new();
        for other in self.others(number) {
            let headers = [("authorization", &*bearer)];
            let seen = other.node.ask("GET", "/api/v1/upstreams", &headers, "");
            for upstream in seen.body["upstreams"].as_array().into_iter().flatten() {
                let instances = upstream["instances"].as_array().into_iter().flatten();
                let is_asked = instances.into_iter().any(|it| {
                    let is_fit = it["healthy"] == true && it["draining"] == false;
                    it["address"] == *address && is_fit && it["breaker"] == "closed"
                });
                if is_asked {
                    let service = upstream["service"].to_string();
                    asked.insert((other.name.clone(), service));
                }
            }
        }
        asked
    }
}
