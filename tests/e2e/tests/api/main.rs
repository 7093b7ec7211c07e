//! The whole API held against its own description, by requests that somebody else's program makes of it.

use medcover_e2e::{Schemathesis, Server};

/// After these the token is no longer good, and what is asked next is only refused.
const ENDS_ITS_TOKEN: [&str; 2] = ["sign_out", "change_password"];

#[test]
fn every_answer_is_one_that_the_description_names_and_none_is_a_fault() {
    let server = Server::start();
    let description = server.at("/openapi.json");
    Schemathesis::of(&description, &server.token(), 10)
        .without(&ENDS_ITS_TOKEN)
        .check();
    Schemathesis::of(&description, &server.token(), 10)
        .only(&ENDS_ITS_TOKEN)
        .check();
}
