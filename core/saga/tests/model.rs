//! A run among participants that fail, stall, take effect without saying so, and hear everything twice.

use std::collections::BTreeSet;
use std::time::Duration;

use medcover_kernel::{SeededRng, Timestamp};
use medcover_saga::{
    Attempt, Command, Definition, Direction, Effect, Event, Input, Outcome, Phase, Refusal, Retry,
    State, Step, StepKind, Token, Undo, command, decide,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
/// Far more rounds than any run here needs once its participants behave.
const MAX_ROUNDS: usize = 20_000;

/// The services that are asked: idempotent by step, and deaf to a step that was undone or refused.
#[derive(Default)]
struct Participants {
    applied: BTreeSet<&'static str>,
    closed: BTreeSet<&'static str>,
    times_applied: Vec<&'static str>,
}

impl Participants {
    fn apply(&mut self, step: &'static str) {
        if !self.closed.contains(step) && self.applied.insert(step) {
            self.times_applied.push(step);
        }
    }

    fn undo(&mut self, step: &'static str) {
        self.applied.remove(step);
        self.closed.insert(step);
    }

    fn knows(&self, step: &'static str) -> bool {
        self.applied.contains(step) || self.closed.contains(step)
    }
}

/// One run and everything around it.
struct Run {
    definition: Definition,
    state: State,
    log: Vec<Event>,
    world: Participants,
    now: Timestamp,
    rng: SeededRng,
    heard: Vec<(Token, Outcome)>,
}

impl Run {
    fn new(definition: Definition, seed: u64) -> Self {
        let now = Timestamp::from_micros(1_000_000);
        let input = json!({"amount_minor": 5});
        let key = Some("the-key".to_owned());
        let (state, started) = State::start(&definition, input, key, now);
        Self {
            state,
            log: vec![started],
            definition,
            world: Participants::default(),
            now,
            rng: SeededRng::new(seed),
            heard: Vec::new(),
        }
    }

    fn feed(&mut self, input: Input) -> Effect {
        let decision = decide(&self.definition, &self.state, input, self.now, &self.rng);
        assert!(decision.effect != Effect::Superseded || decision.events.is_empty());
        self.write(decision.events);
        decision.effect
    }

    /// What somebody asks, and then whoever drives the run is woken.
    fn command(&mut self, asked: Command) -> Result<Effect, Refusal> {
        let events = command(&self.definition, &self.state, asked, self.now)?;
        self.write(events);
        Ok(self.wake())
    }

    fn write(&mut self, events: Vec<Event>) {
        assert!(
            !self.state.is_over() || events.is_empty(),
            "a run that is over stays so"
        );
        self.state
            .apply_all(&self.definition, &events)
            .expect("a decision fits its state");
        self.log.extend(events);
    }

    fn wake(&mut self) -> Effect {
        self.feed(Input::Wake)
    }

    fn report(&mut self, attempt: Attempt, outcome: Outcome) -> Effect {
        self.heard.push((attempt.token(), outcome.clone()));
        let attempt = attempt.token();
        self.feed(Input::Report { attempt, outcome })
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    /// Makes the attempt as `choice` says.
    fn attempt(&mut self, attempt: Attempt, choice: u8) -> Effect {
        let step = attempt.step;
        let forward = attempt.direction == Direction::Forward;
        let reason = || "the network".to_owned();
        match choice % 8 {
            // It takes effect, and nobody hears of it.
            0 => {
                self.take_effect(attempt);
                self.report(attempt, Outcome::Failed(reason()))
            }
            1 => self.report(attempt, Outcome::Failed(reason())),
            2 if forward && !self.world.knows(step) => {
                self.world.closed.insert(step);
                self.report(attempt, Outcome::Refused("no".to_owned()))
            }
            3 => self.report(attempt, Outcome::Waiting(Duration::from_secs(1))),
            // The node dies, before or after the effect.
            4 | 5 => {
                if choice % 8 == 4 {
                    self.take_effect(attempt);
                }
                self.pass(attempt.limit);
                self.wake()
            }
            6 if !forward => self.report(attempt, Outcome::Refused("cannot".to_owned())),
            _ => self.succeed(attempt),
        }
    }

    fn take_effect(&mut self, attempt: Attempt) {
        match attempt.direction {
            Direction::Forward => self.world.apply(attempt.step),
            Direction::Backward => self.world.undo(attempt.step),
        }
    }

    fn succeed(&mut self, attempt: Attempt) -> Effect {
        let forward = attempt.direction == Direction::Forward;
        if forward && self.world.closed.contains(attempt.step) {
            return self.report(attempt, Outcome::Refused("closed".to_owned()));
        }
        self.take_effect(attempt);
        self.report(attempt, Outcome::Done(json!(attempt.step)))
    }

    /// Things that happen around the run at any time.
    fn disturb(&mut self, choice: u8) -> Option<Effect> {
        match choice % 16 {
            0 => self
                .heard
                .last()
                .cloned()
                .map(|(attempt, outcome)| self.feed(Input::Report { attempt, outcome })),
            1 => self.heard.first().cloned().map(|(attempt, _)| {
                let outcome = Outcome::Done(Value::Null);
                self.feed(Input::Report { attempt, outcome })
            }),
            2 => self
                .command(Command::Cancel {
                    reason: "changed my mind".to_owned(),
                })
                .ok(),
            3 => {
                let mut signals = self.definition.steps().iter();
                let signal = signals.rfind(|step| step.kind() == StepKind::Signal)?;
                let (name, payload) = (signal.name().to_owned(), json!(1));
                self.command(Command::Signal { name, payload }).ok()
            }
            4 => Some(self.wake()),
            _ => None,
        }
    }

    /// Runs until it is over: first by the script, then with everyone well-behaved.
    fn finish(&mut self, script: &[u8]) {
        let mut script = script.iter().copied();
        let mut effect = self.wake();
        for _ in 0..MAX_ROUNDS {
            if self.state.is_over() {
                return;
            }
            let choice = script.next();
            if let Some(other) = choice.and_then(|choice| self.disturb(choice / 8)) {
                // Whoever disturbed it goes on with what it was told, unless it was told to leave it alone.
                if other != Effect::Superseded && !matches!(effect, Effect::Run(_)) {
                    effect = other;
                    continue;
                }
            }
            effect = match effect {
                Effect::Run(attempt) => match choice {
                    Some(choice) => self.attempt(attempt, choice),
                    None => self.succeed(attempt),
                },
                Effect::Sleep(Some(until)) => {
                    assert!(until > self.now, "a sleep lies in the future");
                    self.now = until;
                    self.wake()
                }
                Effect::Sleep(None) => {
                    let waiting = self.state.current(&self.definition);
                    let step = self.definition.steps()[waiting.expect("it waits at a step")];
                    assert_eq!(step.kind(), StepKind::Signal);
                    let (name, payload) = (step.name().to_owned(), json!(2));
                    self.command(Command::Signal { name, payload })
                        .expect("it waits for it")
                }
                Effect::Superseded => self.wake(),
                Effect::Rest => {
                    assert!(matches!(self.state.phase(), Phase::Parked(_)));
                    let note = "look again".to_owned();
                    self.stuck_after_pivot();
                    self.command(Command::Resume { note })
                        .expect("it is parked")
                }
            };
        }
        panic!("the run does not end: {:?}\n{:#?}", self.state, self.log);
    }

    /// What a person does at a step past the pivot that was refused: sets right whatever made it so.
    fn stuck_after_pivot(&mut self) {
        if self.state.phase() != Phase::Parked(Direction::Forward) {
            return;
        }
        self.world.closed.clear();
        let step = self.state.current(&self.definition).expect("parked there");
        let step = self.definition.steps()[step];
        if step.kind() == StepKind::Signal {
            let (name, payload) = (step.name().to_owned(), json!(3));
            self.command(Command::Signal { name, payload })
                .expect("it is awaited");
        }
    }

    fn compensated_steps(&self) -> impl Iterator<Item = &'static str> {
        let steps = self.definition.steps().iter();
        steps
            .filter(|step| matches!(step.undo(), Undo::Compensate(_) | Undo::Pivot))
            .map(Step::name)
    }

    fn check(&self) {
        let folded = State::fold(&self.definition, &self.log).expect("its own log");
        assert_eq!(folded, self.state, "the log says everything");
        self.check_end();
        self.check_undo_order();
        self.check_pivot();
        for event in &self.log {
            let read = Event::read(event.kind(), &event.data()).expect("written by us");
            assert_eq!(&read, event);
        }
    }

    fn check_end(&self) {
        let ends = |event: &&Event| matches!(event, Event::Completed | Event::Compensated);
        assert!(self.log.iter().filter(ends).count() <= 1);
        match self.state.phase() {
            Phase::Completed => {
                let actions = self.definition.steps().iter();
                let actions = actions.filter(|step| step.kind() == StepKind::Action);
                let all: BTreeSet<_> = actions.map(Step::name).collect();
                assert_eq!(self.world.applied, all, "everything took effect");
                assert_eq!(self.world.times_applied.len(), all.len(), "once each");
            }
            Phase::Compensated => {
                for step in self.compensated_steps() {
                    assert!(!self.world.applied.contains(step), "{step} is undone");
                }
            }
            other => panic!("not an end: {other:?}"),
        }
    }

    /// An undo begins only when every later step that has one is undone.
    fn check_undo_order(&self) {
        let place = |step: &String| self.definition.place_of(step).expect("a step");
        let mut lowest = usize::MAX;
        let mut done = BTreeSet::new();
        for event in &self.log {
            if let Event::UndoStarted { step, .. } = event {
                assert!(place(step) <= lowest, "undone in reverse order");
                assert!(!done.contains(step), "undone once");
                assert!(
                    lowest == usize::MAX || place(step) == lowest || done.contains(NAMES[lowest]),
                    "the later step is undone first"
                );
                lowest = place(step);
            }
            if let Event::UndoDone { step, .. } = event {
                done.insert(step.clone());
            }
        }
    }

    /// Once the pivot has begun and was not refused, nothing is undone.
    fn check_pivot(&self) {
        let Some(pivot) = self.definition.pivot() else {
            return;
        };
        let pivot = self.definition.steps()[pivot].name();
        let mut open = true;
        for event in &self.log {
            match event {
                Event::StepStarted { step, .. } if step == pivot => open = false,
                Event::StepRefused { step, .. } if step == pivot => open = true,
                Event::Turned { .. } | Event::UndoStarted { .. } => assert!(open),
                _ => {}
            }
        }
    }
}

fn early_step(kind: u8, name: &'static str) -> Step {
    let few = Retry::times(3);
    match kind % 6 {
        0 => Step::without_undo(name, "it only reads").retry(few),
        1 => Step::pause(name, Duration::from_secs(5)),
        2 => Step::signal(name).within(Duration::from_mins(1)),
        3 => Step::signal(name),
        _ => Step::compensated(name).retry(few).undo_retry(few),
    }
}

fn late_step(kind: u8, name: &'static str) -> Step {
    match kind % 6 {
        0 => Step::pause(name, Duration::from_secs(5)),
        1 => Step::signal(name).within(Duration::from_mins(1)),
        _ => Step::forward(name).retry(Retry::times(3)),
    }
}

prop_compose! {
    fn definitions()(
        early in prop::collection::vec(any::<u8>(), 1..5),
        pivot in any::<bool>(),
        late in prop::collection::vec(any::<u8>(), 0..3),
        deadline in prop::option::weighted(0.3, 1_u64..200),
    ) -> Definition {
        let mut names = NAMES.into_iter();
        let mut name = || names.next().expect("enough names");
        let mut builder = Definition::named("model", 1);
        if let Some(seconds) = deadline {
            builder = builder.deadline(Duration::from_secs(seconds));
        }
        for kind in early {
            builder = builder.step(early_step(kind, name()));
        }
        if pivot {
            builder = builder.step(Step::pivot(name()).retry(Retry::times(3)));
            for kind in late {
                builder = builder.step(late_step(kind, name()));
            }
        }
        builder.build().expect("sound by construction")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_run_ends_whole_or_undone(
        definition in definitions(),
        script in prop::collection::vec(any::<u8>(), 0..120),
        seed in any::<u64>(),
    ) {
        let mut run = Run::new(definition, seed);
        run.finish(&script);
        run.check();
    }
}

fn three_steps() -> Definition {
    Definition::named("three", 1)
        .step(Step::compensated("a"))
        .step(Step::pivot("b").retry(Retry::times(2)))
        .step(Step::forward("c").retry(Retry::times(2)))
        .build()
        .expect("sound")
}

fn first_attempt(effect: Effect) -> Attempt {
    match effect {
        Effect::Run(attempt) => attempt,
        other => panic!("nothing runs: {other:?}"),
    }
}

#[test]
fn a_step_with_unknown_outcome_is_undone_and_a_refused_one_is_not() {
    for (outcome, undone) in [
        (Outcome::Refused("no".to_owned()), false),
        (Outcome::Failed("time-out".to_owned()), true),
    ] {
        let step = Step::compensated("a").retry(Retry::NEVER);
        let definition = Definition::named("one", 1).step(step).build();
        let mut run = Run::new(definition.expect("sound"), 1);
        let attempt = first_attempt(run.wake());
        run.report(attempt, outcome);
        let undo = |event: &Event| matches!(event, Event::UndoStarted { .. });
        assert_eq!(run.log.iter().any(undo), undone);
    }
}

#[test]
fn a_refusal_after_an_attempt_with_unknown_end_is_not_relied_upon() {
    let definition = Definition::named("one", 1).step(Step::compensated("a"));
    let mut run = Run::new(definition.build().expect("sound"), 1);
    let attempt = first_attempt(run.wake());
    let Effect::Sleep(Some(until)) = run.report(attempt, Outcome::Failed("time-out".to_owned()))
    else {
        panic!("it is tried again");
    };
    run.now = until;
    let second = first_attempt(run.wake());
    let undo = first_attempt(run.report(second, Outcome::Refused("no".to_owned())));
    assert_eq!(undo.direction, Direction::Backward);
}

#[test]
fn a_pivot_with_unknown_outcome_is_parked_not_undone_and_no_longer_cancelled() {
    let mut run = Run::new(three_steps(), 1);
    let hold = first_attempt(run.wake());
    let mut effect = run.succeed(hold);
    for _ in 0..2 {
        let pivot = first_attempt(effect);
        effect = run.report(pivot, Outcome::Failed("time-out".to_owned()));
        if let Effect::Sleep(Some(until)) = effect {
            run.now = until;
            effect = run.wake();
        }
    }
    assert_eq!(effect, Effect::Rest);
    assert_eq!(run.state.phase(), Phase::Parked(Direction::Forward));
    let reason = "never mind".to_owned();
    assert_eq!(
        run.command(Command::Cancel { reason }),
        Err(Refusal::PastPivot),
        "nobody knows whether the pivot took effect"
    );
}

#[test]
fn a_waking_node_leaves_an_attempt_alone_that_may_still_be_under_way() {
    let mut run = Run::new(three_steps(), 1);
    let attempt = first_attempt(run.wake());
    let until = run.now.plus(attempt.limit);
    assert_eq!(run.wake(), Effect::Sleep(Some(until)));
    run.now = until;
    assert_eq!(first_attempt(run.wake()).number, 2);
    assert_eq!(
        run.report(attempt, Outcome::Done(Value::Null)),
        Effect::Superseded,
        "the first attempt reports too late"
    );
}

#[test]
fn cancelling_waits_for_the_attempt_under_way_and_then_undoes_it() {
    let mut run = Run::new(three_steps(), 1);
    let attempt = first_attempt(run.wake());
    let reason = "changed my mind".to_owned();
    let effect = run
        .command(Command::Cancel { reason })
        .expect("before the pivot");
    assert_eq!(effect, Effect::Sleep(Some(run.now.plus(attempt.limit))));
    let undo = first_attempt(run.succeed(attempt));
    assert_eq!((undo.step, undo.direction), ("a", Direction::Backward));
    run.succeed(undo);
    assert_eq!(run.state.phase(), Phase::Compensated);
}

#[test]
fn an_undo_that_keeps_failing_parks_and_a_person_lets_it_go_on_or_takes_it_over() {
    let step = Step::compensated("a").undo_retry(Retry::times(2));
    let definition = Definition::named("one", 1).step(step).build();
    let mut run = Run::new(definition.expect("sound"), 1);
    let attempt = first_attempt(run.wake());
    run.world.apply("a");
    run.command(Command::Cancel {
        reason: "no".to_owned(),
    })
    .expect("not over");
    let mut effect = run.report(attempt, Outcome::Done(Value::Null));
    while let Effect::Run(undo) = effect {
        effect = run.report(undo, Outcome::Failed("down".to_owned()));
        if let Effect::Sleep(Some(until)) = effect {
            run.now = until;
            effect = run.wake();
        }
    }
    assert_eq!(run.state.phase(), Phase::Parked(Direction::Backward));
    let note = || "the operator".to_owned();
    let mut abandoned = Run {
        definition: run.definition.clone(),
        state: run.state.clone(),
        log: run.log.clone(),
        world: Participants::default(),
        now: run.now,
        rng: SeededRng::new(2),
        heard: Vec::new(),
    };
    assert_eq!(
        abandoned.command(Command::Abandon { note: note() }),
        Ok(Effect::Rest)
    );
    assert_eq!(abandoned.state.phase(), Phase::Abandoned);
    let undo = first_attempt(
        run.command(Command::Resume { note: note() })
            .expect("parked"),
    );
    assert_eq!(undo.number, 3, "attempts are never numbered anew");
    run.succeed(undo);
    assert_eq!(run.state.phase(), Phase::Compensated);
}

#[test]
fn a_missed_deadline_turns_the_run_before_the_pivot_only() {
    let definition = || {
        Definition::named("late", 1)
            .deadline(Duration::from_secs(10))
            .step(Step::compensated("a"))
            .step(Step::signal("s"))
            .step(Step::pivot("b"))
            .build()
            .expect("sound")
    };
    let mut run = Run::new(definition(), 1);
    let first = first_attempt(run.wake());
    let effect = run.succeed(first);
    assert_eq!(
        effect,
        Effect::Sleep(Some(run.state.started_at().plus(Duration::from_secs(10))))
    );
    run.pass(Duration::from_secs(10));
    assert_eq!(first_attempt(run.wake()).direction, Direction::Backward);

    let mut run = Run::new(definition(), 1);
    let first = first_attempt(run.wake());
    run.succeed(first);
    let (name, payload) = ("s".to_owned(), json!({"by": "the visit"}));
    let pivot = run
        .command(Command::Signal { name, payload })
        .expect("awaited");
    run.pass(Duration::from_secs(11));
    let pivot = first_attempt(pivot);
    run.succeed(pivot);
    assert_eq!(run.state.phase(), Phase::Completed);
    assert_eq!(run.state.output(1), Some(&json!({"by": "the visit"})));
}

#[test]
fn a_step_that_waits_for_ever_is_given_up_in_bounded_log() {
    let definition = Definition::named("slow", 1)
        .step(Step::compensated("a"))
        .build();
    let mut run = Run::new(definition.expect("sound"), 1);
    let mut effect = run.wake();
    while let Effect::Run(attempt) = effect
        && attempt.direction == Direction::Forward
    {
        effect = run.report(attempt, Outcome::Waiting(Duration::from_mins(1)));
        if let Effect::Sleep(Some(until)) = effect {
            run.now = until;
            effect = run.wake();
        }
    }
    assert_eq!(run.state.phase(), Phase::Backward);
    assert!(run.log.len() < medcover_saga::MAX_ENTRIES as usize + 10);
}

#[test]
fn a_log_that_no_run_wrote_is_refused_with_its_place() {
    let definition = three_steps();
    let (_, begin) = State::start(&definition, Value::Null, None, Timestamp::from_micros(0));
    let log = [begin.clone(), Event::Completed];
    let fault = State::fold(&definition, &log).expect_err("nothing was done");
    assert_eq!(
        fault.to_string(),
        "the log of saga three cannot hold \"completed\" at its entry 2"
    );
    assert!(State::fold(&definition, &[]).is_err());
    let other = Definition::named("three", 2).step(Step::compensated("a"));
    let other = other.build().expect("sound");
    assert!(
        State::fold(&other, &[begin]).is_err(),
        "another version of the definition"
    );
}
