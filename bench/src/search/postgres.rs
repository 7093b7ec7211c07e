//! PostgreSQL: full text search, trigrams and ordered prefixes, over a Unix socket, each statement prepared.

use anyhow::{Context as _, Result};
use postgres::{Client, NoTls, Statement};
use std::io::Write as _;

use super::class::Class;
use super::engine::{Engine, Share, plain_code};
use super::postgres_server::Server;
use crate::corpus::Corpus;

/// Tables and indexes, and statistics for the planner.
const SCHEMA: &str = "
    CREATE EXTENSION pg_trgm;
    CREATE UNLOGGED TABLE concept (code text COLLATE \"C\" PRIMARY KEY, place int NOT NULL, title text NOT NULL);
    CREATE UNLOGGED TABLE term (place int NOT NULL, folded text COLLATE \"C\" NOT NULL,
        words tsvector GENERATED ALWAYS AS (to_tsvector('english', folded)) STORED);";
const INDEXES: &str = "
    CREATE INDEX term_folded ON term (folded, place);
    CREATE INDEX term_words ON term USING gin (words) WITH (fastupdate = off);
    CREATE INDEX term_trigrams ON term USING gist (folded gist_trgm_ops(siglen = 1024));
    ";
const CODE: &str = "SELECT place, title FROM concept WHERE code = $1";
/// A range rather than LIKE, so that one generic plan serves every prefix from the index alone.
const BEGINNING: &str =
    "SELECT place, folded FROM term WHERE folded >= $1 AND folded < $2 ORDER BY folded LIMIT 10";
const WORDS: &str = "SELECT place, folded FROM term, plainto_tsquery('english', $1) query
    WHERE words @@ query ORDER BY ts_rank(words, query) DESC LIMIT 10";
/// The nearest neighbours straight from the index, in their order: with long signatures about half as long as a GIN index
/// and a threshold take, with a fifth of their tail, and nothing is cut off.
const SIMILAR: &str = "SELECT place, folded FROM term ORDER BY folded <-> $1 LIMIT 10";

pub struct Postgres {
    client: Client,
    code: Statement,
    beginning: Statement,
    words: Statement,
    similar: Statement,
    version: String,
    terms: u64,
    answer: Vec<u32>,
    /// Last, so that the connection is closed before the server stops.
    _server: Server,
}

impl Postgres {
    pub fn start(corpus: &Corpus) -> Result<Self> {
        let server = Server::start()?;
        let mut client = server.connect(NoTls)?;
        client.batch_execute(SCHEMA)?;
        let terms = fill(&mut client, corpus)?;
        client.batch_execute(INDEXES)?;
        client.batch_execute("VACUUM ANALYZE")?;
        client
            .batch_execute("SELECT count(*) FROM term; SET plan_cache_mode = force_generic_plan")?;
        let version: String = client.query_one("SHOW server_version", &[])?.get(0);
        Ok(Self {
            code: client.prepare(CODE)?,
            beginning: client.prepare(BEGINNING)?,
            words: client.prepare(WORDS)?,
            similar: client.prepare(SIMILAR)?,
            client,
            version: version.split(' ').next().unwrap_or_default().to_owned(),
            terms,
            answer: Vec::new(),
            _server: server,
        })
    }
}

fn fill(client: &mut Client, corpus: &Corpus) -> Result<u64> {
    let mut copy = client.copy_in("COPY term (place, folded) FROM STDIN")?;
    for (place, term) in corpus.terms() {
        writeln!(copy, "{place}\t{term}")?;
    }
    let terms = copy.finish()?;
    let mut copy = client.copy_in("COPY concept (place, code, title) FROM STDIN")?;
    for (place, concept) in corpus.source.concepts.iter().enumerate() {
        let title = concept.title.replace(['\\', '\t', '\n'], " ");
        writeln!(copy, "{place}\t{}\t{title}", plain_code(&concept.code))?;
    }
    copy.finish().context("the concepts are copied")?;
    Ok(terms)
}

impl Engine for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn description(&self) -> String {
        format!(
            "{} over a Unix socket, {} terms, all in memory (shared_buffers 512 MB, work_mem 64 MB, JIT off, unlogged \
             tables), prepared statements with generic plans; codes by primary key, prefixes by an ordered index, \
             words by to_tsvector('english') under GIN with ts_rank, typos by pg_trgm, nearest \
             first from GiST with signatures of 1024 bytes",
            self.version, self.terms
        )
    }

    fn share(&self, class: Class) -> Share {
        match class {
            Class::Code | Class::Autocomplete => Share {
                queries: usize::MAX,
                rounds: 2,
            },
            Class::OneTypo | Class::TwoTypos => Share {
                queries: 300,
                rounds: 1,
            },
            _ => Share {
                queries: 1_000,
                rounds: 1,
            },
        }
    }

    fn ask(&mut self, class: Class, text: &str) -> Result<()> {
        let rows = match class {
            Class::Code => self.client.query(&self.code, &[&plain_code(text)])?,
            Class::Autocomplete => {
                let end = format!("{text}\u{10FFFF}");
                self.client.query(&self.beginning, &[&text, &end])?
            }
            Class::OneTypo | Class::TwoTypos => self.client.query(&self.similar, &[&text])?,
            _ => self.client.query(&self.words, &[&text])?,
        };
        self.answer.clear();
        self.answer
            .extend(rows.iter().map(|row| row.get::<_, i32>(0) as u32));
        Ok(())
    }

    fn answer(&self) -> Vec<u32> {
        self.answer.clone()
    }
}
