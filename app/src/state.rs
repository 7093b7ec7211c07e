//! The state of the services of this process: one store each, in the data folder.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use medcover_auth::master_secret;
use medcover_identity::{MasterSecret, SystemEntropy};
use medcover_kernel::Clock;
use medcover_store::{
    MemoryStore, Projection, Schema, SqliteOptions, SqliteStore, Store, TracedStore,
    rebuild_incomplete,
};

use crate::coverage;
use crate::roles::{Role, Roles};
use crate::settings::Settings;

/// What the services of this process keep.
pub(crate) struct State {
    /// Of the auth service, where it has a role.
    pub(crate) auth: Option<AuthState>,
    /// Of the coverage services.
    pub(crate) coverage: coverage::Stores,
    /// The search log, where terminology has a role and searches are logged.
    pub(crate) terminology: Option<Arc<dyn Store>>,
    /// The stores as they were opened, to be closed.
    opened: Vec<Arc<SqliteStore>>,
}

/// What the auth service keeps.
#[derive(Clone)]
pub(crate) struct AuthState {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) master: MasterSecret,
}

impl State {
    /// Opens what the data folder holds for `roles`, making what is missing. Whoever calls this has the folder's lock.
    pub(crate) async fn open(
        settings: &Settings,
        roles: &Roles,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self> {
        let mut opening = Opening {
            clock,
            opened: Vec::new(),
        };
        let data = &settings.data.dir;
        let mut auth = None;
        if roles.has(Role::Auth) {
            let folder = data.join("auth");
            let schema = medcover_auth::schema();
            let projections = medcover_auth::projections();
            let store = opening.store(&folder, schema, &projections).await?;
            let master = match settings.auth.master_secret.reveal() {
                "" => master_secret(&folder, &SystemEntropy)?,
                text => MasterSecret::parse(text)?,
            };
            auth = Some(AuthState { store, master });
        }
        let coverage = coverage::Stores::open(data, roles, &mut opening).await?;
        let mut terminology = None;
        if roles.has(Role::Terminology) && settings.terminology.log_searches {
            let (folder, schema) = (data.join("terminology"), medcover_terminology::schema());
            terminology = Some(opening.store(&folder, schema, &[]).await?);
        }
        Ok(Self {
            auth,
            coverage,
            terminology,
            opened: opening.opened,
        })
    }

    /// Keeps nothing beyond this process: to describe the services, and to test them.
    pub(crate) fn in_memory(roles: &Roles, clock: &Arc<dyn Clock>) -> Self {
        let auth = || AuthState {
            store: Arc::new(MemoryStore::new(medcover_auth::schema(), Arc::clone(clock))),
            master: MasterSecret::generate(&SystemEntropy),
        };
        Self {
            auth: roles.has(Role::Auth).then(auth),
            coverage: coverage::Stores::in_memory(roles, clock),
            terminology: None,
            opened: Vec::new(),
        }
    }

    /// Closes the stores that nobody else holds any more. One that is not closed has lost nothing: what was acknowledged is
    /// on disk.
    pub(crate) async fn close(self) {
        drop((self.auth, self.coverage, self.terminology));
        for store in self.opened {
            if let Some(store) = Arc::into_inner(store) {
                store.close().await;
            }
        }
    }
}

/// Opens stores, and keeps them to be closed.
pub(crate) struct Opening<'a> {
    clock: &'a Arc<dyn Clock>,
    opened: Vec<Arc<SqliteStore>>,
}

impl Opening<'_> {
    /// Opens the store in `folder`. Read models of another version than this program's are made anew from the log.
    pub(crate) async fn store(
        &mut self,
        folder: &Path,
        schema: Schema,
        projections: &[&dyn Projection],
    ) -> Result<Arc<dyn Store>> {
        // Hashes of passwords and records of patients are nobody else's business.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let options = SqliteOptions::new(folder.join("store.db"));
        let store = Arc::new(SqliteStore::open(options, schema, Arc::clone(self.clock)).await?);
        self.opened.push(Arc::clone(&store));
        let rebuilt = rebuild_incomplete(&*store, projections).await?;
        if !rebuilt.is_empty() {
            tracing::info!(views = rebuilt.join(", "), "read models made from the log");
        }
        let name = folder.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        Ok(Arc::new(TracedStore::new(store, name)))
    }
}
