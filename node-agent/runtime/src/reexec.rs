//! Re-execution: the modes in which the program runs as a helper of the runtime.
//!
//! They must start before any thread or async runtime does, because they fork and change namespaces.

use std::ffi::OsString;
use std::process::ExitCode;

/// First argument of a re-executed process.
pub const MARK: &str = "__runtime";

/// One mode: its name, and what it does with its argument.
type Mode = (&'static str, fn(&str) -> Result<(), String>);

/// The modes, in order of name.
const MODES: &[Mode] = &[
    ("shim", crate::shim::main),
    ("unpack", crate::image::unpack::main),
];

/// Runs a helper mode and ends the process when the program was re-executed for one; returns at once
/// otherwise. Call it first in `main`.
pub fn dispatch() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != MARK) {
        return;
    }
    let rest: Vec<String> = arguments
        .filter_map(|a| OsString::into_string(a).ok())
        .collect();
    let code = match rest.as_slice() {
        [mode, argument] => run(mode, argument),
        _ => fail("a mode and an argument are needed"),
    };
    exit(code)
}

fn run(name: &str, argument: &str) -> ExitCode {
    match MODES.iter().find(|(mode, _)| *mode == name) {
        Some((_, main)) => match main(argument) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => fail(&message),
        },
        None => fail(&format!("no mode {name:?}")),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}

fn exit(code: ExitCode) -> ! {
    std::process::exit(i32::from(code != ExitCode::SUCCESS))
}
