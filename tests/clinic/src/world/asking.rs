//! A command is asked for until it is answered, and what was answered is remembered.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{
    Call, Caller, Error, ErrorKind, IdempotencyKey, Result, Scopes, TenantId, UserId,
};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::World;
use super::client::Told;
use crate::commands::Command;

/// An answer, or why there is none: as far as it must stay the same.
pub(super) type Said = std::result::Result<Value, String>;

/// One of the people who work here.
pub(super) fn person(number: u64) -> Caller {
    Caller::User(UserId::from_uuid(Uuid::from_u128(
        0x05e4 + u128::from(number),
    )))
}

impl World {
    /// A call of one of the people who work here.
    pub(super) fn call(&self, caller: Caller, key: Option<IdempotencyKey>) -> Call {
        let (within, scopes) = (Duration::from_secs(30), Scopes::all());
        let (clock, rng) = (&*self.clock, &*self.ground.rng);
        let mut call = Call::by(caller, TenantId::DEFAULT, scopes, within, clock, rng);
        call.idempotency = key;
        call
    }

    /// Sends a command until it is answered, and remembers the answer.
    pub(super) async fn ask_anew(
        self: &Arc<Self>,
        caller: Caller,
        key: IdempotencyKey,
        command: Command,
    ) -> Said {
        let answer = self.ask(&caller, &key, &command).await;
        let said = match &answer {
            Ok(_) => "done",
            Err(refused) => refused,
        };
        self.trace
            .note(format_args!("{key} {} {command:?}: {said}", command.name()));
        self.told().push(Told {
            caller,
            key,
            command,
            answer: answer.clone(),
        });
        answer
    }

    /// Sends a command until it is answered.
    pub(super) async fn ask(
        self: &Arc<Self>,
        caller: &Caller,
        key: &IdempotencyKey,
        command: &Command,
    ) -> Said {
        for _ in 0..500 {
            match self
                .send(caller.clone(), key.clone(), command.clone())
                .await
            {
                Some(Ok(answer)) => return Ok(answer),
                Some(Err(error)) if is_final(&error) => {
                    return Err(words(&error));
                }
                Some(Err(error)) if is_fault(&error) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    let name = command.name();
                    self.trace
                        .wrong(format!("{key} {name} failed: {error} {cause:?}"));
                    return Err("failed".to_owned());
                }
                Some(Err(_)) | None => sleep(self.fate.time(300)).await,
            }
        }
        let name = command.name();
        self.trace.wrong(format!("{key} {name} is never answered"));
        Err("never".to_owned())
    }

    /// Sends a command once; `None` when nothing is heard of it.
    async fn send(
        self: &Arc<Self>,
        caller: Caller,
        key: IdempotencyKey,
        command: Command,
    ) -> Option<Result<Value>> {
        self.fate.hesitate().await;
        let call = self.call(caller, Some(key));
        let (answer, answered) = oneshot::channel();
        self.on_some_node(|node| {
            let apis = node.apis.clone();
            node.tasks.spawn(async move {
                // Whoever asked may have gone.
                let _ = answer.send(command.perform(&apis, &call).await);
            });
        })?;
        let patience = Duration::from_millis(20) + self.fate.time(400);
        timeout(patience, answered).await.ok()?.ok()
    }
}

/// An error in words, with the fields that are wrong.
fn words(error: &Error) -> String {
    let mut words = format!("{}: {}", error.slug(), error.message());
    for fault in error.faults() {
        words.extend([" ", &fault.pointer, ": ", &fault.detail]);
    }
    words
}

/// Whether sending the same again would change nothing.
fn is_final(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Conflict => error.slug() != "still-running",
        ErrorKind::Refused
        | ErrorKind::NotFound
        | ErrorKind::Invalid
        | ErrorKind::PreconditionFailed => true,
        _ => false,
    }
}

/// Whether nobody should ever hear such a thing here.
fn is_fault(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Internal | ErrorKind::Forbidden | ErrorKind::Unauthenticated
    )
}
