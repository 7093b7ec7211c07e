//! PostgreSQL's server as a whole: copied while it runs, and started beside it to be brought to a moment and looked at.
//!
//! Both are done by PostgreSQL's own programs: only a copy of the whole server can be gone on with from its archived log.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use medcover_kernel::Timestamp;
use tokio::time::sleep;

use super::config::BackupConfig;
use super::files;
use crate::stores::StoreConfig;

/// How often a program that runs is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long bringing a server to a moment may take.
const RECOVERY: Duration = Duration::from_hours(24);
/// How many folders of other processes, whose number was ours, are passed over.
const MOST_PLACES: u32 = 100;
/// How much of a log is told.
const TOLD_BYTES: usize = 2_000;

/// To which moment a server is brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The one at which it had been copied.
    Copied,
    /// This one, from the archived log.
    Moment(Timestamp),
    /// The last one that the archived log knows of.
    Latest,
}

/// Copies the server that `backup` or `store` names to `into`.
pub(super) async fn base_backup(
    backup: &BackupConfig,
    store: &StoreConfig,
    into: &Path,
) -> Result<()> {
    let (url, password) = without_password(url_of(backup, store)?);
    let mut command = program(backup, "pg_basebackup");
    command
        .args([
            "--format=plain",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--no-password",
        ])
        .arg("--pgdata")
        .arg(into)
        .arg(format!("--dbname={url}"));
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let log = into.with_extension("log");
    let status = Running::start(&mut command, &log)?.ended().await?;
    let said = told(&log);
    fs::remove_file(&log)?;
    ensure!(
        status.success(),
        "pg_basebackup failed: {said}\nbackup.postgres_url must name a role that may replicate, and pg_hba.conf must admit it."
    );
    Ok(())
}

fn url_of<'a>(backup: &'a BackupConfig, store: &'a StoreConfig) -> Result<&'a str> {
    let url = [&backup.postgres_url, &store.url]
        .into_iter()
        .find(|it| !it.is_empty())
        .context(
            "backup.postgres_url must say which server is to be copied: store.url is not given",
        )?;
    Ok(url.reveal())
}

/// A server that runs beside the others, on a socket of its own that its user alone can reach. It ends when dropped.
pub(super) struct Recovered {
    programs: BackupConfig,
    cluster: PathBuf,
    /// Its socket, settings and log.
    place: PathBuf,
    running: Running,
}

impl Recovered {
    /// Starts the copy in `cluster`, and waits until it has come to `target`.
    pub(super) async fn start(
        backup: &BackupConfig,
        cluster: &Path,
        target: Target,
    ) -> Result<Self> {
        let recovery = recovery(backup, target)?;
        if !recovery.is_empty() {
            files::write(&cluster.join("recovery.signal"), b"")?;
        }
        let place = place()?;
        files::write(&place.join("postgresql.conf"), b"")?;
        files::write(&place.join("pg_hba.conf"), b"local all all trust\n")?;
        files::write(&place.join("pg_ident.conf"), b"")?;
        let at = |name: &str| place.join(name).display().to_string();
        let mut settings = vec![
            ("config_file", at("postgresql.conf")),
            ("hba_file", at("pg_hba.conf")),
            ("ident_file", at("pg_ident.conf")),
            ("unix_socket_directories", place.display().to_string()),
        ];
        // It must neither be found by others, nor write to the archive of the one that it is a copy of.
        let alone = [
            ("listen_addresses", ""),
            ("port", "5432"),
            ("archive_mode", "off"),
            ("hot_standby", "off"),
            ("ssl", "off"),
            ("logging_collector", "off"),
            ("shared_preload_libraries", ""),
        ];
        settings.extend(alone.map(|(name, value)| (name, value.to_owned())));
        settings.extend(recovery);
        let mut command = program(backup, "postgres");
        command.arg("-D").arg(cluster);
        for (name, value) in settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let running = Running::start(&mut command, &place.join("log"))?;
        let mut recovered = Self {
            programs: backup.clone(),
            cluster: cluster.to_owned(),
            place,
            running,
        };
        recovered.come_up().await?;
        Ok(recovered)
    }

    async fn come_up(&mut self) -> Result<()> {
        let up = async {
            loop {
                if let Some(status) = self.running.0.try_wait()? {
                    let said = told(&self.place.join("log"));
                    bail!("the copy of PostgreSQL's server does not start ({status}): {said}");
                }
                let mut asked = program(&self.programs, "pg_isready");
                asked
                    .arg("--quiet")
                    .args(["--port=5432", "--host"])
                    .arg(&self.place);
                let answer = asked.status().context("cannot start pg_isready")?;
                if answer.success() {
                    return Ok(());
                }
                sleep(LOOK_EVERY).await;
            }
        };
        let up = tokio::time::timeout(RECOVERY, up).await;
        up.context("the copy of PostgreSQL's server does not come to the moment")?
    }

    /// How the role and the database that `url` names are reached here.
    pub(super) fn instead_of(&self, url: &str) -> Result<String> {
        let (url, _) = without_password(url);
        let (scheme, rest) = url.split_once("://").context("store.url is no URL")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let user = authority.rfind('@').map_or("", |at| &authority[..=at]);
        let database = path.split('?').next().unwrap_or_default();
        let place = self.place.display();
        Ok(format!(
            "{scheme}://{user}localhost/{database}?host={place}&port=5432"
        ))
    }

    /// Ends it in good order: all that it has is in its folder.
    pub(super) async fn stop(mut self) -> Result<()> {
        let mut stop = self.stopping("fast");
        let log = self.place.join("stop");
        let status = Running::start(&mut stop, &log)?.ended().await?;
        ensure!(status.success(), "PostgreSQL does not stop: {}", told(&log));
        self.running.0.wait()?;
        Ok(())
    }

    fn stopping(&self, how: &str) -> Command {
        let mut command = program(&self.programs, "pg_ctl");
        command
            .args(["-w", "-s", "-m", how, "-D"])
            .arg(&self.cluster)
            .arg("stop");
        command
    }
}

impl Drop for Recovered {
    fn drop(&mut self) {
        if matches!(self.running.0.try_wait(), Ok(None)) {
            // Its own processes end with it; if it is gone already, there is nothing to do.
            let _ = self.stopping("immediate").status();
        }
        let _ = fs::remove_dir_all(&self.place);
    }
}

/// What brings a server to `target`; nothing where it need not go on from its copy.
fn recovery(backup: &BackupConfig, target: Target) -> Result<Vec<(&'static str, String)>> {
    if target == Target::Copied {
        return Ok(Vec::new());
    }
    let restore = &backup.restore_command;
    ensure!(
        !restore.is_empty(),
        "backup.restore_command must say how PostgreSQL fetches its archived log: 'cp /archive/%f \"%p\"'"
    );
    let mut settings = vec![
        ("restore_command", restore.clone()),
        ("recovery_target_timeline", "latest".to_owned()),
        ("recovery_target_action", "promote".to_owned()),
    ];
    if let Target::Moment(at) = target {
        // Its settings are read before it knows names of zones, of which `Z` is one.
        let at = at.to_string().replace('T', " ").replace('Z', "+00");
        settings.push(("recovery_target_time", at));
    }
    Ok(settings)
}

/// A folder that only this user can look into, with a path short enough for a socket.
fn place() -> Result<PathBuf> {
    let start = std::env::temp_dir().join(format!("medcover-pg-{}", std::process::id()));
    for number in 0..MOST_PLACES {
        let place = start.with_extension(number.to_string());
        // One that is there is somebody else's, and may have been put there to be used.
        match fs::DirBuilder::new().mode(0o700).create(&place) {
            Ok(()) => return Ok(place),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot make {}", place.display()));
            }
        }
    }
    bail!("cannot make a folder like {}", start.display())
}

fn program(backup: &BackupConfig, name: &str) -> Command {
    let folder = &backup.postgres_programs;
    let mut command = if folder.as_os_str().is_empty() {
        Command::new(name)
    } else {
        Command::new(folder.join(name))
    };
    command.stdin(Stdio::null());
    command
}

/// A program that ends with whoever started it.
struct Running(Child);

impl Running {
    fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let started = command.stdout(file.try_clone()?).stderr(file).spawn();
        let started = started.with_context(|| {
            format!(
                "cannot start {name}; backup.postgres_programs says where PostgreSQL's programs are"
            )
        })?;
        Ok(Self(started))
    }

    async fn ended(mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; waiting leaves no zombie.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The end of what a program said.
fn told(log: &Path) -> String {
    let said = fs::read(log).unwrap_or_default();
    let from = said.len().saturating_sub(TOLD_BYTES);
    String::from_utf8_lossy(&said[from..]).trim().to_owned()
}

/// A URL without its password, which would stand in the list of processes, and the password.
fn without_password(url: &str) -> (String, Option<String>) {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..]
        .find(['/', '?'])
        .map_or(url.len(), |at| start + at);
    let Some(at) = url[start..end].rfind('@').map(|at| start + at) else {
        return (url.to_owned(), None);
    };
    let Some((user, password)) = url[start..at].split_once(':') else {
        return (url.to_owned(), None);
    };
    let rest = format!("{}{user}{}", &url[..start], &url[at..]);
    (rest, Some(percent_decoded(password)))
}

fn percent_decoded(text: &str) -> String {
    let (bytes, mut out) = (text.as_bytes(), Vec::with_capacity(text.len()));
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = digits.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_stands_in_no_list_of_processes() {
        let of = |url| without_password(url);
        assert_eq!(
            of("postgres://me:p%40ss:w%zz@db.example,two:5433/medcover?sslmode=require"),
            (
                "postgres://me@db.example,two:5433/medcover?sslmode=require".to_owned(),
                Some("p@ss:w%zz".to_owned())
            )
        );
        for plain in [
            "postgres://me@db/medcover",
            "postgres://db:5432/medcover",
            "postgres:///m",
        ] {
            assert_eq!(of(plain), (plain.to_owned(), None));
        }
    }

    #[test]
    fn going_on_from_the_copy_needs_to_know_the_archive() {
        let at = Target::Moment(Timestamp::from_micros(1_000_000));
        let mut config = BackupConfig::default();
        assert!(
            recovery(&config, Target::Copied)
                .expect("nothing")
                .is_empty()
        );
        let refused = recovery(&config, at).expect_err("it does not know");
        assert!(
            refused.to_string().contains("backup.restore_command"),
            "{refused}"
        );
        "cp /archive/%f \"%p\"".clone_into(&mut config.restore_command);
        let settings = recovery(&config, at).expect("it knows");
        let time = (
            "recovery_target_time",
            "1970-01-01 00:00:01.000000+00".to_owned(),
        );
        assert!(settings.contains(&time), "{settings:?}");
        let latest = recovery(&config, Target::Latest).expect("it knows");
        assert!(latest.iter().all(|(name, _)| *name != time.0));
    }
}
