//! Clients: each takes up visits, one step after the other, and now and then does what nobody expects.

use std::sync::Arc;

use medcover_kernel::{Caller, IdempotencyKey};
use tokio::time::sleep;

use super::World;
use super::asking::{Said, person};
use crate::commands::Command;
use crate::setting;

/// A command with its key, and what was answered.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) caller: Caller,
    pub(super) key: IdempotencyKey,
    pub(super) command: Command,
    pub(super) answer: Said,
}

impl World {
    /// Makes what must be there before the first patient comes.
    pub(super) async fn open(self: &Arc<Self>) {
        for (number, command) in setting::opening().into_iter().enumerate() {
            let key = format!("open-{number}").parse().expect("a key");
            if let Err(refused) = self.ask_anew(person(0), key, command).await {
                let fault = format!("the clinic cannot open at step {number}: {refused}");
                self.trace.wrong(fault);
                return;
            }
        }
    }

    /// One client's whole work: so many commands, one after the other.
    pub(super) async fn client(self: Arc<Self>, number: usize, commands: usize) {
        for at in 0..commands {
            if self.trace.is_wrong() {
                return;
            }
            if self.fate.happens(100) {
                self.ask_again().await;
            }
            let key = format!("client-{number}-{at}").parse().expect("a key");
            let caller = person(self.fate.below(3));
            let (visit, command) = {
                let mut desk = self.desk();
                desk.next(&self.fate, self.storm_per_mille)
            };
            let stage = visit.and_then(|visit| self.desk().stage(visit));
            let answer = self.ask_anew(caller, key, command.clone()).await;
            let waits = visit.zip(stage).is_some_and(|taken| {
                let mut desk = self.desk();
                desk.learn(&self.fate, taken, &command, &answer)
            });
            if waits || self.fate.happens(150) {
                sleep(self.fate.time(200)).await;
            }
        }
    }

    /// Sends an earlier command again: the answer is the same.
    async fn ask_again(self: &Arc<Self>) {
        let told = {
            let told = self.told();
            let at = self.fate.below(told.len() as u64) as usize;
            told.get(at).cloned()
        };
        if let Some(told) = told {
            self.repeat(&told).await;
        }
    }

    /// Sends a command again that was answered.
    pub(super) async fn repeat(self: &Arc<Self>, told: &Told) {
        // That a request is not valid is kept under no key: it may be once what it names is there.
        if matches!(&told.answer, Err(refused) if refused.starts_with("invalid")) {
            return;
        }
        let said = self.ask(&told.caller, &told.key, &told.command).await;
        if said != told.answer {
            let (key, name) = (&told.key, told.command.name());
            let answer = &told.answer;
            self.trace.wrong(format!(
                "{key} {name} was answered {answer:?}, and then {said:?}"
            ));
        }
    }
}
