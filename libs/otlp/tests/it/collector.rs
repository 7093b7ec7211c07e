//! A small collector of our own, which speaks both protocols on one port.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http_body_util::{BodyExt as _, Full};
use medcover_http::{Certificates, Server, ServerConfig, TlsConfig, stop};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;

/// What it does with spans.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    Takes,
    TakesSome,
    Refuses,
}

/// Runs on a thread of its own until the test ends.
pub(crate) struct Collector {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    manner: Manner,
    arrived: Mutex<Vec<ExportTraceServiceRequest>>,
}

impl Collector {
    /// In the clear.
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let (shared, router) = Shared::of(manner);
        on_a_thread(async move {
            listener.set_nonblocking(true).expect("it can be");
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await.expect("it serves");
        });
        Self {
            address: format!("http://{address}"),
            shared,
        }
    }

    /// Under TLS, for `localhost`, with the certificate and the key in these files.
    pub(crate) fn encrypted(certificate: &Path, key: &Path) -> Self {
        let tls = TlsConfig {
            certificate: Some(certificate.to_owned()),
            key: Some(key.to_owned()),
            ..TlsConfig::default()
        };
        let config = ServerConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls,
            ..ServerConfig::default()
        };
        let (shared, router) = Shared::of(Manner::Takes);
        let (bound, port) = mpsc::channel();
        on_a_thread(async move {
            let certificates = Certificates::open(&config.tls).expect("a good pair");
            let server = Server::bind(&config).await.expect("a free port");
            let address = server.local_addr().expect("bound");
            bound.send(address.port()).expect("it is waited for");
            let (_stopper, stop) = stop();
            server.encrypted(certificates).serve(router, stop).await;
        });
        let port = port.recv().expect("it listens");
        Self {
            address: format!("https://localhost:{port}"),
            shared,
        }
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    pub(crate) fn arrived(&self) -> Vec<ExportTraceServiceRequest> {
        self.shared.arrived.lock().expect("sound").clone()
    }
}

fn on_a_thread(serving: impl Future<Output = ()> + Send + 'static) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(serving);
    });
}

impl Shared {
    fn of(manner: Manner) -> (Arc<Self>, Router) {
        let shared = Arc::new(Self {
            manner,
            arrived: Mutex::default(),
        });
        let router = Router::new()
            .route("/v1/traces", post(over_http))
            .route(
                "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                post(over_grpc),
            )
            .with_state(Arc::clone(&shared));
        (shared, router)
    }

    fn take(&self, message: &[u8]) -> Vec<u8> {
        let request = ExportTraceServiceRequest::decode(message).expect("a request");
        self.arrived.lock().expect("sound").push(request);
        let partial_success = match self.manner {
            Manner::TakesSome => Some(ExportTracePartialSuccess {
                rejected_spans: 2,
                error_message: "too old".to_owned(),
            }),
            _ => None,
        };
        ExportTraceServiceResponse { partial_success }.encode_to_vec()
    }
}

async fn over_http(State(it): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    match it.manner {
        Manner::Refuses => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => it.take(&body).into_response(),
    }
}

async fn over_grpc(State(it): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["content-type"], "application/grpc");
    assert_eq!(headers["te"], "trailers");
    let grpc = [("content-type", "application/grpc")];
    if matches!(it.manner, Manner::Refuses) {
        let why = [("grpc-status", "14"), ("grpc-message", "too busy")];
        return (grpc, why.map(|(name, value)| (name, value)), ()).into_response();
    }
    let (prefix, message) = body.split_at(5);
    let length = u32::from_be_bytes(prefix[1..].try_into().expect("four bytes"));
    assert_eq!((prefix[0], length as usize), (0, message.len()));
    let answer = it.take(message);
    let length = u32::try_from(answer.len()).expect("small").to_be_bytes();
    let framed = [&[0_u8][..], &length, &answer].concat();
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().expect("a value"));
    let body = Full::new(Bytes::from(framed)).with_trailers(async { Some(Ok(trailers)) });
    (grpc, Body::new(body)).into_response()
}
