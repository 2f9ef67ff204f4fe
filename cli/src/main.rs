//! The `kubectl` program: nothing but the library's `main`.

use std::process::ExitCode;

fn main() -> ExitCode {
    knarr_cli::main(std::env::args_os(), "kubectl")
}
