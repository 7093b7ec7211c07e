//! Programs of the operating system that tests drive, and how to get them on Debian.

use std::process::Command;

use anyhow::{Result, bail};

use crate::steps;

/// A program that tests start.
struct Need {
    /// A shell line that succeeds where the program is there.
    probe: &'static str,
    package: &'static str,
    why: &'static str,
}

const NEEDS: [Need; 7] = [
    Need {
        probe: "command -v chromium",
        package: "chromium",
        why: "opens the console's pages",
    },
    Need {
        probe: "command -v chromedriver",
        package: "chromium-driver",
        why: "drives Chromium",
    },
    Need {
        probe: "python3 -m pip --version",
        package: "python3-pip",
        why: "fetches the public package that carries ICD-10-CM",
    },
    Need {
        probe: "python3 -c 'import ensurepip'",
        package: "python3-venv",
        why: "holds Schemathesis, which tries the API",
    },
    Need {
        probe: "ls /usr/lib/postgresql/*/bin/postgres",
        package: "postgresql",
        why: "prepares the statements of the store",
    },
    Need {
        probe: "command -v redis-server",
        package: "redis-server",
        why: "is the cache that processes share, and carries their messages",
    },
    Need {
        probe: "command -v redis-sentinel",
        package: "redis-sentinel",
        why: "watches over Redis",
    },
];

/// Sees to it that everything is there; installs as root or when told, else says what to install.
pub(crate) fn provide(install: bool) -> Result<()> {
    let missing = missing(&NEEDS);
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    let root = is_root();
    if !root && !install {
        bail!("{}", advice(&missing));
    }
    println!("installing {}", packages.join(" "));
    // An old list of packages is better than none: installing decides.
    let _ = steps::run(apt_get(root).arg("update").arg("-qq"));
    steps::run(
        apt_get(root)
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages),
    )
}

fn missing(needs: &[Need]) -> Vec<&Need> {
    needs
        .iter()
        .filter(|need| !steps::succeeds(Command::new("sh").args(["-c", need.probe])))
        .collect()
}

fn advice(missing: &[&Need]) -> String {
    let reasons: Vec<_> = missing
        .iter()
        .map(|need| format!("  {:16} {}", need.package, need.why))
        .collect();
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    format!(
        "the tests need programs that are not here:\n{}\ninstall them (Debian: sudo apt-get install {}), or run again \
         with --install",
        reasons.join("\n"),
        packages.join(" ")
    )
}

fn is_root() -> bool {
    steps::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn apt_get(root: bool) -> Command {
    let mut command = if root {
        Command::new("apt-get")
    } else {
        Command::new("sudo")
    };
    if !root {
        command.arg("apt-get");
    }
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_its_package_and_reason() {
        let needs = [
            Need {
                probe: "true",
                package: "present",
                why: "is here",
            },
            Need {
                probe: "command -v no-such-program",
                package: "absent",
                why: "does a thing",
            },
        ];
        let advice = advice(&missing(&needs));
        assert!(advice.contains("absent           does a thing"), "{advice}");
        assert!(advice.contains("apt-get install absent)"), "{advice}");
        assert!(!advice.contains("present"), "{advice}");
    }
}
