//! Exec probes: a command in the container; exit code 0 is healthy.

use std::time::Duration;

use knarr_runtime::{Runtime, RuntimeError};

use super::Outcome;

/// Bytes of output that a failure shows.
const SHOWN: usize = 10 * 1024;

pub(super) async fn probe(
    runtime: &dyn Runtime,
    container_id: &str,
    command: Vec<String>,
    timeout: Duration,
) -> Outcome {
    match runtime
        .exec_sync(container_id, command.clone(), timeout)
        .await
    {
        Ok(answer) if answer.exit_code == 0 => Outcome::Success,
        Ok(answer) => {
            let mut output = answer.stdout;
            output.extend(answer.stderr);
            output.truncate(SHOWN);
            Outcome::Failure(String::from_utf8_lossy(&output).into_owned())
        }
        Err(RuntimeError::DeadlineExceeded(_)) => Outcome::Failure(format!(
            "command timed out: {:?} timed out after {}s",
            command.join(" "),
            timeout.as_secs()
        )),
        Err(error) => Outcome::Error(error.to_string()),
    }
}
