//! Which sagas there are, by name and version.

use std::collections::BTreeMap;
use std::sync::Arc;

use medcover_saga::{Definition, StepKind, Undo};

use super::StepAction;

/// A definition and what its steps do. Made by [`Saga::of`].
#[derive(Clone)]
pub struct Saga {
    definition: Definition,
    actions: BTreeMap<&'static str, Arc<dyn StepAction>>,
}

/// A saga being put together; [`SagaBuilder::build`] checks it.
pub struct SagaBuilder {
    saga: Saga,
    fault: Option<String>,
}

/// Why a saga is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("saga {saga}, version {version}: {fault}")]
pub struct RegistryError {
    saga: &'static str,
    version: u16,
    fault: String,
}

/// The sagas of a service.
#[derive(Clone, Default)]
pub struct Registry {
    sagas: BTreeMap<(&'static str, u16), Arc<Saga>>,
}

impl Saga {
    /// Begins to give the steps of `definition` their actions.
    pub const fn of(definition: Definition) -> SagaBuilder {
        SagaBuilder {
            saga: Self {
                definition,
                actions: BTreeMap::new(),
            },
            fault: None,
        }
    }

    /// The definition.
    pub const fn definition(&self) -> &Definition {
        &self.definition
    }

    /// What the step `name` does.
    pub fn action(&self, name: &str) -> Option<&Arc<dyn StepAction>> {
        self.actions.get(name)
    }

    /// The same saga with `wrap` around every action.
    #[must_use]
    pub fn wrapped(
        &self,
        wrap: impl Fn(&'static str, Arc<dyn StepAction>) -> Arc<dyn StepAction>,
    ) -> Self {
        let actions = self.actions.iter();
        Self {
            definition: self.definition.clone(),
            actions: actions
                .map(|(name, action)| (*name, wrap(name, Arc::clone(action))))
                .collect(),
        }
    }

    /// What each step does when the run turns, in words, for the page on sagas.
    pub fn undo_of(&self, name: &str) -> Option<&'static str> {
        let place = self.definition.place_of(name)?;
        Some(match self.definition.steps()[place].undo() {
            Undo::Compensate(_) => "compensated",
            Undo::NotNeeded(reason) => reason,
            Undo::Pivot => "pivot: from here on only forward",
            Undo::Forward => "after the pivot: only forward",
        })
    }

    fn error(&self, fault: String) -> RegistryError {
        RegistryError {
            saga: self.definition.name(),
            version: self.definition.version(),
            fault,
        }
    }
}

impl SagaBuilder {
    /// The step `name` does this.
    #[must_use]
    pub fn action(mut self, name: &'static str, action: impl StepAction + 'static) -> Self {
        let steps = self.saga.definition.steps().iter();
        let mut actions = steps.filter(|step| step.kind() == StepKind::Action);
        if !actions.any(|step| step.name() == name) {
            self.fault = Some(format!(
                "has an action for {name:?}, which is no step of it"
            ));
        }
        if self.saga.actions.insert(name, Arc::new(action)).is_some() {
            self.fault = Some(format!("has two actions for step {name:?}"));
        }
        self
    }

    /// The saga, if every step has what it does.
    pub fn build(self) -> Result<Saga, RegistryError> {
        let missing = self.saga.definition.steps().iter().find(|step| {
            step.kind() == StepKind::Action && !self.saga.actions.contains_key(step.name())
        });
        let missing = missing.map(|step| format!("has no action for step {:?}", step.name()));
        match self.fault.or(missing) {
            Some(fault) => Err(self.saga.error(fault)),
            None => Ok(self.saga),
        }
    }
}

impl Registry {
    /// No sagas yet.
    pub const fn new() -> Self {
        Self {
            sagas: BTreeMap::new(),
        }
    }

    /// Adds a saga. Older versions stay as long as runs of them may live.
    pub fn with(mut self, saga: Saga) -> Result<Self, RegistryError> {
        let (name, version) = (saga.definition.name(), saga.definition.version());
        if self.sagas.contains_key(&(name, version)) {
            return Err(saga.error("is registered twice".to_owned()));
        }
        self.sagas.insert((name, version), Arc::new(saga));
        Ok(self)
    }

    /// The version of the saga that a run keeps.
    pub fn get(&self, name: &str, version: u16) -> Option<&Arc<Saga>> {
        self.all()
            .find(|saga| saga.definition.name() == name && saga.definition.version() == version)
    }

    /// The version that a new run takes.
    pub fn latest(&self, name: &str) -> Option<&Arc<Saga>> {
        // Sorted by version within a name.
        self.all()
            .filter(|saga| saga.definition.name() == name)
            .last()
    }

    /// Every saga in every version.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Saga>> {
        self.sagas.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saga::StepCall;
    use medcover_saga::{Outcome, Step};
    use serde_json::Value;

    struct Nothing;

    #[async_trait::async_trait]
    impl StepAction for Nothing {
        async fn act(&self, _: &StepCall<'_>) -> Outcome {
            Outcome::Done(Value::Null)
        }
    }

    fn definition(version: u16) -> Definition {
        let builder = Definition::named("s", version).step(Step::without_undo("a", "it reads"));
        builder.build().expect("sound")
    }

    #[test]
    fn every_step_needs_its_action_and_no_other_is_taken() {
        let fault = |builder: SagaBuilder| builder.build().err().map(|error| error.to_string());
        assert_eq!(
            fault(Saga::of(definition(1))).as_deref(),
            Some("saga s, version 1: has no action for step \"a\"")
        );
        assert_eq!(
            fault(
                Saga::of(definition(1))
                    .action("a", Nothing)
                    .action("b", Nothing)
            )
            .as_deref(),
            Some("saga s, version 1: has an action for \"b\", which is no step of it")
        );
        assert_eq!(fault(Saga::of(definition(1)).action("a", Nothing)), None);
    }

    #[test]
    fn a_new_run_takes_the_latest_version_and_an_old_one_finds_its_own() {
        let saga = |version| {
            let builder = Saga::of(definition(version)).action("a", Nothing);
            builder.build().expect("whole")
        };
        let registry = Registry::new()
            .with(saga(2))
            .and_then(|it| it.with(saga(10)));
        let registry = registry.and_then(|it| it.with(saga(9))).expect("different");
        let version = |saga: &Arc<Saga>| saga.definition().version();
        assert_eq!(registry.latest("s").map(version), Some(10));
        assert_eq!(registry.get("s", 2).map(version), Some(2));
        assert!(registry.latest("t").is_none());
        assert!(registry.with(saga(9)).is_err());
    }
}
