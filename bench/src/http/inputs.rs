//! What is asked over HTTP, and how large its answers are.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Result, ensure};
use tokio::runtime::Builder;

use super::exchange::{Connection, request};
use super::generator::Inputs;
use crate::corpus::Corpus;
use crate::random::Random;
use crate::search::class::Class;
use crate::search::pools::pool;

/// Different requests of each kind.
const COUNT: usize = 2_500;
const SEED: u64 = 2026;
/// Searches come from all of these, in equal parts.
const SEARCHES: [Class; 5] = [
    Class::Title,
    Class::Words,
    Class::Shuffled,
    Class::OneTypo,
    Class::TwoTypos,
];

/// Details of codes, in any notation.
pub fn codes(corpus: &Corpus) -> Inputs {
    let codes = pool(corpus, Class::Code, COUNT, SEED);
    let paths = codes
        .iter()
        .map(|code| format!("/api/v1/codes/{}", code.text));
    Arc::new(paths.map(|path| request(&path)).collect())
}

/// Searches of every kind, in random order.
pub fn searches(corpus: &Corpus) -> Inputs {
    let mut paths = Vec::with_capacity(COUNT);
    for class in SEARCHES {
        let queries = pool(corpus, class, COUNT / SEARCHES.len(), SEED);
        let path = |text: &str| format!("/api/v1/search/icd10?q={}", encoded(text));
        paths.extend(queries.iter().map(|query| path(&query.text)));
    }
    Random::new(SEED).shuffle(&mut paths);
    Arc::new(paths.iter().map(|path| request(path)).collect())
}

/// The mean size of the answers' bodies, in bytes; every input must be answered well.
pub fn mean_bytes(address: SocketAddr, inputs: &Inputs) -> Result<usize> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(address).await?;
        let mut bytes = 0;
        for request in inputs.iter() {
            let answer = connection.ask(request).await?;
            let asked = String::from_utf8_lossy(request);
            let asked = asked.lines().next().unwrap_or_default();
            ensure!(
                answer.status == 200,
                "{asked} is answered with {}",
                answer.status
            );
            bytes += answer.body_bytes;
        }
        Ok(bytes / inputs.len())
    })
}

fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        plain if plain.is_ascii_alphanumeric() => char::from(plain).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}
