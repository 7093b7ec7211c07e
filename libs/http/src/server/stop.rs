//! How a server is told to stop: first gently, then at once.

use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    Draining,
    Now,
}

/// Tells all holders of the matching [`Stop`].
#[derive(Debug)]
pub struct Stopper(watch::Sender<Phase>);

/// Says whether to go on. Cloned for whoever must know.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Phase>);

/// A stopper with its stop.
pub fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(Phase::Running);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// No new work; what runs may finish.
    pub fn drain(&self) {
        self.raise(Phase::Draining);
    }

    /// End at once.
    pub fn now(&self) {
        self.raise(Phase::Now);
    }

    /// From now on signals no longer kill the process; what is returned drains at the first SIGTERM or SIGINT, and ends at
    /// once at the second.
    pub fn on_signals(self) -> std::io::Result<impl Future<Output = ()> + Send> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            for phase in [Phase::Draining, Phase::Now] {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                tracing::info!(?phase, "told to stop");
                self.raise(phase);
            }
        })
    }

    fn raise(&self, to: Phase) {
        self.0.send_if_modified(|phase| {
            let raised = *phase < to;
            *phase = (*phase).max(to);
            raised
        });
    }
}

impl Stop {
    /// Whether new work should be refused.
    pub fn is_draining(&self) -> bool {
        *self.0.borrow() >= Phase::Draining
    }

    /// Waits until draining begins.
    pub async fn draining(&mut self) {
        self.reach(Phase::Draining).await;
    }

    /// Waits until all must end.
    pub async fn now(&mut self) {
        self.reach(Phase::Now).await;
    }

    async fn reach(&mut self, wanted: Phase) {
        if self.0.wait_for(|phase| *phase >= wanted).await.is_err() {
            // Nobody is left who could say so.
            std::future::pending::<()>().await;
        }
    }
}
