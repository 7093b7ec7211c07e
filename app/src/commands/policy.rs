//! `medcover policy`: a policy file checked, compared, spelt out and tried on a trace, without a server.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use console::style;
use medcover_http::Spec;
use medcover_kernel::SeededRng;
use medcover_policy::{
    Change, Effective, EndpointBase, Policy, ServiceBase, Simulated, StandIn, TraceLine, TraceSums,
    diff, schema, simulate,
};
use serde_json::{Value, json};

use super::AtHand;
use crate::cli;
use crate::peers;
use crate::policies;
use crate::roles::{Role, Roles};
use crate::server;
use crate::terminal::{self, Lines};

pub(crate) fn run(at_hand: &AtHand, command: cli::Policy) -> Result<()> {
    match command {
        cli::Policy::Check { file } => check(at_hand, &file),
        cli::Policy::Diff { before, after } => compare(at_hand, &before, &after),
        cli::Policy::Effective { file } => effective(at_hand, file),
        cli::Policy::Simulate { file, trace, seed } => try_out(at_hand, &file, &trace, seed),
        cli::Policy::Schema => Ok(terminal::print_json(&schema())?),
    }
}

fn check(at_hand: &AtHand, file: &Path) -> Result<()> {
    let faults = parse(file)?.err().unwrap_or_default();
    if at_hand.global.json {
        terminal::print_json(&json!({"ok": faults.is_empty(), "faults": faults}))?;
    } else {
        let mut lines = Lines::default();
        for fault in &faults {
            lines.add(format_args!("{}: {fault}", file.display()));
        }
        if faults.is_empty() {
            lines.add("the policy works");
        }
        terminal::print(lines.text())?;
    }
    if !faults.is_empty() {
        bail!("the policy has faults");
    }
    Ok(())
}

fn compare(at_hand: &AtHand, before: &Path, after: &Path) -> Result<()> {
    let (before, after) = (good(before)?, good(after)?);
    let endpoints = Endpoints::of(at_hand)?;
    let changes = diff(
        &before,
        &after,
        &endpoints.bases(at_hand),
        &services(at_hand),
    );
    if at_hand.global.json {
        return Ok(terminal::print_json(&changes)?);
    }
    let mut lines = Lines::default();
    for Change {
        of,
        rule,
        before,
        after,
    } in &changes
    {
        lines.add(format_args!("{of}  {rule}: {before} → {after}"));
    }
    if changes.is_empty() {
        lines.add("nothing that holds is another");
    }
    Ok(terminal::print(lines.text())?)
}

fn effective(at_hand: &AtHand, file: Option<PathBuf>) -> Result<()> {
    let file = file.or_else(|| at_hand.settings.value.policy.file.clone());
    let policy = file.as_deref().map(good).transpose()?.unwrap_or_default();
    let endpoints = Endpoints::of(at_hand)?;
    let bases = endpoints.bases(at_hand);
    let routes: Vec<_> = bases.iter().map(|base| policy.effective(base)).collect();
    let services = services(at_hand);
    let of_service = |(name, base): &(&str, ServiceBase)| {
        let effective = policy.effective_service(name, base);
        let mut value = serde_json::to_value(effective).expect("text and numbers");
        // Nobody calls these in their own name, or sends to them by an upstream.
        if let Some(rules) = value.as_object_mut().filter(|_| is_door(name)) {
            rules.retain(|rule, _| rule == "egress");
        }
        ((*name).to_owned(), value)
    };
    let services: serde_json::Map<_, _> = services.iter().map(of_service).collect();
    if at_hand.global.json {
        return Ok(terminal::print_json(
            &json!({"endpoints": routes, "services": services}),
        )?);
    }
    let mut lines = Lines::default();
    for route in &routes {
        tell_endpoint(route, &mut lines);
    }
    for (name, rules) in &services {
        lines.add(format_args!(
            "\n{}",
            style(format!("service {name}")).bold()
        ));
        tell_values(rules, &mut lines);
    }
    Ok(terminal::print(lines.text())?)
}

fn tell_endpoint(effective: &Effective, lines: &mut Lines) {
    let Effective { method, path, .. } = effective;
    lines.add(format_args!(
        "\n{}",
        style(format!("{method} {path}")).bold()
    ));
    let values = serde_json::to_value(effective).expect("text and numbers");
    tell_values(&values, lines);
}

/// One line for each value that has an origin.
fn tell_values(values: &Value, lines: &mut Lines) {
    for (rule, sourced) in values.as_object().into_iter().flatten() {
        if let (Some(value), Some(from)) = (sourced.get("value"), sourced.get("from")) {
            let from = from.as_str().unwrap_or_default();
            lines.add(format_args!("  {rule:<17} {value}  ({from})"));
        }
    }
}

fn try_out(at_hand: &AtHand, file: &Path, trace: &Path, seed: u64) -> Result<()> {
    let policy = good(file)?;
    let text = std::fs::read_to_string(trace)
        .with_context(|| format!("cannot read {}", trace.display()))?;
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let requests: Vec<TraceLine> = lines
        .map(|(index, line)| {
            let place = || format!("{}:{}: is no request", trace.display(), index + 1);
            serde_json::from_str(line).with_context(place)
        })
        .collect::<Result<_>>()?;
    let (told, sums) = simulate(&policy, &requests, &SeededRng::new(seed));
    if at_hand.global.json {
        return Ok(terminal::print_json(
            &json!({"requests": told, "sums": sums}),
        )?);
    }
    let mut lines = Lines::default();
    for one in &told {
        lines.add(format_args!("{}", in_words(one)));
    }
    tell_sums(&sums, &mut lines);
    Ok(terminal::print(lines.text())?)
}

fn in_words(one: &Simulated) -> String {
    let Simulated {
        method,
        path,
        route,
        rewritten,
        stand_ins,
        met,
        ..
    } = one;
    let mut words = format!("{method} {path}  route {}", route.as_deref().unwrap_or("-"));
    if let Some(path) = rewritten {
        let _ = write!(words, ", as {path}");
    }
    if let Some(ms) = met.delay_ms {
        let _ = write!(words, ", waits {ms} ms");
    }
    if let Some(status) = met.abort {
        let _ = write!(words, ", answered {status}");
        return words;
    }
    if let Some(to) = &met.to {
        let _ = write!(words, ", to {to}");
    }
    if let Some(to) = &met.mirror {
        let _ = write!(words, ", a copy to {to}");
    }
    for stand_in in stand_ins {
        let _ = match stand_in {
            StandIn::Upstream(name) => write!(words, ", or else {name}"),
            StandIn::Kept => write!(words, ", or else a kept answer"),
            StandIn::Fixed(status) => write!(words, ", or else a fixed {status}"),
        };
    }
    words
}

fn tell_sums(sums: &TraceSums, lines: &mut Lines) {
    for (route, count) in &sums.by_route {
        lines.add(format_args!("{count} by route {route}"));
    }
    for (upstream, count) in &sums.by_upstream {
        lines.add(format_args!("{count} to {upstream}"));
    }
    let TraceSums {
        mirrored,
        delayed,
        aborted,
        ..
    } = sums;
    lines.add(format_args!(
        "{delayed} delayed, {aborted} aborted, {mirrored} copied"
    ));
}

fn parse(file: &Path) -> Result<Result<Policy, Vec<medcover_policy::PolicyFault>>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Policy::parse(&text))
}

/// The policy of a file, which must have no fault.
fn good(file: &Path) -> Result<Policy> {
    parse(file)?.map_err(|faults| {
        let refused = medcover_gateway::PolicyRefused {
            file: file.to_owned(),
            faults,
        };
        refused.into()
    })
}

/// What a server with these settings answers or passes on.
struct Endpoints {
    all: Vec<&'static Spec>,
    roles: Roles,
}

impl Endpoints {
    fn of(at_hand: &AtHand) -> Result<Self> {
        let mut settings = at_hand.settings.value.clone();
        let roles = settings.roles()?;
        if roles.has(Role::Gateway) {
            settings.roles = Role::ALL.to_vec();
        }
        Ok(Self {
            all: server::endpoints(&settings)?,
            roles,
        })
    }

    /// What holds for each of them without a policy.
    fn bases(&self, at_hand: &AtHand) -> Vec<EndpointBase<'static>> {
        let edge = &at_hand.settings.value.edge;
        let base = |spec: &&'static Spec| EndpointBase {
            method: spec.method.as_str(),
            path: spec.path,
            timeout_ms: u64::try_from(edge.deadline(spec.path).as_millis()).unwrap_or(u64::MAX),
            max_body_bytes: edge.max_body_bytes as u64,
            weight_percent: spec.weight_percent,
            cache: peers::kept_of(spec, &self.roles),
            access: spec
                .permission()
                .map_or_else(|| "public".to_owned(), |it| it.name.to_string()),
        };
        self.all.iter().map(base).collect()
    }
}

/// What holds for each service without a policy.
fn services(at_hand: &AtHand) -> Vec<(&'static str, ServiceBase)> {
    let upstream = &at_hand.settings.value.upstream;
    let services = Role::ALL.into_iter();
    services
        .map(|role| (role.name(), policies::base_of(role, upstream)))
        .collect()
}

/// Whether only what it sends to can be ruled.
fn is_door(name: &str) -> bool {
    [Role::Gateway, Role::Console]
        .iter()
        .any(|role| role.name() == name)
}
