//! The committed figures, and the gate that they make.

use std::fs;
use std::path::Path;

use medcover_kernel::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::calibration::Reliability;
use crate::measure::{Figures, Judged};

/// A share may be this much lower before it counts as a drop: one query in two hundred.
const TOLERATED: f64 = 0.005;
/// The calibration error may be this much higher.
const TOLERATED_CALIBRATION: f64 = 0.02;

#[derive(Serialize, Deserialize)]
struct Baseline {
    command: String,
    sets: Vec<Figures>,
    reliability: Reliability,
}

/// Compares with the committed figures, or writes them; whether nothing dropped. Sets measured only here or only there
/// are left out: without the file of queries, its sets are not measured.
pub(crate) fn compare(
    file: &Path,
    all: &[(Figures, Judged)],
    reliability: &Reliability,
    update: bool,
) -> Result<bool> {
    let measured: Vec<&Figures> = all.iter().map(|(figures, _)| figures).collect();
    if update {
        return write(file, &measured, reliability).map(|()| true);
    }
    let text = fs::read_to_string(file)
        .map_err(|error| Error::not_found(format!("{} cannot be read: {error}", file.display())))?;
    let baseline: Baseline = serde_json::from_str(&text).map_err(Error::internal)?;
    let mut held = true;
    for figures in measured {
        let Some(before) = baseline.sets.iter().find(|it| it.set == figures.set) else {
            continue;
        };
        for (name, before, now) in [
            ("hit@1", before.hit_1, figures.hit_1),
            ("hit@10", before.hit_10, figures.hit_10),
        ] {
            if now < before - TOLERATED {
                println!("DROP: {} {name} was {before:.3}, is {now:.3}", figures.set);
                held = false;
            }
        }
    }
    let comparable = baseline.sets.len() == all.len();
    if comparable && reliability.error > baseline.reliability.error + TOLERATED_CALIBRATION {
        println!(
            "DROP: calibration error was {:.3}, is {:.3}",
            baseline.reliability.error, reliability.error
        );
        held = false;
    }
    println!(
        "{}",
        if held {
            "nothing dropped against docs/bench/relevance.json"
        } else {
            "relevance dropped"
        }
    );
    Ok(held)
}

fn write(file: &Path, measured: &[&Figures], reliability: &Reliability) -> Result<()> {
    let baseline = Baseline {
        command: "cargo xtask relevance ../shared/data/relevance-dev.tsv --update".to_owned(),
        sets: measured.iter().map(|&figures| figures.clone()).collect(),
        reliability: reliability.clone(),
    };
    let text = serde_json::to_string_pretty(&baseline).map_err(Error::internal)?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(Error::internal)?;
    }
    fs::write(file, text + "\n").map_err(Error::internal)?;
    println!("written: docs/bench/relevance.json");
    Ok(())
}
