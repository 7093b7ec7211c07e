//! The commands of the guide, in its order, against the router.

use medcover_kernel::TenantId;

use crate::house::{House, every_permission};

const GUIDE: &str = include_str!("../../../../docs/guides/hospital.md");
/// The Monday after the present of the tests.
const DAY: &str = "2026-05-11";

/// A call of `api`: the address and what it sends.
struct Command {
    path: String,
    body: Option<String>,
    is_post: bool,
}

fn commands() -> Vec<Command> {
    let lines = GUIDE.lines().filter_map(|line| line.strip_prefix("api "));
    lines
        .map(|line| {
            let line = line.replace("'$DAY'", DAY).replace("${DAY}", DAY);
            let (path, rest) = match line.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').expect("it ends"),
                None => line.split_once(' ').unwrap_or((&line, "")),
            };
            let body = rest.trim().strip_prefix("--json '");
            let body = body.map(|body| body.trim_end_matches('\'').to_owned());
            Command {
                path: format!("/api/v1/{path}"),
                is_post: body.is_some() || rest.contains("-X POST"),
                body,
            }
        })
        .collect()
}

#[tokio::test]
async fn every_command_of_the_guide_does_what_it_says() {
    let house = House::in_memory();
    let key = every_permission(TenantId::DEFAULT);
    let commands = commands();
    assert_eq!(commands.len(), 16);
    for (number, command) in commands.iter().enumerate() {
        let once = number.to_string();
        let mut headers = vec![("x-api-key", &*key), ("idempotency-key", &*once)];
        if command.body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let method = if command.is_post { "POST" } else { "GET" };
        let body = command.body.clone().unwrap_or_default();
        let answer = house
            .client
            .ask(method, &command.path, &headers, body)
            .await;
        let said = format!("{method} {}: {}", command.path, answer.text());
        assert!(answer.status.is_success(), "{said}");
        if command.path.starts_with("/api/v1/slots?") {
            assert!(
                answer.text().contains("T09:00:00-07:00[America/Phoenix]"),
                "{said}"
            );
        }
    }
}
