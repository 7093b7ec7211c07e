//! The scripts in `examples/`, as a reader runs them: on a server that nobody has used before.

use std::path::Path;
use std::process::Command;

use medcover_e2e::Server;

#[test]
fn from_visit_to_cash_by_curl_the_books_balance_after_every_step() {
    let server = Server::start();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let run = Command::new("bash")
        .arg(examples.join("visit-to-cash.sh"))
        .env("MEDCOVER_URL", server.at(""))
        .env("MEDCOVER_ADMIN_PASSWORD", Server::PASSWORD)
        .output()
        .expect("bash is there");
    let (told, surprise) = (text(&run.stdout), text(&run.stderr));
    assert!(run.status.success(), "{told}\n{surprise}");
    let (steps, sums) = (paragraphs(&told), told.matches("trial balance:").count());
    // All but the last, which only says that it is done.
    assert!(steps > 12 && sums >= steps - 1, "{told}");
    assert_eq!(sums, told.matches(" = 0.00").count(), "{told}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn paragraphs(told: &str) -> usize {
    told.split("\n\n").count()
}
