//! Programs that announce their address in a line of output.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;

use medcover_testkit::Process;

/// How much of what a program last complained of is told when it ends.
const LAST_LINES: usize = 20;

/// Starts `command` and reads its output until `found` finds something in a line. The rest of the output is read and
/// dropped, so that the program never waits for a reader.
pub(crate) fn announced<T>(
    command: &mut Command,
    found: impl Fn(&str) -> Option<T>,
) -> (Process, T) {
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut process = Process::start(command).unwrap_or_else(|error| panic!("{name}: {error}"));
    let output = process.child().stdout.take().expect("it is piped");
    let mut output = BufReader::new(output);
    let errors = process.child().stderr.take().expect("it is piped");
    let last = thread::spawn(move || last_lines(errors));
    let mut said = String::new();
    loop {
        let mut line = String::new();
        let length = output.read_line(&mut line).expect("it writes text");
        if length == 0 {
            let last = last.join().unwrap_or_default();
            panic!("{name} ended, having said: {said}\n{last}");
        }
        if let Some(found) = found(&line) {
            thread::spawn(move || output.read_to_end(&mut Vec::new()));
            return (process, found);
        }
        said.push_str(&line);
    }
}

/// Reads all of `errors`, and gives the last lines.
fn last_lines(errors: impl Read) -> String {
    let mut last = VecDeque::with_capacity(LAST_LINES + 1);
    for line in BufReader::new(errors).split(b'\n').map_while(Result::ok) {
        last.push_back(String::from_utf8_lossy(&line).into_owned());
        if last.len() > LAST_LINES {
            last.pop_front();
        }
    }
    last.into_iter().collect::<Vec<_>>().join("\n")
}
