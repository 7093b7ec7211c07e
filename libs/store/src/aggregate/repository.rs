//! What a service keeps, as its use cases meet it.

use std::fmt;
use std::sync::Arc;

use medcover_kernel::{Call, Clock, Error, Result, Rng, TenantId};
use uuid::Uuid;

use super::{Aggregate, Loaded, Page, load, page};
use crate::{
    Append, CommitError, Context, Listing, Projection, Receipt, Select, Store, StreamId, Value,
    limits,
};

/// The things that one service keeps.
#[derive(Clone)]
pub struct Repository {
    /// The engine.
    pub store: Arc<dyn Store>,
    /// The clock of the process.
    pub clock: Arc<dyn Clock>,
    /// Chance for ids.
    pub rng: Arc<dyn Rng>,
    /// The rows that follow from events, in their commit.
    pub views: &'static dyn Projection,
}

impl Repository {
    /// A new id: UUID version 7, so that ids made later sort later.
    pub fn new_id(&self) -> Uuid {
        medcover_kernel::macros::uuid_v7(&*self.clock, &*self.rng)
    }

    /// The thing `id` of the tenant; one to which nothing ever happened is at version 0.
    pub async fn by_id<A: Aggregate>(&self, tenant: TenantId, id: Uuid) -> Result<Loaded<A>> {
        load(&*self.store, tenant, StreamId::new(A::KIND, id)).await
    }

    /// The thing that has the business key `parts`.
    pub async fn by_key<A: Aggregate>(
        &self,
        tenant: TenantId,
        parts: &[&str],
    ) -> Result<Loaded<A>> {
        load(&*self.store, tenant, StreamId::of_key(A::KIND, parts)).await
    }

    /// Adds `events` of `thing` to `append`; once for each thing.
    pub fn write<A: Aggregate>(
        &self,
        append: Append,
        thing: &mut Loaded<A>,
        events: impl IntoIterator<Item = A::Event>,
    ) -> Result<Append> {
        let events: Vec<_> = events.into_iter().collect();
        thing.write(append, &events, &*self.clock, &*self.rng)
    }

    /// Keeps `append` with the rows that follow from it.
    pub async fn commit(&self, append: Append) -> Result<Receipt, CommitError> {
        self.store.commit(append.project(self.views)).await
    }

    /// Lets `decision` load what it needs, decide, and add the outcome to the commit that it is given; again on fresh
    /// state when somebody else was faster, [`limits::DECISIONS`] times at most (then 503). A decision that adds nothing
    /// commits nothing.
    pub async fn decide<T>(
        &self,
        call: &Call,
        mut decision: impl AsyncFnMut(Append) -> Result<(Append, T)>,
    ) -> Result<T> {
        let mut tries = Tries::default();
        loop {
            let nothing = Append::new(Context::of(call));
            let (append, answer) = decision(nothing.clone()).await?;
            if append == nothing {
                return Ok(answer);
            }
            match self.commit(append).await {
                Ok(_) => return Ok(answer),
                Err(error) => tries.again(error)?,
            }
        }
    }

    /// A page of the rows of `listing` that are `equal`, in its order. The table has the key `id` alone.
    pub async fn page(
        &self,
        listing: &'static Listing,
        tenant: TenantId,
        equal: Vec<Value>,
        after: Option<&str>,
        limit: medcover_kernel::Limit,
    ) -> Result<Page> {
        let select = Select::first(listing, tenant, equal, limit.get());
        page(&*self.store, select, after).await
    }

    /// As [`Repository::page`], with the last rows first.
    pub async fn last_page(
        &self,
        listing: &'static Listing,
        tenant: TenantId,
        equal: Vec<Value>,
        after: Option<&str>,
        limit: medcover_kernel::Limit,
    ) -> Result<Page> {
        let mut select = Select::first(listing, tenant, equal, limit.get());
        select.descending = true;
        page(&*self.store, select, after).await
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let views = self.views.name();
        f.debug_struct("Repository")
            .field("views", &views)
            .finish_non_exhaustive()
    }
}

/// How often a use case has decided.
#[derive(Debug, Default)]
pub struct Tries(usize);

impl Tries {
    /// After a commit that failed with `error`: whether to load and decide again. Fails after the last try, and with every
    /// error that deciding again would not mend.
    pub fn again(&mut self, error: CommitError) -> Result<(), Error> {
        self.0 += 1;
        if error.is_conflict() && self.0 < limits::DECISIONS {
            Ok(())
        } else {
            Err(error.into())
        }
    }
}
