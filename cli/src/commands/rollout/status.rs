//! `kubectl rollout status`: one line for each step, until the rollout is done.

use super::{WorkloadArgs, refuse_negative};
use crate::{
    error::{Error, Result},
    flags,
    resource::{Event, Info, watch_object},
    session::Session,
    terminal::Progress,
};
use knarr_api::meta;
use serde_json::Value;
use std::{ops::ControlFlow, time::Duration};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    workloads: WorkloadArgs,
    /// Pin to a specific revision for showing its status. Defaults to 0 (last revision).
    #[arg(long, default_value = "0", value_parser = flags::int64)]
    revision: i64,
    /// The length of time to wait before ending watch, zero means never.
    #[arg(long, default_value = "0s", value_parser = flags::duration)]
    timeout: Duration,
    /// Watch the status of the rollout until it's done.
    #[arg(short, long, action = clap::ArgAction::Set, default_value = "true")]
    watch: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    refuse_negative(args.revision)?;
    let (infos, errors) = args.workloads.find_any(session).await?;
    Error::all(errors)?;
    for info in infos {
        let following = follow(session, &args, &info);
        match args.timeout.is_zero() {
            true => following.await?,
            false => tokio::time::timeout(args.timeout, following)
                .await
                .unwrap_or_else(|_| Err(Error::message("timed out waiting for the condition")))?,
        }
    }
    Ok(())
}

async fn follow(session: &Session, args: &Args, info: &Info) -> Result<()> {
    // A kind without a viewer is refused before anything is watched.
    status(&info.mapping.kind, &info.object, 0)?;
    let mut last = String::new();
    let tell = |event| match event {
        Event::Present(object) => {
            let done = show(session, args, info, &object, &mut last)? || !args.watch;
            Ok(match done {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        }
        Event::Deleted(_) | Event::Synced(false) => Err(Error::message("object has been deleted")),
        Event::Synced(true) => Ok(ControlFlow::Continue(())),
    };
    let client = session.client()?;
    let progress = Progress::new(format!("rolling out {}", info.title()));
    progress
        .during(watch_object(
            client,
            &info.mapping,
            &info.namespace,
            &info.name,
            tell,
        ))
        .await
}

/// Prints where the rollout stands, if that is news; `true` when it is done.
fn show(
    session: &Session,
    args: &Args,
    info: &Info,
    object: &Value,
    last: &mut String,
) -> Result<bool> {
    let (text, done) = status(&info.mapping.kind, object, args.revision)?;
    if text != *last {
        session.write(&text)?;
        session.flush()?;
        *last = text;
    }
    Ok(done)
}

/// Where a rollout stands, in kubectl's words, and whether it is done.
pub(super) fn status(kind: &str, object: &Value, revision: i64) -> Result<(String, bool)> {
    match kind {
        "Deployment" => deployment(object, revision),
        "DaemonSet" => daemon_set(object),
        "StatefulSet" => stateful_set(object),
        kind => Err(Error::message(format!(
            "no status viewer has been implemented for {kind}"
        ))),
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn observed(object: &Value) -> bool {
    meta::generation(object) <= number(&object["status"]["observedGeneration"])
}

fn deployment(object: &Value, revision: i64) -> Result<(String, bool)> {
    let (name, status) = (meta::name(object), &object["status"]);
    if revision > 0 {
        let current = meta::annotation(object, super::revisions::REVISION)
            .and_then(|text| text.parse::<i64>().ok());
        if current != Some(revision) {
            let current = current.unwrap_or(0);
            return Err(Error::message(format!(
                "desired revision ({revision}) is different from the running revision ({current})"
            )));
        }
    }
    if !observed(object) {
        return Ok((
            "Waiting for deployment spec update to be observed...\n".to_owned(),
            false,
        ));
    }
    let mut conditions = status["conditions"].as_array().into_iter().flatten();
    if conditions.any(|condition| {
        condition["type"] == "Progressing" && condition["reason"] == "ProgressDeadlineExceeded"
    }) {
        return Err(Error::message(format!(
            "deployment \"{name}\" exceeded its progress deadline"
        )));
    }
    let (wanted, updated) = (
        object["spec"]["replicas"].as_i64(),
        number(&status["updatedReplicas"]),
    );
    let (all, available) = (
        number(&status["replicas"]),
        number(&status["availableReplicas"]),
    );
    let waiting = format!("Waiting for deployment \"{name}\" rollout to finish:");
    Ok(match wanted {
        Some(wanted) if updated < wanted => (
            format!("{waiting} {updated} out of {wanted} new replicas have been updated...\n"),
            false,
        ),
        _ if all > updated => (
            format!(
                "{waiting} {} old replicas are pending termination...\n",
                all - updated
            ),
            false,
        ),
        _ if available < updated => (
            format!("{waiting} {available} of {updated} updated replicas are available...\n"),
            false,
        ),
        _ => (
            format!("deployment \"{name}\" successfully rolled out\n"),
            true,
        ),
    })
}

fn daemon_set(object: &Value) -> Result<(String, bool)> {
    let (name, status) = (meta::name(object), &object["status"]);
    if object["spec"]["updateStrategy"]["type"] != "RollingUpdate" {
        return Err(Error::message(
            "rollout status is only available for RollingUpdate strategy type",
        ));
    }
    if !observed(object) {
        return Ok((
            "Waiting for daemon set spec update to be observed...\n".to_owned(),
            false,
        ));
    }
    let desired = number(&status["desiredNumberScheduled"]);
    let (updated, available) = (
        number(&status["updatedNumberScheduled"]),
        number(&status["numberAvailable"]),
    );
    let waiting = format!("Waiting for daemon set \"{name}\" rollout to finish:");
    Ok(if updated < desired {
        (
            format!("{waiting} {updated} out of {desired} new pods have been updated...\n"),
            false,
        )
    } else if available < desired {
        (
            format!("{waiting} {available} of {desired} updated pods are available...\n"),
            false,
        )
    } else {
        (
            format!("daemon set \"{name}\" successfully rolled out\n"),
            true,
        )
    })
}

fn stateful_set(object: &Value) -> Result<(String, bool)> {
    let (spec, status) = (&object["spec"], &object["status"]);
    if spec["updateStrategy"]["type"] != "RollingUpdate" {
        return Err(Error::message(
            "rollout status is only available for RollingUpdate strategy type",
        ));
    }
    if number(&status["observedGeneration"]) == 0 || !observed(object) {
        return Ok((
            "Waiting for statefulset spec update to be observed...\n".to_owned(),
            false,
        ));
    }
    let (replicas, updated) = (
        number(&spec["replicas"]),
        number(&status["updatedReplicas"]),
    );
    let missing = replicas - number(&status["readyReplicas"]);
    if spec["replicas"].is_i64() && missing > 0 {
        return Ok((
            format!("Waiting for {missing} pods to be ready...\n"),
            false,
        ));
    }
    if let Some(partition) = spec["updateStrategy"]["rollingUpdate"]["partition"]
        .as_i64()
        .filter(|partition| *partition > 0)
    {
        let wanted = replicas - partition;
        return Ok(match updated < wanted {
            true => (
                format!(
                    "Waiting for partitioned roll out to finish: {updated} out of {wanted} new pods have been updated...\n"
                ),
                false,
            ),
            false => (
                format!("partitioned roll out complete: {updated} new pods have been updated...\n"),
                true,
            ),
        });
    }
    let revision = status["updateRevision"].as_str().unwrap_or_default();
    if status["updateRevision"] != status["currentRevision"] {
        return Ok((
            format!(
                "waiting for statefulset rolling update to complete {updated} pods at revision {revision}...\n"
            ),
            false,
        ));
    }
    let current = number(&status["currentReplicas"]);
    let revision = status["currentRevision"].as_str().unwrap_or_default();
    Ok((
        format!("statefulset rolling update complete {current} pods at revision {revision}...\n"),
        true,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_deployment_passes_through_its_steps() {
        let at = |status: Value| {
            let object = json!({"metadata": {"name": "web", "generation": 2}, "spec": {"replicas": 3}, "status": status});
            status_text(&object)
        };
        fn status_text(object: &Value) -> (String, bool) {
            status("Deployment", object, 0).expect("no deadline is set")
        }
        let waiting = "Waiting for deployment \"web\" rollout to finish:";
        for (state, want, done) in [
            (
                json!({"observedGeneration": 1}),
                "Waiting for deployment spec update to be observed...\n".to_owned(),
                false,
            ),
            (
                json!({"observedGeneration": 2, "updatedReplicas": 1}),
                format!("{waiting} 1 out of 3 new replicas have been updated...\n"),
                false,
            ),
            (
                json!({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 4}),
                format!("{waiting} 1 old replicas are pending termination...\n"),
                false,
            ),
            (
                json!({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 2}),
                format!("{waiting} 2 of 3 updated replicas are available...\n"),
                false,
            ),
            (
                json!({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 3}),
                "deployment \"web\" successfully rolled out\n".to_owned(),
                true,
            ),
        ] {
            assert_eq!(at(state), (want, done));
        }
    }
}
