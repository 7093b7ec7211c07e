//! What the policy says of sending, brought to the upstreams that lead to other processes.

use std::sync::Arc;

use medcover_http::Stop;
use medcover_mesh::{Upstream, UpstreamConfig};
use medcover_policy::{Balancing, Policy};
use tokio::sync::watch;

use super::{egress, may_send};
use crate::roles::{Role, Roles};

/// The upstreams of this process, under the policy as it is.
#[derive(Clone)]
pub(crate) struct Sending {
    roles: Roles,
    /// What holds where the policy says nothing.
    config: UpstreamConfig,
    upstreams: Vec<(Role, Upstream)>,
    policy: watch::Receiver<Arc<Policy>>,
}

impl Sending {
    /// `upstreams` under the policy that `policy` has now.
    pub(crate) fn new(
        roles: &Roles,
        config: &UpstreamConfig,
        upstreams: Vec<(Role, Upstream)>,
        policy: watch::Receiver<Arc<Policy>>,
    ) -> Self {
        let sending = Self {
            roles: roles.clone(),
            config: config.clone(),
            upstreams,
            policy,
        };
        sending.apply();
        sending
    }

    /// Brings every later policy to the upstreams, until the server stops.
    pub(crate) async fn follow(mut self, mut stop: Stop) {
        loop {
            tokio::select! {
                changed = self.policy.changed() => if changed.is_err() { return },
                () = stop.draining() => return,
            }
            self.apply();
        }
    }

    fn apply(&self) {
        let policy = Arc::clone(&self.policy.borrow());
        for (to, upstream) in &self.upstreams {
            let usual = |role: Role| egress(role).contains(to);
            upstream.allow(may_send(&policy, &self.roles, to.name(), usual));
            let config = self.ruled(&policy, *to);
            if config == upstream.config() {
                continue;
            }
            // The checks of the file know the same limits.
            if let Err(error) = upstream.reconfigure(&config) {
                tracing::error!(upstream = to.name(), %error, "what the policy says of a service cannot work");
            }
        }
    }

    /// How requests are sent to `to`.
    fn ruled(&self, policy: &Policy, to: Role) -> UpstreamConfig {
        let usual = self.config.clone();
        let Some(rules) = policy.service(to.name()) else {
            return usual;
        };
        let strategy = rules.strategy.map(Balancing::as_str);
        UpstreamConfig {
            strategy: strategy.map_or(usual.strategy, str::to_owned),
            try_ms: rules.try_ms.unwrap_or(usual.try_ms),
            retries: rules.retries.unwrap_or(usual.retries),
            retry_percent: rules.retry_percent.unwrap_or(usual.retry_percent),
            retries_saved: rules.retries_saved.unwrap_or(usual.retries_saved),
            hedge_ms: rules.hedge_ms.unwrap_or(usual.hedge_ms),
            failure_threshold: rules.failure_threshold.unwrap_or(usual.failure_threshold),
            failure_percent: rules.failure_percent.unwrap_or(usual.failure_percent),
            recovery_ms: rules.recovery_ms.unwrap_or(usual.recovery_ms),
            eject_ms: rules.eject_ms.unwrap_or(usual.eject_ms),
            wait_ms: usual.wait_ms,
            check_ms: usual.check_ms,
            discover_ms: usual.discover_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::PeersConfig;
    use medcover_http::stop;
    use medcover_kernel::{Clock, SystemClock, SystemRng};
    use medcover_mesh::{Addresses, Deps};

    fn upstream(config: &UpstreamConfig) -> Upstream {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let addresses: Addresses = "http://127.0.0.1:9".parse().expect("an address");
        let deps = Deps {
            registry: addresses.registry(),
            config: config.clone(),
            clock,
            rng: Arc::new(SystemRng),
        };
        Upstream::new("terminology-service", deps).expect("settings that work")
    }

    fn policy(text: &str) -> Arc<Policy> {
        Arc::new(Policy::parse(text).expect("no fault"))
    }

    /// A process with the door and the auth service, which asks for codes elsewhere.
    fn sending(text: &str) -> (Sending, Upstream, watch::Sender<Arc<Policy>>) {
        let peers = PeersConfig {
            terminology: Some("http://127.0.0.1:9".parse().expect("an address")),
            ..PeersConfig::default()
        };
        let roles = Roles::of(&[Role::Gateway, Role::Auth], &peers).expect("they work");
        let config = UpstreamConfig::default();
        let upstream = upstream(&config);
        let (sender, receiver) = watch::channel(policy(text));
        let upstreams = vec![(Role::Terminology, upstream.clone())];
        let sending = Sending::new(&roles, &config, upstreams, receiver);
        (sending, upstream, sender)
    }

    #[tokio::test]
    async fn a_swap_reaches_the_upstreams_and_what_is_not_ruled_is_as_the_settings_have_it() {
        let ruled =
            "version: 1\nservices: {terminology: {strategy: weighted, failure_threshold: 2}}";
        let (sending, upstream, policies) = sending(ruled);
        let config = upstream.config();
        assert_eq!(
            (&*config.strategy, config.failure_threshold),
            ("weighted", 2)
        );
        assert_eq!(config.retries, 3);
        let (stopper, stop) = stop();
        let following = tokio::spawn(sending.follow(stop));
        policies.send_replace(policy("version: 1\nservices: {terminology: {retries: 0}}"));
        while upstream.config().retries != 0 {
            tokio::task::yield_now().await;
        }
        let back = UpstreamConfig {
            retries: 0,
            ..UpstreamConfig::default()
        };
        assert_eq!(upstream.config(), back);
        stopper.drain();
        following.await.expect("it ends");
    }

    #[test]
    fn every_value_that_the_checks_let_through_works() {
        for rules in [
            "try_ms: 10, retries: 0, retry_percent: 0, retries_saved: 1, hedge_ms: 0, failure_threshold: 0, \
             failure_percent: 0, recovery_ms: 1, eject_ms: 1, strategy: round-robin",
            "try_ms: 3600000, retries: 20, retry_percent: 100, retries_saved: 1000000, hedge_ms: 3600000, \
             failure_threshold: 1000, failure_percent: 100, recovery_ms: 3600000, eject_ms: 120000, strategy: least-connections",
        ] {
            let text = format!("version: 1\nservices: {{terminology: {{{rules}}}}}");
            let (sending, upstream, _) = sending(&text);
            let wanted = sending.ruled(&policy(&text), Role::Terminology);
            assert_eq!(upstream.config(), wanted);
            assert_ne!(wanted, UpstreamConfig::default());
        }
    }
}
