//! Where a release comes from: a path or address that was given, else the places in `data/sources.toml`.
//!
//! Addresses are fetched by the `curl` of the machine and the package by its `pip`, because both are there wherever an
//! operator would fetch by hand, know the machine's proxies and certificates, and need no TLS stack in this program for
//! a thing done twice a year. Where neither is there, the error says which file to put where.

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Input;
use super::error::{Fault, LoadError};
use super::progress::Progress;

/// The places that this build knows.
const SOURCES: &str = include_str!("../../../../data/sources.toml");

/// Largest file that is read or fetched, in bytes.
const MAX_FILE: u64 = 512 << 20;
/// Seconds for an address that was given by hand.
const GIVEN_TIMEOUT_S: u64 = 300;
/// How often a running program is looked after.
const TICK: Duration = Duration::from_millis(50);
/// Ways to call pip, the most certain to be the right one first.
const PIP: &[&[&str]] = &[&["python3", "-m", "pip"], &["pip3"], &["pip"]];

/// Where fetched files are kept, and whether anything may be fetched.
#[derive(Clone, Debug)]
pub struct Fetcher {
    /// The folder for fetched files; made when needed. A file put there by hand is used like a fetched one.
    pub folder: PathBuf,
    /// `fetch.enabled`: if false, nothing leaves this machine.
    pub enabled: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    title: String,
    #[expect(
        dead_code,
        reason = "for the reader of the file; the release itself names its version"
    )]
    version: String,
    place: Vec<Place>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Name of the file as fetched and kept.
    file: String,
    sha256: Option<String>,
    url: Option<String>,
    package: Option<String>,
    package_version: Option<String>,
    #[serde(default)]
    unverified: bool,
    timeout_s: u64,
}

impl Fetcher {
    /// The files at `from`, each a path or an `http(s)` address.
    pub fn given(
        &self,
        from: &[&str],
        progress: &mut dyn Progress,
    ) -> Result<Vec<Input>, LoadError> {
        from.iter()
            .map(|place| {
                if place.starts_with("https://") || place.starts_with("http://") {
                    self.address(place, progress)
                } else {
                    read_file(Path::new(place))
                }
            })
            .collect()
    }

    /// The release of `system` that this build knows, from the folder or fetched into it.
    pub fn known(
        &self,
        system: &str,
        progress: &mut dyn Progress,
    ) -> Result<Vec<Input>, LoadError> {
        let release = release(system)?;
        for place in &release.place {
            if let Some(input) = self.kept(place)? {
                return Ok(vec![input]);
            }
        }
        let mut tried = String::new();
        if !self.enabled {
            tried.push_str("\n  fetching is switched off (fetch.enabled = false)");
        }
        for place in release.place.iter().filter(|_| self.enabled) {
            progress.begin(&format!("Fetching {}", place.file), None);
            let fetched = self.fetch(place);
            progress.finish();
            match fetched {
                Ok(input) => return Ok(vec![input]),
                Err(error) => {
                    let _ = write!(tried, "\n  {}: {}", error.file, error.reason);
                }
            }
        }
        Err(LoadError::new(
            Fault::Access,
            system,
            self.advice(&release, &tried),
        ))
    }

    /// What to do by hand.
    fn advice(&self, release: &Release, tried: &str) -> String {
        let mut advice = format!(
            "{} could not be had:{tried}\nFetch one of these files elsewhere:",
            release.title
        );
        for place in &release.place {
            let origin = match (&place.package, &place.package_version, &place.url) {
                (Some(package), Some(version), _) => {
                    format!("`pip download --no-deps {package}=={version}`")
                }
                (.., url) => url.clone().unwrap_or_default(),
            };
            let _ = write!(advice, "\n  {}  from {origin}", place.file);
        }
        let folder = self.folder.display();
        let _ = write!(
            advice,
            "\nand put it into {folder}/, or name it with `--from`."
        );
        advice
    }

    /// The file of `place`, if it lies in the folder. A kept file that fails its checksum is as good as none.
    fn kept(&self, place: &Place) -> Result<Option<Input>, LoadError> {
        let path = self.folder.join(&place.file);
        if !path.is_file() {
            return Ok(None);
        }
        let input = read_file(&path)?;
        Ok(place.check(&input).is_ok().then_some(input))
    }

    /// Fetches the file of `place` into the folder.
    fn fetch(&self, place: &Place) -> Result<Input, LoadError> {
        let access = |reason: String| LoadError::new(Fault::Access, &place.file, reason);
        fs::create_dir_all(&self.folder)
            .map_err(|error| access(format!("{}: {error}", self.folder.display())))?;
        let arriving =
            tempfile::tempdir_in(&self.folder).map_err(|error| access(error.to_string()))?;
        let timeout = Duration::from_secs(place.timeout_s);
        let arrived = arriving.path().join(&place.file);
        match (&place.url, &place.package, &place.package_version) {
            (Some(url), ..) => curl(url, &arrived, timeout),
            (None, Some(package), Some(version)) => {
                pip(&format!("{package}=={version}"), arriving.path(), timeout)
            }
            _ => Err("the place names neither an address nor a package".into()),
        }
        .map_err(access)?;
        let input = read_file(&arrived)?;
        place.check(&input)?;
        let kept = self.folder.join(&place.file);
        fs::rename(&arrived, &kept).map_err(|error| access(error.to_string()))?;
        Ok(Input {
            name: kept.display().to_string(),
            ..input
        })
    }

    fn address(&self, url: &str, progress: &mut dyn Progress) -> Result<Input, LoadError> {
        let access = |reason: String| LoadError::new(Fault::Access, url, reason);
        if !self.enabled {
            let advice = "fetching is switched off (fetch.enabled = false): fetch the file elsewhere and name its path";
            return Err(access(advice.into()));
        }
        progress.begin(&format!("Fetching {url}"), None);
        let arriving = tempfile::tempdir().map_err(|error| access(error.to_string()))?;
        let arrived = arriving.path().join("file");
        let done = curl(url, &arrived, Duration::from_secs(GIVEN_TIMEOUT_S));
        progress.finish();
        done.map_err(access)?;
        let name = url.split(['?', '#']).next().unwrap_or(url);
        Ok(Input {
            name: name.rsplit('/').next().unwrap_or(name).to_owned(),
            ..read_file(&arrived)?
        })
    }
}

impl Place {
    /// Checks the file against its checksum. Only an official address not yet fetched from has none.
    fn check(&self, input: &Input) -> Result<(), LoadError> {
        let refuse = |reason: String| Err(LoadError::new(Fault::Content, &self.file, reason));
        let Some(expected) = &self.sha256 else {
            return if self.unverified {
                Ok(())
            } else {
                refuse("the place has no checksum".into())
            };
        };
        let mut found = String::new();
        for byte in Sha256::digest(&input.bytes) {
            let _ = write!(found, "{byte:02x}");
        }
        if found == *expected {
            Ok(())
        } else {
            refuse(format!("its SHA-256 is {found}, not {expected}"))
        }
    }
}

/// Reads a whole file, within its bound.
fn read_file(path: &Path) -> Result<Input, LoadError> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| LoadError::new(Fault::Access, &name, error.to_string()))?;
    if bytes.len() as u64 > MAX_FILE {
        let reason = format!("it is larger than {} MiB", MAX_FILE >> 20);
        return Err(LoadError::new(Fault::Size, name, reason));
    }
    Ok(Input { name, bytes })
}

fn release(system: &str) -> Result<Release, LoadError> {
    let mut table: toml::Table = SOURCES
        .parse()
        .expect("invariant: data/sources.toml is TOML, which a test checks");
    let entry = table.remove(system).ok_or_else(|| {
        let reason = "no place is known to fetch it from: name its file with `--from`";
        LoadError::new(Fault::Access, system, reason)
    })?;
    Ok(entry
        .try_into()
        .expect("invariant: data/sources.toml has this shape, which a test checks"))
}

fn curl(url: &str, to: &Path, timeout: Duration) -> Result<(), String> {
    let mut command = Command::new("curl");
    command
        .args([
            "--fail",
            "--location",
            "--max-redirs",
            "5",
            "--silent",
            "--show-error",
        ])
        .args(["--proto", "=https,http", "--proto-redir", "=https"])
        .args(["--max-filesize", &MAX_FILE.to_string()])
        .args(["--max-time", &timeout.as_secs().to_string()])
        .arg("--output")
        .arg(to)
        .arg("--")
        .arg(url);
    // A little longer than curl's own limit, whose message says more.
    if run(&mut command, timeout + Duration::from_secs(2))? {
        Ok(())
    } else {
        Err("`curl` is not installed".into())
    }
}

fn pip(requirement: &str, to: &Path, timeout: Duration) -> Result<(), String> {
    for program in PIP {
        let mut command = Command::new(program[0]);
        command
            .args(&program[1..])
            .args([
                "download",
                "--no-deps",
                "--only-binary=:all:",
                "--quiet",
                "--no-input",
            ])
            .args([
                "--disable-pip-version-check",
                "--retries",
                "1",
                "--timeout",
                "15",
                "--dest",
            ])
            .arg(to)
            .arg(requirement);
        match run(&mut command, timeout) {
            Ok(true) => return Ok(()),
            Err(reason) if !reason.contains("No module named pip") => return Err(reason),
            _ => {}
        }
    }
    Err("no `pip` is installed".into())
}

/// Runs a program to its end, or ends it after `timeout`. False if there is no such program.
fn run(command: &mut Command, timeout: Duration) -> Result<bool, String> {
    let mut messages = tempfile::tempfile().map_err(|error| error.to_string())?;
    let stderr = messages.try_clone().map_err(|error| error.to_string())?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr);
    let mut child = match command.spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        started => started.map_err(|error| error.to_string())?,
    };
    let ticks = timeout.as_millis() / TICK.as_millis();
    for _ in 0..ticks {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(true),
            Some(_) => return Err(last_line(&mut messages)),
            None => thread::sleep(TICK),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    Err(format!("no answer within {} s", timeout.as_secs()))
}

/// The last thing a program said, which is its reason.
fn last_line(messages: &mut fs::File) -> String {
    use std::io::{Seek, SeekFrom};
    let mut text = Vec::new();
    let read = messages
        .seek(SeekFrom::Start(0))
        .and_then(|_| messages.take(64 << 10).read_to_end(&mut text));
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().rfind(|line| !line.trim().is_empty());
    match (read, line) {
        (Ok(_), Some(line)) => line.trim().to_owned(),
        _ => "it failed without saying why".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::super::Quiet;
    use super::*;

    fn fetcher(folder: &Path) -> Fetcher {
        Fetcher {
            folder: folder.to_owned(),
            enabled: false,
        }
    }

    #[test]
    fn the_known_places_can_be_read() {
        let release = release("icd10cm").unwrap();
        for place in &release.place {
            assert!(place.sha256.is_some() != place.unverified, "{}", place.file);
            assert!(
                place.url.is_some() != place.package.is_some(),
                "{}",
                place.file
            );
            assert!(place.url.iter().all(|url| url.starts_with("https://")));
        }
    }

    #[test]
    fn with_fetching_off_the_error_says_which_file_to_put_where() {
        let folder = tempfile::tempdir().unwrap();
        let error = fetcher(folder.path())
            .known("icd10cm", &mut Quiet)
            .unwrap_err();
        assert_eq!(error.fault, Fault::Access);
        for part in [
            "fetch.enabled = false",
            "simple_icd_10_cm-1.5.0-py3-none-any.whl",
            "--from",
        ] {
            assert!(error.reason.contains(part), "{part}: {error}");
        }
        assert!(error.reason.contains(&folder.path().display().to_string()));
        let address = fetcher(folder.path()).given(&["https://localhost/x.zip"], &mut Quiet);
        assert!(address.unwrap_err().reason.contains("fetch.enabled"));
    }

    #[test]
    fn a_kept_file_with_another_checksum_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let name = &release("icd10cm").unwrap().place[0].file;
        fs::write(folder.path().join(name), "something else").unwrap();
        assert!(fetcher(folder.path()).known("icd10cm", &mut Quiet).is_err());
    }

    #[test]
    fn a_file_put_into_the_folder_by_hand_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let release = release("icd10cm").unwrap();
        let place = release.place.iter().find(|it| it.unverified).unwrap();
        fs::write(folder.path().join(&place.file), "by hand").unwrap();
        let inputs = fetcher(folder.path()).known("icd10cm", &mut Quiet).unwrap();
        assert_eq!(inputs[0].bytes, b"by hand");
    }

    #[test]
    fn an_unknown_system_or_path_is_named() {
        let fetcher = fetcher(Path::new("."));
        assert_eq!(
            fetcher.known("unknown", &mut Quiet).unwrap_err().file,
            "unknown"
        );
        let error = fetcher
            .given(&["no/such/file.xml"], &mut Quiet)
            .unwrap_err();
        assert_eq!(error.file, "no/such/file.xml");
    }

    /// Where a server of ours tells `code,title` to the first who asks.
    fn serve_once() -> (String, thread::JoinHandle<()>) {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/codes.csv?v=1", server.local_addr().unwrap());
        let answered = thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            stream
                .write_all(
                    b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\ncode,title",
                )
                .unwrap();
        });
        (url, answered)
    }

    #[test]
    fn a_file_fetched_from_a_place_has_the_name_under_which_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (url, answered) = serve_once();
        let place = Place {
            file: "codes.csv".into(),
            sha256: None,
            url: Some(url),
            package: None,
            package_version: None,
            timeout_s: GIVEN_TIMEOUT_S,
            unverified: true,
        };
        let input = fetcher(folder.path()).fetch(&place).unwrap();
        assert_eq!(
            input.name,
            folder.path().join("codes.csv").to_str().unwrap()
        );
        assert_eq!(fs::read(&input.name).unwrap(), input.bytes);
        answered.join().unwrap();
    }

    #[test]
    fn an_address_is_fetched_under_its_own_name() {
        let (url, answered) = serve_once();
        let online = Fetcher {
            folder: PathBuf::from("."),
            enabled: true,
        };
        let inputs = online.given(&[&url], &mut Quiet).unwrap();
        assert_eq!(
            (&*inputs[0].name, &*inputs[0].bytes),
            ("codes.csv", &b"code,title"[..])
        );
        answered.join().unwrap();
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let reason = run(Command::new("sleep").arg("60"), Duration::from_millis(200)).unwrap_err();
        assert!(reason.contains("no answer"));
        assert_eq!(run(&mut Command::new("no-such-program"), TICK), Ok(false));
    }
}
