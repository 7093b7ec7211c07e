//! What Redis does in one step.

use std::sync::LazyLock;

use medcover_redis::redis::{Cmd, FromRedisValue, Script, cmd};
use medcover_redis::{Ask, Redis, RedisError};

macro_rules! scripts {
    ($($name:ident = $file:literal;)*) => {$(
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!(concat!("scripts/", $file))));
    )*};
}

scripts! {
    FORGET = "forget.lua";
    GIVE_BACK = "give_back.lua";
    JOIN = "join.lua";
    PUBLISH = "publish.lua";
    REPLAY = "replay.lua";
    SET_ASIDE = "set_aside.lua";
    SURVEY = "survey.lua";
    TAKE_OVER = "take_over.lua";
    TRIM = "trim.lua";
}

/// Runs `script`. Each of them may be run twice: the second time it finds nothing to do.
pub(crate) async fn run<T: FromRedisValue>(
    redis: &Redis,
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
    redis.ask(ask, build).await
}
