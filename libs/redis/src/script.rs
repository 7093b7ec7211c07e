//! What a server does in one step.

use redis::{Cmd, FromRedisValue, Script, cmd};

use crate::{Ask, Lineage, Redis, RedisError};

impl Redis {
    /// Runs `script` on the primary with `keys` and what `arguments` adds. It may be run twice: the second time it has to find
    /// nothing to do.
    pub async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[&str],
        arguments: impl Fn(&mut Cmd) + Send + Sync,
    ) -> Result<T, RedisError> {
        Ok(self.run_whom(script, keys, arguments).await?.0)
    }

    /// The same, with the lineage of the server that answered.
    pub async fn run_whom<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[&str],
        arguments: impl Fn(&mut Cmd) + Send + Sync,
    ) -> Result<(T, Lineage), RedisError> {
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
        self.ask_whom(ask, build).await
    }
}
