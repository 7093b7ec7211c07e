//! The file of the policy: read at start, looked at again every second, never in force with a fault.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use medcover_config::{Check, Section};
use medcover_http::Stop;
use medcover_policy::{Policy, PolicyFault};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::sleep;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// More than a policy may have: reading stops here.
const MAX_BYTES: u64 = 1024 * 1024;

/// The section `policy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// The file, where there is one.
    pub file: Option<PathBuf>,
}

impl Section for PolicyConfig {
    fn validate(&self, _: &mut Check<'_>) {}
}

/// A policy file that cannot be in force.
#[derive(Debug)]
pub struct PolicyRefused {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub faults: Vec<PolicyFault>,
}

/// What is in force, and what came of the last look at the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PolicyStanding {
    /// The file, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// How often another policy came into force since the process started.
    pub swaps: u64,
    /// How often a changed file was refused.
    pub refusals: u64,
    /// What is wrong with the file as it is now; the policy before it is in force.
    pub faults: Vec<PolicyFault>,
}

/// The file of the policy and what it says. Whoever subscribes is told of every swap.
#[derive(Debug)]
pub struct PolicyFile {
    path: Option<PathBuf>,
    current: watch::Sender<Arc<Policy>>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    text: String,
    standing: PolicyStanding,
}

impl PolicyFile {
    /// The policy of the file that `config` names; the empty policy where it names none.
    pub fn open(config: &PolicyConfig) -> Result<Self, PolicyRefused> {
        let path = config.file.clone();
        let (mut text, mut policy) = (String::new(), Policy::default());
        if let Some(path) = &path {
            let refused = |faults| PolicyRefused {
                file: path.clone(),
                faults,
            };
            text = read(path).map_err(|fault| refused(vec![fault]))?;
            policy = Policy::parse(&text).map_err(refused)?;
        }
        let standing = PolicyStanding {
            file: path.clone(),
            ..PolicyStanding::default()
        };
        Ok(Self {
            path,
            current: watch::Sender::new(Arc::new(policy)),
            seen: Mutex::new(Seen { text, standing }),
        })
    }

    /// Whether there is a file; without, nothing ever changes.
    pub const fn is_given(&self) -> bool {
        self.path.is_some()
    }

    /// The policy in force, now and after every swap.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Policy>> {
        self.current.subscribe()
    }

    /// What came of the last look.
    pub fn standing(&self) -> PolicyStanding {
        self.seen().standing.clone()
    }

    /// Looks at the file again and again until the server stops.
    pub async fn follow(self: Arc<Self>, mut stop: Stop) {
        while self.is_given() {
            tokio::select! {
                () = sleep(LOOK_EVERY) => {}
                () = stop.draining() => return,
            }
            let file = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || file.look()).await;
            if looked.is_err() {
                tracing::error!(
                    "the policy file could not be looked at; the policy stays as it is"
                );
            }
        }
    }

    /// Looks at the file. A policy without faults comes into force whole; of anything else the log tells, once.
    pub fn look(&self) {
        let Some(path) = &self.path else { return };
        let text = read(path);
        let mut seen = self.seen();
        let parsed = match text {
            // A file that is gone for a moment, as editors have it, is looked at again.
            Err(fault) => Err(vec![fault]),
            Ok(text) if text == seen.text => {
                // As it was, perhaps after it was away.
                if !seen.standing.faults.is_empty() && Policy::parse(&text).is_ok() {
                    seen.standing.faults.clear();
                }
                return;
            }
            Ok(text) => {
                let parsed = Policy::parse(&text);
                seen.text = text;
                parsed
            }
        };
        match parsed {
            Ok(policy) => {
                seen.standing.faults.clear();
                seen.standing.swaps += 1;
                self.current.send_replace(Arc::new(policy));
                tracing::info!("another policy is in force");
            }
            Err(faults) if faults == seen.standing.faults => {}
            Err(faults) => {
                for fault in &faults {
                    tracing::error!(
                        "the policy file is refused, and the policy before it stays: {fault}"
                    );
                }
                seen.standing.refusals += 1;
                seen.standing.faults = faults;
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Reads a file that may be anything.
fn read(path: &Path) -> Result<String, PolicyFault> {
    use std::io::Read as _;
    let fault = |detail: String| PolicyFault {
        at: String::new(),
        line: None,
        detail: detail.into(),
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path);
    let whole = file.and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes));
    whole.map_err(|error| fault(format!("cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|_| fault("is no UTF-8 text".to_owned()))
}

impl fmt::Display for PolicyRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the policy {} has faults:", self.file.display())?;
        self.faults
            .iter()
            .try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for PolicyRefused {}
