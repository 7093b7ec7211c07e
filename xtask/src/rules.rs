//! House rules for every file of the repository: text, of a readable size, finished, and at home on any machine.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::source::has_word;
use crate::workspace;

/// Bytes a file may have; a bigger one is data, and data is fetched or generated.
const MAX_BYTES: usize = 300_000;
/// Where pictures of the documentation stand, as PNG.
const PICTURES: &str = "docs/images";

/// Written by Cargo, which names registries and hashes as it must.
const GENERATED: &str = "Cargo.lock";

/// Marks of unfinished work. (Put together from pieces here and below, so that this file keeps its own rules.)
const UNFINISHED: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("HA", "CK"),
];

/// Folders that exist on one machine only.
const MACHINE_FOLDERS: [&str; 4] = [
    concat!("/wo", "rk"),
    concat!("/ro", "ot"),
    concat!("/tm", "p"),
    concat!("/ho", "me"),
];

/// Hosts of package registries: everyone has their own mirror configured.
const REGISTRY_HOSTS: [&str; 7] = [
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("crates", ".io/api"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("npmjs", ".org"),
    concat!("deb.debian", ".org"),
];

/// Every rule broken by one of `files`, with its place.
pub(crate) fn violations(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in files {
        let bytes = std::fs::read(workspace::root().join(path));
        let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
        found.extend(check(path, &bytes));
    }
    Ok(found)
}

fn check(path: &Path, bytes: &[u8]) -> Vec<String> {
    let name = path.display();
    if bytes.len() > MAX_BYTES {
        return vec![format!(
            "{name}: has {} bytes, more than {MAX_BYTES}",
            bytes.len()
        )];
    }
    if is_picture(path, bytes) {
        return Vec::new();
    }
    let Some(text) = as_text(bytes) else {
        return vec![format!("{name}: is not a text file")];
    };
    if path.ends_with(GENERATED) {
        return Vec::new();
    }
    let lines = text.lines().enumerate();
    let found = lines.flat_map(|(index, line)| faults(line).map(move |fault| (index + 1, fault)));
    found
        .map(|(number, fault)| format!("{name}:{number}: {fault}"))
        .collect()
}

/// A picture of the documentation: the one kind of file that is not text.
fn is_picture(path: &Path, bytes: &[u8]) -> bool {
    path.starts_with(PICTURES) && bytes.starts_with(b"\x89PNG\r\n")
}

fn as_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then_some(text)
}

fn faults(line: &str) -> impl Iterator<Item = String> {
    let unfinished = UNFINISHED.into_iter().filter(|word| has_word(line, word));
    let unfinished = unfinished.map(|word| format!("unfinished work is marked ({word})"));
    let folders = MACHINE_FOLDERS
        .into_iter()
        .filter(|folder| has_folder(line, folder));
    let folders = folders.map(|folder| format!("names a folder of one machine ({folder})"));
    let hosts = REGISTRY_HOSTS
        .into_iter()
        .filter(|host| line.contains(host));
    let hosts = hosts.map(|host| format!("names a registry host ({host})"));
    unfinished.chain(folders).chain(hosts)
}

/// Whether an absolute path below `folder` stands in the line; `docs/work` and `</root>` are other things.
fn has_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + folder.len()..].chars().next();
        let continues = |c: char| c.is_alphanumeric() || "_-.~}/<".contains(c);
        !before.is_some_and(continues)
            && !after.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_line(line: &str) -> Vec<String> {
        check(Path::new("a.md"), line.as_bytes())
    }

    #[test]
    fn unfinished_marks_are_found_as_whole_words() {
        let word = UNFINISHED[0];
        assert_eq!(
            check_line(&format!("// {word}: later")),
            [format!("a.md:1: unfinished work is marked ({word})")]
        );
        assert_eq!(
            check_line(&format!("{word}S and S02{word}")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn folders_of_one_machine_are_found_but_not_relative_paths() {
        let folder = MACHINE_FOLDERS[2];
        assert_eq!(
            check_line(&format!("see {folder}/x")),
            [format!("a.md:1: names a folder of one machine ({folder})")]
        );
        assert_eq!(
            check_line(&format!("docs{folder}/x <a><{folder}> {folder}late")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn registry_hosts_are_found_outside_the_lock_file() {
        let line = format!("https://{}/simple", REGISTRY_HOSTS[3]);
        assert_eq!(check_line(&line).len(), 1);
        assert_eq!(
            check(Path::new(GENERATED), line.as_bytes()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn binary_and_huge_files_are_refused() {
        assert_eq!(
            check(Path::new("a.bin"), &[0xff, 0xfe, 0]),
            ["a.bin: is not a text file"]
        );
        let picture = b"\x89PNG\r\n\x1a\n\xff";
        assert_eq!(check(Path::new("docs/images/a.png"), picture).len(), 0);
        assert_eq!(check(Path::new("data/a.png"), picture).len(), 1);
        let huge = vec![b'a'; MAX_BYTES + 1];
        assert_eq!(
            check(Path::new("a.csv"), &huge),
            ["a.csv: has 300001 bytes, more than 300000"]
        );
    }
}
