//! What Redis does in one step. Each of them may be run twice: the second time it finds nothing to do.

use std::sync::LazyLock;

use medcover_redis::redis::Script;

macro_rules! scripts {
    ($($name:ident = $file:literal;)*) => {$(
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!(concat!("scripts/", $file))));
    )*};
}

scripts! {
    DROP = "drop.lua";
    FORGET = "forget.lua";
    GIVE_BACK = "give_back.lua";
    JOIN = "join.lua";
    LAST = "last.lua";
    PUBLISH = "publish.lua";
    REPLAY = "replay.lua";
    SET_ASIDE = "set_aside.lua";
    SURVEY = "survey.lua";
    TAKE_OVER = "take_over.lua";
    TRIM = "trim.lua";
}
