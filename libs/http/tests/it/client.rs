//! The client made from endpoints, against the server made from the same.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use medcover_http::{
    Created, Credentials, Edge, EdgeConfig, Ended, Endpoint, HttpClient, Identify, Identity, Json,
    LocalServer, NoContent, Path, Query, Routes, ServerConfig, Shown, stop,
};
use medcover_kernel::{
    Call, Caller, Clock, Credential, Error, ErrorKind, Purpose, Result, Scopes, ServiceName,
    SystemClock, SystemRng, TenantId, Tier,
};
use medcover_telemetry::Metrics;
use medcover_testkit::TestServer;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

medcover_kernel::permission! {
    /// Keeps notes.
    KeepNotes = "notes.keep";
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct At {
    name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    words: String,
    limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Note {
    name: String,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
struct Carried {
    tenant: String,
    caller: String,
    purpose: String,
    trace: String,
    correlation: String,
    key: Option<String>,
    credential: bool,
}

static READ: Endpoint<Path<At>, Json<Note>> = Endpoint::get("read_note", "/notes/{name}").public();
static FIND: Endpoint<Query<Wanted>, Json<Wanted>> = Endpoint::get("find_notes", "/notes").public();
static KEEP: Endpoint<Json<Note>, Created<Carried>> = Endpoint::post("keep_note", "/notes")
    .needs::<KeepNotes>()
    .once();
static REPLACE: Endpoint<(Path<At>, Json<Note>), NoContent> =
    Endpoint::put("replace_note", "/notes/{name}").needs::<KeepNotes>();
static WAIT: Endpoint = Endpoint::get("wait", "/wait").public();

async fn read((): (), _: Call, Path(at): Path<At>) -> Result<Note> {
    match &*at.name {
        "none" => Err(Error::not_found("There is no such note.")),
        "broken" => Err(Error::internal("the disk is on fire")),
        "secret" => Err(Error::unauthenticated("The password is wrong.")),
        "busy" => Err(Error::unavailable("Later.").with_retry_after(Duration::from_secs(7))),
        "wrong" => {
            Err(Error::new(ErrorKind::Refused, "note-refused", "No.")
                .with_fault("/name", "is wrong"))
        }
        _ => Ok(Note {
            name: at.name,
            text: "é".to_owned(),
        }),
    }
}

async fn keep((): (), call: Call, _: Json<Note>) -> Result<Carried> {
    Ok(Carried {
        tenant: call.tenant.to_string(),
        caller: call.caller.to_string(),
        purpose: call.purpose.to_string(),
        trace: call.trace.to_string(),
        correlation: call.correlation.to_string(),
        key: call.idempotency.map(|key| key.to_string()),
        credential: call.credential.is_some(),
    })
}

async fn replace((): (), _: Call, (Path(at), Json(note)): (Path<At>, Json<Note>)) -> Result<()> {
    if at.name == note.name {
        Ok(())
    } else {
        Err(Error::invalid("/name", "must be the one in the address"))
    }
}

struct Known;

#[async_trait]
impl Identify for Known {
    async fn identify(&self, shown: Shown<'_>, _: &Call) -> Result<Identity> {
        let caller = match shown {
            Shown::Bearer("of a person") => Caller::Operator,
            Shown::Bearer("of a service") => Caller::Service(ServiceName::from_static("billing")),
            _ => return Err(Error::unauthenticated("The token does not hold.")),
        };
        Ok(Identity {
            tenant: TenantId::DEFAULT,
            caller,
            scopes: Scopes::of(["notes.keep"]),
            tier: Tier::Authenticated,
            purpose: None,
        })
    }
}

struct OfService;

#[async_trait]
impl Credentials for OfService {
    async fn of(&self, _: &Call) -> Result<Credential> {
        Ok(Credential::Bearer("of a service".into()))
    }
}

struct Served {
    _server: TestServer,
    client: HttpClient,
    clock: Arc<dyn Clock>,
}

impl Served {
    async fn start() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let edge = Edge::new(
            EdgeConfig::default(),
            Arc::new(Metrics::default()),
            Arc::clone(&clock),
            Arc::new(SystemRng),
        );
        let routes = Routes::new(())
            .answer(&READ, read)
            .answer(&FIND, async |(), _, Query(wanted)| Ok(wanted))
            .answer(&KEEP, keep)
            .answer(&REPLACE, replace)
            .add(&WAIT, async || {
                tokio::time::sleep(Duration::from_mins(1)).await;
            });
        let server = TestServer::start(edge.identified_by(Arc::new(Known)).router(routes)).await;
        let client = HttpClient::new(&format!("http://{}", server.addr), Arc::clone(&clock));
        Self {
            client: client.expect("an address"),
            _server: server,
            clock,
        }
    }

    fn call(&self, within: Duration) -> Call {
        Call::operator(within, &*self.clock, &SystemRng)
    }

    async fn read(&self, name: &str) -> Result<Note> {
        let at = At {
            name: name.to_owned(),
        };
        let call = self.call(Duration::from_secs(20));
        self.client.ask(&READ, &call, Path(at)).await
    }
}

fn note(name: &str) -> Note {
    Note {
        name: name.to_owned(),
        text: "t".to_owned(),
    }
}

#[tokio::test]
async fn what_is_sent_arrives_and_what_is_answered_comes_back() {
    let served = Served::start().await;
    assert_eq!(
        served.read("a/b ?{name}").await.expect("it is there").name,
        "a/b ?{name}"
    );
    let call = served.call(Duration::from_secs(20));
    for limit in [None, Some(3)] {
        let words = "heart attack & more = é".to_owned();
        let wanted = Wanted { words, limit };
        let found = served.client.ask(&FIND, &call, Query(wanted.clone())).await;
        assert_eq!(found.expect("an answer"), wanted);
    }
}

#[tokio::test]
async fn an_error_there_is_the_same_error_here() {
    let served = Served::start().await;
    let none = served.read("none").await.expect_err("there is none");
    assert_eq!(
        (none.kind(), none.slug(), none.message()),
        (ErrorKind::NotFound, "not-found", "There is no such note.")
    );
    let wrong = served.read("wrong").await.expect_err("it is wrong");
    assert_eq!(
        (wrong.kind(), wrong.slug()),
        (ErrorKind::Refused, "note-refused")
    );
    assert_eq!(wrong.faults()[0].pointer, "/name");
    let busy = served.read("busy").await.expect_err("it is busy");
    assert_eq!(
        (busy.kind(), busy.retry_after()),
        (ErrorKind::Unavailable, Some(Duration::from_secs(7)))
    );
    assert_eq!(
        served
            .read("broken")
            .await
            .expect_err("it is broken")
            .kind(),
        ErrorKind::Internal
    );
}

#[tokio::test]
async fn the_call_travels_with_the_request() {
    let served = Served::start().await;
    let mut call = served
        .call(Duration::from_secs(20))
        .for_purpose(Purpose::Payment)
        .with_idempotency("k-1".parse().expect("a key"));
    call.credential = Some(Credential::Bearer("of a person".into()));
    let carried = served
        .client
        .ask(&KEEP, &call, Json(note("a")))
        .await
        .expect("an answer");
    let expected = Carried {
        tenant: TenantId::DEFAULT.to_string(),
        caller: "operator".to_owned(),
        purpose: "payment".to_owned(),
        trace: call.trace.to_string(),
        correlation: call.correlation.to_string(),
        key: Some("k-1".to_owned()),
        credential: true,
    };
    assert_eq!(carried, expected);
}

#[tokio::test]
async fn a_call_that_carries_nothing_shows_what_the_process_has() {
    let served = Served::start().await;
    let call = served.call(Duration::from_secs(20));
    let input = || {
        (
            Path(At {
                name: "a".to_owned(),
            }),
            Json(note("a")),
        )
    };
    let refused = served
        .client
        .ask(&REPLACE, &call, input())
        .await
        .expect_err("nothing is shown");
    assert_eq!(refused.kind(), ErrorKind::Unauthenticated);
    let client = served.client.clone().with_credentials(Arc::new(OfService));
    client
        .ask(&REPLACE, &call, input())
        .await
        .expect("the service may");
    let other = (
        Path(At {
            name: "b".to_owned(),
        }),
        Json(note("a")),
    );
    let wrong = client
        .ask(&REPLACE, &call, other)
        .await
        .expect_err("two names");
    assert_eq!(wrong.faults()[0].pointer, "/name");
}

/// Gives credentials that are used up by now, so often, and then good ones.
struct UsedUp {
    times: usize,
    given: AtomicUsize,
}

impl UsedUp {
    fn times(times: usize) -> Arc<Self> {
        let given = AtomicUsize::new(0);
        Arc::new(Self { times, given })
    }
}

#[async_trait]
impl Credentials for UsedUp {
    async fn of(&self, call: &Call) -> Result<Credential> {
        if self.given.fetch_add(1, Ordering::SeqCst) < self.times {
            return Ok(Credential::Bearer("used up".into()));
        }
        OfService.of(call).await
    }
}

#[tokio::test]
async fn credentials_of_its_own_that_are_used_up_are_replaced_once() {
    let served = Served::start().await;
    let call = served.call(Duration::from_secs(20));
    let asked = async |credentials: &Arc<UsedUp>| {
        let client = served.client.clone();
        let client = client.with_credentials(Arc::<UsedUp>::clone(credentials));
        let name = "a".to_owned();
        let input = (Path(At { name }), Json(note("a")));
        client.ask(&REPLACE, &call, input).await
    };
    let once = UsedUp::times(1);
    asked(&once).await.expect("the second are good");
    assert_eq!(once.given.load(Ordering::SeqCst), 2);
    let always = UsedUp::times(usize::MAX);
    let refused = asked(&always).await.expect_err("none is good");
    assert_eq!(refused.kind(), ErrorKind::Unauthenticated);
    assert_eq!(always.given.load(Ordering::SeqCst), 2);
    // What is public shows nothing, so that nothing was used up.
    let unasked = UsedUp::times(0);
    let client = served.client.clone();
    let client = client.with_credentials(Arc::<UsedUp>::clone(&unasked));
    let name = "secret".to_owned();
    let refused = client.ask(&READ, &call, Path(At { name })).await;
    let refused = refused.expect_err("a wrong password");
    assert_eq!(refused.kind(), ErrorKind::Unauthenticated);
    assert_eq!(unasked.given.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn waits_no_longer_than_the_deadline() {
    let served = Served::start().await;
    let call = served.call(Duration::from_millis(200));
    let began = served.clock.elapsed();
    let late = served
        .client
        .ask(&WAIT, &call, ())
        .await
        .expect_err("it waits a minute");
    assert_eq!(late.kind(), ErrorKind::DeadlineExceeded);
    assert!(served.clock.elapsed().saturating_sub(began) < Duration::from_secs(10));
    let after = served
        .client
        .ask(
            &FIND,
            &call,
            Query(Wanted {
                words: String::new(),
                limit: None,
            }),
        )
        .await;
    assert_eq!(
        after.expect_err("its time is over").kind(),
        ErrorKind::DeadlineExceeded
    );
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    let base = format!("http://{}", free.expect("a free port"));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let client = HttpClient::new(&base, Arc::clone(&clock)).expect("an address");
    let call = Call::operator(Duration::from_secs(20), &*clock, &SystemRng);
    let gone = client
        .ask(&WAIT, &call, ())
        .await
        .expect_err("nobody is there");
    assert_eq!(gone.kind(), ErrorKind::Unavailable);
    assert!(HttpClient::new("localhost:3005", clock).is_err());
}

#[tokio::test]
async fn a_socket_of_this_machine_is_a_way_like_any_other() {
    let folder = tempfile::tempdir().expect("a folder");
    // Longer than the operating system takes the address of a socket.
    let deep = folder.path().join("x".repeat(100));
    std::fs::create_dir(&deep).expect("it can be made");
    let path = deep.join("admin.sock");
    std::fs::write(&path, "left by an earlier process").expect("it can be written");
    let server = LocalServer::bind(&path, &ServerConfig::default()).expect("it can be bound");
    let mode = std::fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let (stopper, stop) = stop();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let edge = medcover_testkit::edge();
    let serving =
        tokio::spawn(server.serve(edge.router(Routes::new(()).answer(&READ, read)), stop));
    let client = HttpClient::through_socket(path.clone(), Arc::clone(&clock));
    let call = Call::operator(Duration::from_secs(20), &*clock, &SystemRng);
    for name in ["a", "b"] {
        let at = At {
            name: name.to_owned(),
        };
        let note = client.ask(&READ, &call, Path(at)).await;
        assert_eq!(note.expect("it is there").name, name);
    }
    stopper.drain();
    assert_eq!(serving.await.expect("no panic"), Ended::Drained);
    assert!(!path.exists());
    let at = At {
        name: "a".to_owned(),
    };
    let gone = client
        .ask(&READ, &call, Path(at))
        .await
        .expect_err("nobody is there");
    assert_eq!(gone.kind(), ErrorKind::Unavailable);
}
