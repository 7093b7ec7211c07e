//! Exporters to a collector that is reached by TLS, with certificates made here.

use std::path::{Path, PathBuf};

use medcover_otlp::{OtlpGrpc, OtlpHttp, Target};
use medcover_telemetry::{Metrics, SpanExporter};
use tempfile::TempDir;

use crate::collector::Collector;
use crate::{WITHIN, is_whole, record, source, started};

/// A certificate for one name with its key, as files.
struct Pair(TempDir);

impl Pair {
    fn of(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]);
        let made = made.expect("a certificate");
        let pair = Self(folder);
        std::fs::write(pair.certificate(), made.cert.pem()).expect("written");
        std::fs::write(pair.key(), made.signing_key.serialize_pem()).expect("written");
        pair
    }

    fn certificate(&self) -> PathBuf {
        self.0.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }

    fn collector(&self) -> Collector {
        Collector::encrypted(&self.certificate(), &self.key())
    }
}

fn exporters(address: &str, ca: &Path) -> [Box<dyn SpanExporter>; 2] {
    let to = Target {
        address,
        ca: Some(ca),
        within: WITHIN,
    };
    [
        Box::new(OtlpHttp::new(to, source()).expect("authorities")),
        Box::new(OtlpGrpc::new(to, source()).expect("authorities")),
    ]
}

#[test]
fn spans_are_encrypted_on_their_way_over_http_and_over_grpc() {
    let pair = Pair::of("localhost");
    let collector = pair.collector();
    let metrics = Metrics::default();
    let exporters = exporters(&collector.address(), &pair.certificate());
    let traces = started(exporters.into(), &metrics, 5_000);
    record(&traces);
    drop(traces);
    let arrived = collector.arrived();
    assert_eq!(arrived.len(), 2, "{}", metrics.text());
    arrived.iter().for_each(is_whole);
}

#[test]
fn whoever_does_not_prove_to_be_the_collector_is_sent_nothing() {
    let (pair, other) = (Pair::of("localhost"), Pair::of("localhost"));
    let elsewhere = Pair::of("collector.example");
    let collector = pair.collector();
    let by_nobody_known = exporters(&collector.address(), &other.certificate());
    let impostor = elsewhere.collector();
    let for_another_name = exporters(&impostor.address(), &elsewhere.certificate());
    for mut exporter in by_nobody_known.into_iter().chain(for_another_name) {
        let error = exporter.export(&[]).expect_err("not believed").to_string();
        assert!(error.contains("certificate"), "{error}");
    }
    assert!(collector.arrived().is_empty());
    assert!(impostor.arrived().is_empty());
}

#[test]
fn a_collector_in_the_clear_is_none_at_an_encrypted_address() {
    let pair = Pair::of("localhost");
    let plain = Collector::start(crate::collector::Manner::Takes);
    let address = plain
        .address()
        .replace("http://127.0.0.1", "https://localhost");
    for mut exporter in exporters(&address, &pair.certificate()) {
        assert!(exporter.export(&[]).is_err());
    }
    assert!(plain.arrived().is_empty());
}

const fn believing(ca: &Path) -> Target<'_> {
    Target {
        address: "https://localhost:4318",
        ca: Some(ca),
        within: WITHIN,
    }
}

#[test]
fn authorities_are_read_before_anything_is_sent() {
    let pair = Pair::of("localhost");
    let missing = pair.0.path().join("missing.pem");
    for (file, why) in [(missing, "cannot be read"), (pair.key(), "no certificate")] {
        for told in [
            OtlpHttp::new(believing(&file), source()).err(),
            OtlpGrpc::new(believing(&file), source()).err(),
        ] {
            let told = told.expect("refused").to_string();
            assert!(told.contains(why), "{told}");
        }
    }
    assert!(OtlpHttp::new(believing(&pair.certificate()), source()).is_ok());
}
