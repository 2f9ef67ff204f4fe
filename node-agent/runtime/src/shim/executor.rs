//! The last steps before a container's program runs: its file is looked up, signals are as a program expects
//! them, the system call filter is in force.

use std::ffi::CString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use libcontainer::oci_spec::runtime::Spec;
use libcontainer::workload::{Executor, ExecutorError, ExecutorValidationError};
use nix::sys::signal::{SigHandler, SigSet, Signal, signal};
use seccompiler::BpfProgram;

use crate::spec::seccomp;

/// Starts the programs of one container, for the first process and for `exec` alike.
#[derive(Clone, Default)]
pub struct PodExecutor {
    /// Filters to install, in order.
    pub filters: Vec<BpfProgram>,
    /// Capabilities that were kept only to install the filters, by number.
    pub borrowed: Vec<u8>,
}

impl Executor for PodExecutor {
    fn exec(&self, spec: &Spec) -> Result<(), ExecutorError> {
        let process = spec.process().as_ref().ok_or(ExecutorError::InvalidArg)?;
        let args = process.args().as_deref().unwrap_or_default();
        let program = args.first().ok_or(ExecutorError::InvalidArg)?;
        let text = |word: &String| CString::new(word.as_bytes()).ok();
        let words: Option<Vec<CString>> = args.iter().map(text).collect();
        let words = words.ok_or(ExecutorError::InvalidArg)?;
        let path = find(program, search_path(spec)).map_err(ExecutorError::Other)?;
        let path = CString::new(path.into_os_string().into_encoded_bytes())
            .map_err(|_| ExecutorError::InvalidArg)?;
        reset_signals();
        seccomp::install(&self.filters, &self.borrowed).map_err(ExecutorError::Other)?;
        let Err(error) = nix::unistd::execv(&path, &words);
        Err(ExecutorError::Other(format!(
            "exec {program:?}: {}",
            error.desc()
        )))
    }

    fn validate(&self, spec: &Spec) -> Result<(), ExecutorValidationError> {
        let process = spec.process().as_ref();
        let args = process.and_then(|process| process.args().as_deref());
        let program = args.and_then(|args| args.first());
        let program = program.ok_or_else(|| {
            ExecutorValidationError::ArgValidationError("no command specified".into())
        })?;
        find(program, search_path(spec)).map_err(ExecutorValidationError::ArgValidationError)?;
        Ok(())
    }
}

fn search_path(spec: &Spec) -> &str {
    let env = spec
        .process()
        .as_ref()
        .and_then(|process| process.env().as_deref());
    let mut paths = env
        .unwrap_or_default()
        .iter()
        .filter_map(|variable| variable.strip_prefix("PATH="));
    paths.next().unwrap_or("")
}

/// The file of a program, as Go's `exec.LookPath` finds it; the errors are runc's, which users know.
fn find(program: &str, search_path: &str) -> Result<PathBuf, String> {
    if program.contains('/') {
        return match executable(Path::new(program)) {
            Ok(()) => Ok(PathBuf::from(program)),
            Err(nix::Error::ENOENT) => Err(format!(
                "exec: {program:?}: stat {program}: no such file or directory"
            )),
            Err(nix::Error::EISDIR) => Err(format!("exec: {program:?}: is a directory")),
            Err(_) => Err(format!("exec: {program:?}: permission denied")),
        };
    }
    let folders = search_path.split(':').map(Path::new);
    let mut candidates = folders.map(|folder| folder.join(program));
    candidates
        .find(|path| executable(path).is_ok())
        .ok_or_else(|| format!("exec: {program:?}: executable file not found in $PATH"))
}

fn executable(path: &Path) -> Result<(), nix::Error> {
    let found = std::fs::metadata(path).map_err(|_| nix::Error::ENOENT)?;
    if found.is_dir() {
        return Err(nix::Error::EISDIR);
    }
    match found.permissions().mode() & 0o111 {
        0 => Err(nix::Error::EACCES),
        _ => Ok(()),
    }
}

/// Rust programs ignore SIGPIPE and the shim blocks SIGCHLD; a program inherits neither.
#[allow(unsafe_code)]
pub fn reset_signals() {
    // SAFETY: no handler function is installed, only the default disposition.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    let _ = SigSet::all().thread_unblock();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_as_a_shell_would() {
        assert_eq!(find("/bin/sh", "").unwrap(), Path::new("/bin/sh"));
        assert!(find("sh", "/nowhere:/bin").unwrap().ends_with("sh"));
        assert_eq!(
            find("nothing", "/bin").unwrap_err(),
            "exec: \"nothing\": executable file not found in $PATH"
        );
        assert_eq!(
            find("/no/file", "").unwrap_err(),
            "exec: \"/no/file\": stat /no/file: no such file or directory"
        );
        assert_eq!(
            find("/etc/passwd", "").unwrap_err(),
            "exec: \"/etc/passwd\": permission denied"
        );
    }
}
