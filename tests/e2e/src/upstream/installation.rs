//! A door, and four instances of the terminology role behind it, each with a proxy before it.

use std::time::Duration;

use medcover_testkit::FaultProxy;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::INSTANCES;
use crate::Node;

pub(super) struct Installation {
    pub(super) instances: Vec<Node>,
    pub(super) proxies: Vec<FaultProxy>,
    gateway: Node,
    token: String,
}

impl Installation {
    /// All of them, started. The door knows the proxies.
    pub(super) fn start(runtime: &Runtime, recovery: Duration) -> Self {
        let started = (0..INSTANCES).map(|_| {
            let mut node = Node::of("terminology");
            unlimited(&mut node).start();
            node
        });
        let instances: Vec<_> = started.collect();
        let proxies = instances.iter().map(|node| {
            let proxy = FaultProxy::start(node.address());
            runtime.block_on(proxy)
        });
        let proxies: Vec<_> = proxies.collect();
        let addresses = proxies.iter().map(|it| format!("http://{}", it.addr));
        let addresses: Vec<_> = addresses.collect();
        let mut gateway = Node::of("gateway,auth");
        gateway.knows("terminology", addresses.join(","));
        let recovery = recovery.as_millis().to_string();
        gateway.with("MEDCOVER__UPSTREAM__RECOVERY_MS", recovery);
        unlimited(&mut gateway).start();
        let token = gateway.token();
        Self {
            instances,
            proxies,
            gateway,
            token,
        }
    }

    /// Where the door is.
    pub(super) fn door(&self) -> String {
        self.gateway.base()
    }

    /// What the door sees of the role behind it.
    pub(super) fn seen(&self) -> Value {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", &*bearer)];
        loop {
            let answer = self.gateway.ask("GET", "/api/v1/upstreams", &headers, "");
            // Looking is what a busy door sheds first.
            if answer.status != 503 {
                assert_eq!(answer.status, 200, "{}", answer.body);
                return answer.body["upstreams"][0].clone();
            }
        }
    }

    /// Calls to each instance so far, however they ended.
    pub(super) fn calls(&self) -> Vec<u64> {
        let seen = self.seen();
        let calls = self.proxies.iter().map(|proxy| {
            let instance = instance(&seen, proxy);
            let ends = ["answered", "failed", "overloaded", "cancelled"];
            let ends = ends.map(|end| instance[end].as_u64().expect("a number"));
            ends.iter().sum()
        });
        calls.collect()
    }

    /// Whether an instance is as good as any again, and has got calls since it had got `before`.
    pub(super) fn is_used(&self, number: usize, before: u64) -> bool {
        let seen = self.seen();
        let it = instance(&seen, &self.proxies[number]);
        let fit = it["healthy"] == true && it["ejected"] == false && it["breaker"] == "closed";
        fit && it["answered"].as_u64() > Some(0) && self.calls()[number] > before + 10
    }
}

fn instance<'a>(seen: &'a Value, proxy: &FaultProxy) -> &'a Value {
    let address = format!("http://{}", proxy.addr);
    let instances = seen["instances"].as_array().expect("a list");
    let found = instances.iter().find(|it| it["address"] == *address);
    found.unwrap_or_else(|| panic!("{address} is not in {seen}"))
}

/// One address asks for all: it would be limited as one caller. And on a machine that does other work, too, requests are to
/// wait rather than be shed: what is looked for is not what overload does.
fn unlimited(node: &mut Node) -> &mut Node {
    node.with("MEDCOVER__LIMITS__ENABLED", "false")
        .with("MEDCOVER__SLOTS__MAX_CONCURRENT_REQUESTS", "20000")
}
