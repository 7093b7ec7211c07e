//! The command line.

mod backup;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use uuid::Uuid;

pub(crate) use backup::{Backup, BackupThen, Restore};

/// From symptom to settled claim: find the right medical code, in one binary.
#[derive(Debug, Parser)]
#[command(name = "medcover", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Global {
    /// Folder of releases and other state (also `MEDCOVER_DATA`) [default: medcover in the user's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Configuration file, in TOML
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Address to serve on; port 0 takes any free one [default: 127.0.0.1:3000]
    #[arg(long, global = true, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Services to run, separated by commas: gateway, auth, terminology, console [default: all]
    #[arg(long, global = true, value_name = "ROLES")]
    pub(crate) roles: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch and load what is missing, then serve (the default)
    Up(Up),
    /// Serve what is loaded
    Serve,
    /// Load a release of a code system; a server on the same folder goes over to it at once
    #[command(subcommand)]
    Load(Load),
    /// List the releases that are loaded
    Releases(Releases),
    /// Find codes by words, misspelt words or parts of a code
    Search(Search),
    /// Tell all that is known of one code
    Code {
        /// The code, with or without its dot: E11.65
        code: String,
    },
    /// Check the codes of a claim, the principal one first; fails when there is an error
    Check(Check),
    /// List the indexes of the terminology tables on PostgreSQL: how often they are used, and how much of them is empty
    Indexes(Indexes),
    /// Print every setting in force and where it came from
    Config,
    /// Say whether the configuration would work
    CheckConfig,
    /// Print the description of the API (`OpenAPI` 3.1)
    Openapi,
    /// Check, compare, spell out or try a policy file
    #[command(subcommand)]
    Policy(Policy),
    /// List tenants, or make one
    #[command(subcommand)]
    Tenant(Tenant),
    /// Check the audit trails
    #[command(subcommand)]
    Audit(Audit),
    /// Look at messages that were set aside, or queue them again
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Make a back-up, or look after those that were made
    Backup(Backup),
    /// Restore a back-up into a folder of its own
    Restore(Restore),
    /// List the traces that the server at the data folder keeps, or show one as a tree
    Traces(Traces),
}

/// What to serve.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Up {
    /// Serve a demo: a small clinic of invented people, in a data folder of its own [default: the usual one with `-demo`]
    #[arg(long)]
    pub(crate) demo: bool,
    /// Make the demo anew, as of today
    #[arg(long, requires = "demo")]
    pub(crate) reset: bool,
}

/// What to say about releases.
#[derive(Debug, Args)]
pub(crate) struct Releases {
    /// Say how many of the codes in the notes of ICD-10-CM are read, and list the rest
    #[arg(long)]
    pub(crate) notes: bool,
}

/// Which indexes to list.
#[derive(Debug, Args)]
pub(crate) struct Indexes {
    /// Each partition's, instead of one line for all of them
    #[arg(long)]
    pub(crate) partitions: bool,
}

/// What can be done with policy files.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Say what is wrong with one; fails when something is
    Check {
        /// The file
        file: PathBuf,
    },
    /// Say what would be another under a second one, endpoint by endpoint
    Diff {
        /// The one
        before: PathBuf,
        /// The other
        after: PathBuf,
    },
    /// Say every value that holds, and where it comes from
    Effective {
        /// The file [default: that of the settings]
        file: Option<PathBuf>,
    },
    /// Say what requests would meet; nothing is sent
    Simulate {
        /// The file
        file: PathBuf,
        /// The requests, a line of JSON each: {"method": "GET", "path": "/api/v1/search/icd10"}
        trace: PathBuf,
        /// What chance decides by: the same seed, the same decisions
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
    /// Print the form of the file as JSON Schema
    Schema,
}

/// What can be done with tenants.
#[derive(Debug, Subcommand)]
pub(crate) enum Tenant {
    /// List them
    List,
    /// Make one, and an invitation for its first administrator
    Create {
        /// Its name, as people give it when they sign in: a to z, digits and `-`
        name: String,
        /// The name of its first administrator
        #[arg(long, value_name = "NAME", default_value = "admin")]
        administrator: String,
    },
}

/// What can be done with audit trails.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Read every trail and name each place where it is not what it was; fails when there is one
    Verify,
    /// Read what waits in the data folder for the database, and fail where it is not what was written
    Spool,
}

/// What can be done with messages that were set aside.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetters {
    /// List them with their reasons
    List {
        #[command(flatten)]
        which: Letters,
        /// How many of each queue, 1 to 100
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Queue them again, their attempts at zero
    Replay {
        #[command(flatten)]
        which: Letters,
        /// Only this message, by its id
        #[arg(long, value_name = "ID", requires_all = ["service", "queue"])]
        message: Option<Uuid>,
    },
}

/// Which messages.
#[derive(Clone, Debug, Args)]
pub(crate) struct Letters {
    /// Only of this service: auth
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Option<String>,
    /// Only of this queue
    #[arg(long, value_name = "NAME")]
    pub(crate) queue: Option<String>,
    /// Of this tenant, by its id [default: the tenant `default`]
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: Option<Uuid>,
}

/// Which traces to show.
#[derive(Debug, Args)]
pub(crate) struct Traces {
    /// Only this one, as a tree: its id
    pub(crate) trace: Option<String>,
    /// In which order, or which
    #[arg(long, default_value = "newest")]
    pub(crate) by: TracesBy,
    /// How many, 1 to 100
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u32,
}

/// Orders of traces.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TracesBy {
    /// The last first
    Newest,
    /// Those that failed, the last first
    Failed,
    /// The slowest of late first
    Slowest,
}

/// The formats that can be loaded.
#[derive(Debug, Subcommand)]
pub(crate) enum Load {
    /// ICD-10-CM: CDC's tabular list in XML, plain or in an archive
    Icd10cm {
        /// File or URL of the release; without it, the release that medcover knows is fetched
        #[arg(long, value_name = "PATH|URL")]
        from: Option<String>,
        /// File or URL of the CMS order file, for short titles
        #[arg(long, value_name = "PATH|URL")]
        order: Option<String>,
    },
    /// ICD-10-CM from a plain table of any length, straight into the tables of PostgreSQL; no file is compiled
    Icd10cmTable {
        /// The table: chapters and blocks first, then codes, ascending
        #[arg(long, value_name = "PATH")]
        from: PathBuf,
        /// Name of the release, such as a date
        #[arg(long, value_name = "VERSION")]
        release: String,
    },
    /// A plain table (CSV) with a header: code, title and, if wanted, more
    Table {
        #[command(flatten)]
        place: Place,
        /// Human name of the code system [default: the short name]
        #[arg(long, value_name = "TITLE")]
        title: Option<String>,
        /// Canonical URI of the code system [default: made from the short name]
        #[arg(long, value_name = "URI")]
        uri: Option<String>,
        /// Name of the release, such as a date [default: 1]
        #[arg(long, value_name = "VERSION")]
        release: Option<String>,
    },
    /// A FHIR `CodeSystem` resource in JSON, which names itself and its release
    Codesystem {
        #[command(flatten)]
        place: Place,
    },
}

/// A file, and what to call the code system in it.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// File or URL of the release
    #[arg(long, value_name = "PATH|URL")]
    pub(crate) from: String,
    /// Short name of the code system, as in answers
    #[arg(long, value_name = "NAME")]
    pub(crate) system: String,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The codes, in the order of the claim
    #[arg(required = true, num_args = 1..)]
    pub(crate) codes: Vec<String>,
    /// Date of service, YYYY-MM-DD; without it the current release is asked
    #[arg(long)]
    pub(crate) date: Option<String>,
    /// Age of the patient on that date, in completed years
    #[arg(long, value_name = "YEARS")]
    pub(crate) age: Option<u8>,
    /// Sex of the patient
    #[arg(long)]
    pub(crate) sex: Option<Sex>,
}

/// The sexes that titles of the release name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Sex {
    Female,
    Male,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// What to look for
    #[arg(required = true, num_args = 1..)]
    pub(crate) query: Vec<String>,
    /// How many hits, 1 to 100
    #[arg(long, default_value_t = 10)]
    pub(crate) limit: u32,
    /// Only this chapter: its number (4) or range (E00-E89)
    #[arg(long)]
    pub(crate) chapter: Option<String>,
    /// Only codes that may stand on a claim
    #[arg(long)]
    pub(crate) billable: bool,
    /// Search every loaded code system
    #[arg(long, conflicts_with_all = ["chapter", "billable"])]
    pub(crate) all: bool,
}
