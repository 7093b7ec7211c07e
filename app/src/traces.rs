//! Where spans of this process go.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use medcover_kernel::{Clock, Rng};
use medcover_otlp::{BadCollector, OtlpGrpc, OtlpHttp, Source, Target};
use medcover_telemetry::{ExporterKind, LogExporter, Metrics, SpanExporter, TraceConfig, Traces};
use uuid::Uuid;

use crate::exit::Refused;
use crate::roles::{Role, Roles};

/// Begins to record spans as `config` says; `start` names this start of the process for collectors.
pub(crate) fn start(
    config: &TraceConfig,
    (roles, start): (&Roles, Uuid),
    metrics: &Metrics,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> Result<Traces> {
    let service = match &*config.service {
        "" => name_of(roles),
        named => named.to_owned(),
    };
    let source = Source::new(&service, env!("CARGO_PKG_VERSION"), &start.to_string());
    let exporters = config.exporters.iter();
    let exporters = exporters
        .map(|kind| exporter(*kind, config, &source))
        .collect::<Result<_>>()?;
    Traces::start(config, exporters, metrics, clock, Arc::clone(rng))
        .context("cannot start the threads that take spans away")
}

fn exporter(
    kind: ExporterKind,
    config: &TraceConfig,
    source: &Source,
) -> Result<Box<dyn SpanExporter>> {
    let source = source.clone();
    let to = |address| Target {
        address,
        ca: config.otlp_ca.as_deref(),
        within: config.export_timeout(),
    };
    Ok(match kind {
        ExporterKind::Log => Box::new(LogExporter),
        ExporterKind::OtlpHttp => {
            let exporter = OtlpHttp::new(to(&config.otlp_http), source);
            Box::new(exporter.map_err(|fault| refused("trace.otlp_http", &fault))?)
        }
        ExporterKind::OtlpGrpc => {
            let exporter = OtlpGrpc::new(to(&config.otlp_grpc), source);
            Box::new(exporter.map_err(|fault| refused("trace.otlp_grpc", &fault))?)
        }
    })
}

/// A server does not start with a collector to which nothing could ever be sent.
fn refused(setting: &str, fault: &BadCollector) -> Refused {
    let advice = "An address at https:// needs authorities: the system's, or a file of them as PEM in MEDCOVER__TRACE__OTLP_CA.";
    Refused::new(format!("`{setting}`: {fault}"), advice)
}

/// `medcover`, or what the process runs of it.
fn name_of(roles: &Roles) -> String {
    if roles.iter().count() == Role::ALL.len() {
        return "medcover".to_owned();
    }
    let roles: Vec<_> = roles.iter().map(Role::name).collect();
    format!("medcover-{}", roles.join("-"))
}
