//! Each page, over the shelf.

use std::sync::Arc;

use medcover_console::Console;
use medcover_testkit::{Answer, Client};

use crate::shelf::{HOSTILE, Shelf};

fn client() -> Client {
    let console = Console::new(Arc::new(Shelf));
    Client::new(medcover_testkit::edge().router(console.routes()))
}

async fn get(path: &str) -> Answer {
    client().get(path).await
}

async fn analyse(form: &str) -> Answer {
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    client()
        .ask("POST", "/analysis", &kind, form.to_owned())
        .await
}

const PAGES: [&str; 8] = [
    "/",
    "/?q=heart",
    "/results?q=heart",
    "/codes/I21",
    "/codes/X00",
    "/codes/X00/branch",
    "/analysis",
    "/releases",
];

#[tokio::test]
async fn a_notice_stands_on_every_whole_page_where_there_is_one() {
    let notice = Some("Nothing here is <real>.");
    let console = Console::new(Arc::new(Shelf)).with_notice(notice);
    let client = Client::new(medcover_testkit::edge().router(console.routes()));
    let shown = r#"<p class="demo" role="note">Nothing here is &#60;real&#62;.</p>"#;
    for path in PAGES.into_iter().chain(["/codes/nothing"]) {
        let page = client.get(path).await.text();
        let is_whole = page.contains("<html");
        assert_eq!(page.contains(shown), is_whole, "{path}: {page}");
        assert!(!get(path).await.text().contains("role=\"note\""), "{path}");
    }
}

#[tokio::test]
async fn results_are_made_by_the_server() {
    let page = get("/?q=heart+attac&chapter=9").await;
    assert_eq!(page.status, 200);
    let text = page.text();
    for expected in [
        r#"<a class="code" href="/codes/I21.9">I21.9</a>"#,
        "default code, by the index entry <q><mark>Heart</mark> <mark>attack</mark></q>",
        "2 letters differ",
        "93 %",
        r#"<option value="9" selected>"#,
        r#"value="heart attac""#,
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

#[tokio::test]
async fn the_fragment_is_what_the_page_holds() {
    let fragment = get("/results?q=heart").await.text();
    assert!(fragment.contains("I21.9") && !fragment.contains("<html"));
    assert!(get("/?q=heart").await.text().contains(&fragment));
    assert_eq!(get("/results?q=+").await.text().trim(), "");
}

#[tokio::test]
async fn filters_and_pages_are_kept_in_addresses() {
    let text = get("/?q=many&billable=true").await.text();
    assert!(
        !text.contains(r#"href="/codes/X00""#),
        "headers are left out"
    );
    assert!(
        text.contains("q=many&#38;chapter=&#38;billable=true&#38;cursor=a%2Bb%2Fc%3D"),
        "{text}"
    );
    let next = get("/?q=many&chapter=&billable=true&cursor=a%2Bb%2Fc%3D").await;
    assert!(!next.text().contains("More codes"));
}

#[tokio::test]
async fn a_refused_query_is_told_beside_the_box() {
    let page = get(&format!("/?q={}", "x".repeat(300))).await;
    assert_eq!(page.status, 400);
    let text = page.text();
    assert!(text.contains("q must have 1 to 256 characters") && text.contains("id=\"ask\""));
    let nothing = get("/?q=nothing").await;
    assert!(nothing.status == 200 && nothing.text().contains("Nothing fits these words"));
}

#[tokio::test]
async fn failures_are_pages_that_say_what_to_do_and_hide_causes() {
    let cases = [
        ("/codes/Q99.9", 404, "There is no code Q99.9"),
        ("/?q=down", 503, "No release is loaded yet."),
        (
            "/results?q=defect",
            500,
            "Something went wrong on our side.",
        ),
        ("/?colour=red", 400, "colour is not known"),
        ("/codes/%ff", 400, "the path is not well encoded"),
        ("/static/0/nothing.css", 404, "no such file"),
    ];
    for (path, status, message) in cases {
        let page = get(path).await;
        assert_eq!(page.status, status, "{path}");
        assert_eq!(
            page.header("content-type"),
            "text/html; charset=utf-8",
            "{path}"
        );
        let text = page.text();
        assert!(text.contains(message), "{message} in {text}");
        assert!(!text.contains("secret"));
    }
}

#[tokio::test]
async fn hostile_wording_stays_text() {
    for path in PAGES
        .into_iter()
        .chain(["/?q=%3Cscript%3Ealert(1)%3C/script%3E%22"])
    {
        let text = get(path).await.text();
        assert!(
            !text.contains(HOSTILE) && !text.contains("<script>") && !text.contains("<img"),
            "{path}: {text}"
        );
        assert!(!text.contains("<b>"), "{path}");
    }
    let analysed = analyse("symptoms=%3C/textarea%3E%3Cscript%3E1%3C/script%3E")
        .await
        .text();
    assert!(!analysed.contains("<script>") && analysed.matches("</textarea>").count() == 1);
    let code = get("/codes/X00.%22%3E%3Cimg%20src%3Dx%3E").await;
    assert_eq!(code.status, 200);
    assert!(!code.text().contains("<img"));
}

#[tokio::test]
async fn notes_link_the_codes_they_name() {
    let text = get("/codes/I21").await.text();
    assert!(
        text.contains(
            r#"old myocardial infarction (<a class="code" href="/codes/I25.2">I25.2</a>)"#
        ),
        "{text}"
    );
    assert!(
        text.contains(r#"href="/codes/O00">O00</a>-<a class="code" href="/codes/O9A">O9A</a>"#)
    );
    assert!(text.contains(r#"<h3>from <a href="/codes/9">Chapter 9</a></h3>"#));
    let hostile = get("/codes/X00").await.text();
    assert!(hostile.contains(r#"œdème &#60;b&#62;&#38;amp;&#60;/b&#62; (<a class="code" href="/codes/R60">R60.-</a>), &#34;quoted&#34;"#), "{hostile}");
}

#[tokio::test]
async fn a_code_shows_its_place_default_and_seventh_characters() {
    let header = get("/codes/I21").await.text();
    assert!(header.contains("When nothing more is said, the code is <a href=\"/codes/I21.9\">"));
    for code in ["I20", "I22", "I21.0", "I20-I25"] {
        assert!(
            header.contains(&format!("href=\"/codes/{code}\"")),
            "{code}"
        );
    }
    assert!(header.contains("data-branch=\"/codes/I21.0/branch\""));
    assert_eq!(header.matches("cardiac infarction").count(), 1);
    let picker = get("/codes/S52.041").await.text();
    assert!(picker.contains(r#"<a class="code" href="/codes/S52.041B">S52.041B</a>"#));
    assert!(
        !picker.contains("When nothing more is said"),
        "who codes knows the encounter"
    );
    let chosen = get("/codes/S52.041A").await.text();
    assert!(chosen.contains(r#"value="S52.041A" checked"#));
}

#[tokio::test]
async fn an_analysis_shows_contributions_and_claims_no_diagnosis() {
    let page = analyse("symptoms=chest+pain%0D%0Asweating%0D%0A").await;
    assert_eq!(page.status, 200);
    let text = page.text();
    for expected in [
        "The first candidate is ahead, but not by much.",
        "not a diagnosis",
        "2 of 2 symptoms",
        "Nothing was found for: “blorp”",
        "70 %",
        "Symptom code",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
    for refused in [
        "symptoms=",
        "symptoms=%0A+%0A",
        "other=1",
        "",
        "symptoms=%ff",
    ] {
        assert_eq!(analyse(refused).await.status, 400, "{refused}");
    }
    let many = format!("symptoms={}", "a%0A".repeat(31));
    let refused = analyse(&many).await;
    assert!(refused.status == 400 && refused.text().contains("must have 1 to 30 entries"));
}

#[tokio::test]
async fn pages_allow_nothing_inline_and_load_files_that_last() {
    for path in PAGES {
        let page = get(path).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        let text = page.text();
        assert!(
            !text.contains(" style=") && !text.contains(" onclick="),
            "{path}"
        );
        for address in text.split('"').filter(|part| part.starts_with("/static/")) {
            let file = get(address).await;
            assert_eq!(file.status, 200, "{address}");
            assert!(file.header("cache-control").contains("immutable"));
            let held = [("if-none-match", file.header("etag"))];
            assert_eq!(
                client().get_with(address, &held).await.status,
                304,
                "{address}"
            );
        }
    }
    let outdated = get("/static/0000000000000000/console.css").await;
    assert_eq!(outdated.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn every_page_has_one_heading_and_names_its_fields() {
    for path in PAGES
        .into_iter()
        .filter(|path| !path.contains("results") && !path.contains("branch"))
    {
        let text = get(path).await.text();
        assert_eq!(text.matches("<h1").count(), 1, "{path}");
        assert!(
            text.contains("<html lang=\"en\">") && text.contains("class=\"skip\""),
            "{path}"
        );
        for id in text
            .split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert_eq!(
                text.matches(&format!(" id=\"{id}\"")).count(),
                1,
                "{id} twice in {path}"
            );
        }
    }
}
