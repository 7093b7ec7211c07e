//! What the programs of this crate say to a command line that they do not understand.

use clap::Parser;

/// The arguments of the process. A fault among them is told in one line on standard error, and the process ends with 2; asked for
/// its help, it prints that and ends with 0.
#[expect(clippy::print_stderr, reason = "it speaks to who has typed")]
pub fn arguments<P: Parser>() -> P {
    let parsed = P::try_parse();
    parsed.unwrap_or_else(|error| {
        if !error.use_stderr() {
            error.exit();
        }
        let told = error.to_string();
        let lines = told.lines().map(str::trim);
        let lines: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        eprintln!("{}", lines.join(" "));
        std::process::exit(error.exit_code());
    })
}
