//! Whether a confidence of 0.8 is right four times in five.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::measure::Judged;

const BINS: usize = 10;

/// The reliability of the confidence of first hits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Reliability {
    pub(crate) bins: Vec<Bin>,
    /// Expected calibration error: the mean distance of confidence and share accepted, weighted by the bins' sizes.
    pub(crate) error: f64,
}

/// First hits of like confidence.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Bin {
    pub(crate) hits: usize,
    /// Their mean confidence.
    pub(crate) confidence: f64,
    /// The share that was accepted.
    pub(crate) accepted: f64,
}

impl Reliability {
    /// Over the first hit of every query; each set weighs the same, however many queries it has.
    pub(crate) fn of<'j>(sets: impl Iterator<Item = &'j Judged>) -> Self {
        let mut weights = [0.0; BINS];
        let mut bins = vec![Bin::default(); BINS];
        for judged in sets {
            let weight = 1.0 / judged.len().max(1) as f64;
            for &(confidence, accepted) in judged.iter().filter_map(|hits| hits.first()) {
                let bin = ((confidence * BINS as f32) as usize).min(BINS - 1);
                weights[bin] += weight;
                bins[bin].hits += 1;
                bins[bin].confidence += f64::from(confidence) * weight;
                bins[bin].accepted += if accepted { weight } else { 0.0 };
            }
        }
        let total: f64 = weights.iter().sum();
        let mut error = 0.0;
        for (bin, weight) in bins
            .iter_mut()
            .zip(weights)
            .filter(|(_, weight)| *weight > 0.0)
        {
            bin.confidence /= weight;
            bin.accepted /= weight;
            error += (bin.confidence - bin.accepted).abs() * weight / total;
        }
        bins.retain(|bin| bin.hits > 0);
        Self { bins, error }
    }
}

impl fmt::Display for Reliability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "confidence   accepted   first hits")?;
        for bin in &self.bins {
            writeln!(
                f,
                "{:>10.3} {:>10.3} {:>12}",
                bin.confidence, bin.accepted, bin.hits
            )?;
        }
        write!(f, "expected calibration error {:.3}", self.error)
    }
}
