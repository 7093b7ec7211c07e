//! Programs that announce their address in a line of output.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::thread;

use medcover_testkit::Process;

/// Starts `command` and reads its output until `found` finds something in a line. The rest of the output is read and
/// dropped, so that the program never waits for a reader.
pub(crate) fn announced<T>(
    command: &mut Command,
    found: impl Fn(&str) -> Option<T>,
) -> (Process, T) {
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut process = Process::start(command).unwrap_or_else(|error| panic!("{name}: {error}"));
    let output = process.child().stdout.take().expect("it is piped");
    let mut output = BufReader::new(output);
    let mut said = String::new();
    loop {
        let mut line = String::new();
        let length = output.read_line(&mut line).expect("it writes text");
        assert!(length > 0, "{name} ended, having said: {said}");
        if let Some(found) = found(&line) {
            thread::spawn(move || output.read_to_end(&mut Vec::new()));
            return (process, found);
        }
        said.push_str(&line);
    }
}
