//! The helper modes of the runtime alone: what the tests re-execute, since a test program has its own `main`.

fn main() -> std::process::ExitCode {
    knarr_runtime::dispatch();
    eprintln!("this program is started by the runtime");
    std::process::ExitCode::FAILURE
}
