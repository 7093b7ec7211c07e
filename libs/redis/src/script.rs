//! What a server does in one step.

use redis::{Cmd, FromRedisValue, Script, cmd};

use crate::{Ask, Redis, RedisError};

impl Redis {
    /// Runs `script` on the primary with `keys` and what `arguments` adds. It may be run twice: the second time it has to find
    /// nothing to do.
    pub async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[&str],
        arguments: impl Fn(&mut Cmd) + Send + Sync,
    ) -> Result<T, RedisError> {
        let ask = Ask {
            scripts: &[script],
            ..Ask::PRIMARY
        };
        let build = |_: &_| {
            let mut call = cmd("EVALSHA");
            call.arg(script.get_hash()).arg(keys.len()).arg(keys);
            arguments(&mut call);
            call.into()
        };
        self.ask(ask, build).await
    }
}
