//! The kubectl-compatible command line. It knows a cluster only through its API, and the object model only through
//! `knarr-api`; it shares nothing with the servers.

mod app;
mod cache_folder;
mod client;
mod commands;
mod completion;
mod describe;
mod discovery;
mod error;
mod flags;
mod help;
mod hints;
mod kubeconfig;
mod kuberc;
mod kustomize;
mod mapper;
mod path;
mod printers;
mod profile;
mod regexp;
mod resource;
mod session;
mod strict;
mod terminal;
mod verbosity;

pub use completion::script as completions;

use std::{ffi::OsString, process::ExitCode};

/// Runs one kubectl command. `args` starts with the program's name, as in `std::env::args_os`; `program` is what the
/// user types to get here (`kubectl`, `knarr kubectl`), for generated completions.
pub fn main(args: impl IntoIterator<Item = OsString>, program: &str) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    match app::run(&args, program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let (text, code) = error.report();
            if !text.is_empty() {
                session::error_line(&text);
            }
            ExitCode::from(code)
        }
    }
}
