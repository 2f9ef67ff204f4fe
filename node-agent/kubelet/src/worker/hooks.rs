//! Lifecycle hooks: a command in the container, an HTTP request, or a sleep.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, HTTPGetAction, LifecycleHandler};
use knarr_runtime::Runtime;

use crate::probe::{HttpRequest, http_get};

/// Runs a hook; the text of its failure.
pub(super) async fn run(
    runtime: &dyn Runtime,
    handler: &LifecycleHandler,
    container: &Container,
    container_id: &str,
    pod_ip: &str,
) -> Result<(), String> {
    if let Some(action) = &handler.exec {
        let command = action.command.clone().unwrap_or_default();
        let answer = runtime
            .exec_sync(container_id, command.clone(), Duration::ZERO)
            .await;
        return match answer {
            Ok(answer) if answer.exit_code == 0 => Ok(()),
            Ok(answer) => Err(format!(
                "Exec lifecycle hook ([{}]) for Container {:?} failed - error: command '{}' exited with {}: {}, message: {:?}",
                command.join(" "),
                container.name,
                command.join(" "),
                answer.exit_code,
                String::from_utf8_lossy(&answer.stderr),
                String::from_utf8_lossy(&answer.stdout),
            )),
            Err(error) => Err(format!(
                "Exec lifecycle hook ([{}]) for Container {:?} failed - error: {error}",
                command.join(" "),
                container.name
            )),
        };
    }
    if let Some(action) = &handler.http_get {
        return http(action, container, pod_ip).await;
    }
    if let Some(action) = &handler.sleep {
        let seconds = u64::try_from(action.seconds).unwrap_or_default();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        return Ok(());
    }
    Ok(())
}

async fn http(action: &HTTPGetAction, container: &Container, pod_ip: &str) -> Result<(), String> {
    // The pod's own grace period bounds the hook, not the request.
    const LONG: Duration = Duration::from_secs(3600);
    let failed = |why: &dyn std::fmt::Display| {
        let path = action.path.as_deref().unwrap_or_default();
        format!(
            "HTTP lifecycle hook ({path}) for Container {:?} failed - error: {why}",
            container.name
        )
    };
    let request = HttpRequest::new(action, container, pod_ip).map_err(|why| failed(&why))?;
    match http_get(&request, LONG).await {
        Ok((status, _)) if (200..400).contains(&status) => Ok(()),
        Ok((status, _)) => Err(failed(&format!(
            "HTTP probe failed with statuscode: {status}"
        ))),
        Err(why) => Err(failed(&why)),
    }
}
