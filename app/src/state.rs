//! The state of the services of this process: one store each.

use std::sync::Arc;

use anyhow::Result;
use medcover_auth::master_secret;
use medcover_identity::{MasterSecret, SystemEntropy};
use medcover_kernel::Clock;
use medcover_store::{MemoryStore, Store};
use medcover_terminology::Icd10Tables;

use crate::coverage;
use crate::roles::{Role, Roles};
use crate::settings::Settings;
use crate::stores::{Opened, Opening};

/// What the services of this process keep.
pub(crate) struct State {
    /// Of the auth service, where it has a role.
    pub(crate) auth: Option<AuthState>,
    /// Of the coverage services.
    pub(crate) coverage: coverage::Stores,
    /// The search log, where terminology has a role and searches are logged.
    pub(crate) terminology: Option<Arc<dyn Store>>,
    /// The tables of terminology, where it has a role and there is a server for them.
    pub(crate) tables: Option<Icd10Tables>,
    /// The stores as they were opened, to be closed.
    opened: Vec<Opened>,
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
        let mut opening = Opening::new(&settings.store, &settings.data.dir, roles, clock);
        let mut auth = None;
        if roles.has(Role::Auth) {
            let schema = medcover_auth::schema();
            let projections = medcover_auth::projections();
            let store = opening.store("auth", schema, &projections).await?;
            let master = match settings.auth.master_secret.reveal() {
                "" => master_secret(&opening.folder("auth")?, &SystemEntropy)?,
                text => MasterSecret::parse(text)?,
            };
            auth = Some(AuthState { store, master });
        }
        let coverage = coverage::Stores::open(roles, &mut opening).await?;
        let mut terminology = None;
        if roles.has(Role::Terminology) && settings.terminology.log_searches {
            let schema = medcover_terminology::schema();
            terminology = Some(opening.store("terminology", schema, &[]).await?);
        }
        let tables = if roles.has(Role::Terminology) {
            opening.tables().await?
        } else {
            None
        };
        Ok(Self {
            auth,
            coverage,
            terminology,
            tables,
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
            tables: None,
            opened: Vec::new(),
        }
    }

    /// The stores as they were opened.
    pub(crate) fn opened(&self) -> &[Opened] {
        &self.opened
    }

    /// Closes the stores that nobody else holds any more.
    pub(crate) async fn close(self) {
        drop((self.auth, self.coverage, self.terminology));
        for store in self.opened {
            store.close().await;
        }
        if let Some(tables) = self.tables {
            tables.close().await;
        }
    }
}
