//! Takes pods off a node: evicts them all at once, or deletes them, and waits until they are gone.

use super::{Args, plan::is_long_deleted};
use crate::{
    client::Request,
    error::{Error, Result},
    flags::DryRun,
    resource::Info,
    session::{Session, errln, outln},
};
use futures::stream::{FuturesUnordered, StreamExt};
use http::Method;
use knarr_api::{duration, meta, quote::quote};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// How long after a refusal an eviction is tried again.
const RETRY: Duration = Duration::from_secs(5);
/// How often a pod that is going is looked for.
const POLL: Duration = Duration::from_secs(1);
/// What Go's contexts say when the time is over.
const OVER: &str = "context deadline exceeded";

/// How pods are removed.
pub struct Removal<'a> {
    pub session: &'a Session,
    pub args: &'a Args,
    pub dry_run: DryRun,
}

impl Removal<'_> {
    /// Removes the pods; with evictions one that fails keeps none of the others.
    pub async fn run(&self, pods: &[Info]) -> Result<()> {
        if pods.is_empty() {
            return Ok(());
        }
        let version = match self.args.disable_eviction {
            true => None,
            false => self.eviction_version().await?,
        };
        let Some(version) = version else {
            return self.delete(pods).await;
        };
        let deadline = self.deadline();
        let evictions = pods.iter().map(|pod| self.evict(pod, &version, deadline));
        let evictions: FuturesUnordered<_> = evictions.collect();
        let faults = evictions.filter_map(async |result| result.err());
        together(faults.map(|error| error.to_string()).collect().await)
    }

    fn deadline(&self) -> Option<Instant> {
        let timeout = self.args.timeout;
        (!timeout.is_zero()).then(|| Instant::now() + timeout)
    }

    /// The version in which the server takes evictions, if it does.
    async fn eviction_version(&self) -> Result<Option<String>> {
        let list = self.session.client()?.send(Request::get("/api/v1")).await?;
        let resources = list["resources"].as_array().into_iter().flatten();
        let evictions = resources
            .filter(|one| one["name"] == "pods/eviction" && one["kind"] == "Eviction")
            .filter_map(|one| Some((one["group"].as_str()?, one["version"].as_str()?)));
        let found = evictions
            .into_iter()
            .find(|(group, version)| !group.is_empty() && !version.is_empty());
        Ok(found.map(|(group, version)| match (group, version) {
            ("policy", "v1") => "policy/v1".to_owned(),
            // All servers that evict at all know this one.
            _ => "policy/v1beta1".to_owned(),
        }))
    }

    fn options(&self) -> Value {
        let mut options = json!({});
        if self.args.grace_period >= 0 {
            options["gracePeriodSeconds"] = self.args.grace_period.into();
        }
        if self.dry_run == DryRun::Server {
            options["dryRun"] = json!(["All"]);
        }
        options
    }

    async fn evict(&self, pod: &Info, version: &str, deadline: Option<Instant>) -> Result<()> {
        let (name, namespace) = (quote(&pod.name), quote(&pod.namespace));
        let mut live = pod.clone();
        loop {
            let suffix = self.dry_run.suffix();
            outln!(
                self.session,
                "evicting pod {}/{}{suffix}",
                pod.namespace,
                pod.name
            )?;
            self.session.flush()?;
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                let limit = duration::format(self.args.timeout.try_into().unwrap_or_default());
                return Err(Error::message(format!(
                    "error when evicting pods/{name} -n {namespace}: global timeout reached: {limit}"
                )));
            }
            let Err(error) = self.ask(&live, version).await else {
                break;
            };
            let seconds = RETRY.as_secs();
            let in_ending_namespace = ends_with_its_namespace(&error);
            if error.is_not_found() {
                return Ok(());
            } else if error.status().is_some_and(|status| status.code == 429) {
                errln!(
                    self.session,
                    "error when evicting pods/{name} -n {namespace} (will retry after {seconds}s): {error}"
                );
            } else if in_ending_namespace && meta::deletion_timestamp(&live.object).is_some() {
                break;
            } else if in_ending_namespace {
                errln!(
                    self.session,
                    "error when evicting pod {name} from terminating namespace {namespace} (will retry after {seconds}s): {error}"
                );
            } else {
                let why = error.request_text();
                return Err(Error::message(format!(
                    "error when evicting pods/{name} -n {namespace}: {why}"
                )));
            }
            tokio::time::sleep(RETRY).await;
            // Where it can't be read the eviction tells why.
            if let Ok(object) = live.fetch(&self.session.client()?.typed()).await {
                live.object = object;
            }
        }
        if self.dry_run == DryRun::Server {
            return Ok(());
        }
        self.wait(vec![&live], "evicted", "eviction failed", deadline)
            .await
            .map_err(|error| {
                let why = error.request_text();
                Error::message(format!(
                    "error when waiting for pod {name} in namespace {namespace} to terminate: {why}"
                ))
            })
    }

    async fn ask(&self, pod: &Info, version: &str) -> Result<Value> {
        let eviction = json!({
            "apiVersion": version, "kind": "Eviction",
            "metadata": {"name": pod.name, "namespace": pod.namespace}, "deleteOptions": self.options(),
        });
        let request =
            Request::new(Method::POST, format!("{}/eviction", pod.path())).json(&eviction);
        self.session.client()?.send(request.typed()).await
    }

    async fn delete(&self, pods: &[Info]) -> Result<()> {
        let mut options = self.options();
        options["apiVersion"] = "v1".into();
        options["kind"] = "DeleteOptions".into();
        for pod in pods {
            let request = Request::new(Method::DELETE, pod.path()).json(&options);
            match self.session.client()?.send(request.typed()).await {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        if self.dry_run == DryRun::Server {
            return Ok(());
        }
        let deadline = self.deadline();
        self.wait(
            pods.iter().collect(),
            "deleted",
            "deletion failed",
            deadline,
        )
        .await
    }

    /// Returns when the pods are gone, and says so of each.
    async fn wait(
        &self,
        mut pods: Vec<&Info>,
        done: &str,
        failed: &str,
        deadline: Option<Instant>,
    ) -> Result<()> {
        let client = self.session.client()?.typed();
        loop {
            let mut pending = Vec::new();
            for pod in pods {
                let title = pod.title();
                match client.send(Request::get(pod.path()).typed()).await {
                    Ok(live) if meta::uid(&live) == meta::uid(&pod.object) => {
                        let limit = self.args.skip_wait_for_delete_timeout;
                        match is_long_deleted(self.args, &live, jiff::Timestamp::now()) {
                            true => outln!(
                                self.session,
                                "pod {} has DeletionTimestamp older than {limit} seconds, skipping",
                                quote(&pod.name)
                            )?,
                            false => pending.push(pod),
                        }
                    }
                    Err(error) if !error.is_not_found() => {
                        outln!(self.session, "{title} {failed}")?;
                        return Err(error);
                    }
                    // Another pod of that name has come since, or none.
                    _ => outln!(self.session, "{title} {done}")?,
                }
            }
            self.session.flush()?;
            if pending.is_empty() {
                return Ok(());
            }
            pods = pending;
            let next = Instant::now() + POLL;
            match deadline.filter(|deadline| *deadline < next) {
                Some(deadline) => {
                    tokio::time::sleep_until(deadline).await;
                    return Err(Error::message(OVER));
                }
                None => tokio::time::sleep_until(next).await,
            }
        }
    }
}

/// Whether the pod is refused because its namespace is on its way out.
fn ends_with_its_namespace(error: &Error) -> bool {
    error.status().is_some_and(|status| {
        let mut causes = status.details.iter().flat_map(|details| &details.causes);
        status.code == 403 && causes.any(|cause| cause.reason == "NamespaceTerminating")
    })
}

/// One error of several texts, as Go puts them together: each once.
pub fn together(texts: Vec<String>) -> Result<()> {
    let mut once: Vec<String> = Vec::new();
    for text in texts {
        if !once.contains(&text) {
            once.push(text);
        }
    }
    match once.is_empty() {
        true => Ok(()),
        false => Err(Error::Many(once.into_iter().map(Error::message).collect())),
    }
}

/// The text of an error inside of another one: several stand in brackets.
pub fn inner_text(error: &Error) -> String {
    match error {
        Error::Many(errors) if errors.len() > 1 => format!("[{error}]"),
        other => other.request_text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_together_and_once() {
        let text = |texts: &[&str]| {
            let texts = texts.iter().map(|text| (*text).to_owned()).collect();
            together(texts).err().map(|error| inner_text(&error))
        };
        assert_eq!(text(&[]), None);
        assert_eq!(text(&["a", "a"]).as_deref(), Some("a"));
        assert_eq!(text(&["a", "b"]).as_deref(), Some("[a, b]"));
    }
}
