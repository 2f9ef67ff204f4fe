//! `kubectl logs -l SELECTOR -f --new-pods`: the logs of all pods that a selector finds, of those that come later too,
//! and of containers that start again.

use super::logs::{self, Source};
use crate::{
    client::Request,
    error::{Error, Result},
    mapper::Mapping,
    resource,
    session::{Session, errln},
};
use futures::{
    future::LocalBoxFuture,
    stream::{FuturesUnordered, StreamExt},
};
use knarr_api::meta;
use serde_json::Value;
use std::collections::HashSet;

/// Follows until the user ends it.
pub async fn follow(session: &Session, args: &logs::Args, selector: &str) -> Result<()> {
    let client = session.client()?;
    let path = Mapping::guessed("v1", "Pod").path(session.namespace()?, "");
    let request = Request::get(path).query("labelSelector", selector);
    let mut known: HashSet<String> = HashSet::new();
    let mut copies: FuturesUnordered<LocalBoxFuture<'_, Result<()>>> = FuturesUnordered::new();
    loop {
        let mut list = client.send(request.clone()).await?;
        let version = list["metadata"]["resourceVersion"].take();
        for pod in resource::flatten(list) {
            copies.extend(started(session, args, &pod, &mut known));
        }
        let watch = request
            .clone()
            .query("resourceVersion", version.as_str().unwrap_or_default())
            .query("watch", "true");
        let mut events = client.stream(watch).await?;
        loop {
            tokio::select! {
                event = events.next_event() => match event? {
                    None => break,
                    Some(event) if event["type"] == "ERROR" => break,
                    Some(event) => copies.extend(started(session, args, &event["object"], &mut known)),
                },
                Some(copied) = copies.next() => copied?,
            }
        }
    }
}

/// The logs of the containers of a pod that run and are not followed yet.
fn started<'s>(
    session: &'s Session,
    args: &'s logs::Args,
    pod: &Value,
    known: &mut HashSet<String>,
) -> Vec<LocalBoxFuture<'s, Result<()>>> {
    let mut copies: Vec<LocalBoxFuture<'s, Result<()>>> = Vec::new();
    for (container, id) in running(pod) {
        let wanted = args.wants(pod, container);
        if !wanted || !known.insert(id.to_owned()) {
            continue;
        }
        let source = Source {
            pod: meta::name(pod).to_owned(),
            namespace: meta::namespace(pod).to_owned(),
            container: container.to_owned(),
        };
        copies.push(Box::pin(async move {
            // One log that breaks off ends none of the others; a reader that went away ends all.
            match logs::copy(session, args, &source, true).await {
                Err(error @ Error::Output(_)) => return Err(error),
                Err(error) => errln!(session, "{}", error.report().0),
                Ok(()) => {}
            }
            Ok(())
        }));
    }
    copies
}

/// Names and identifiers of the containers of a pod that have been started.
fn running(pod: &Value) -> Vec<(&str, &str)> {
    [
        "initContainerStatuses",
        "containerStatuses",
        "ephemeralContainerStatuses",
    ]
    .iter()
    .flat_map(|list| pod["status"][*list].as_array().into_iter().flatten())
    .filter(|status| status["state"]["running"].is_object())
    .filter_map(|status| Some((status["name"].as_str()?, status["containerID"].as_str()?)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_running_containers_have_logs_to_follow() {
        let pod = json!({"status": {"containerStatuses": [
            {"name": "a", "containerID": "x://1", "state": {"running": {}}},
            {"name": "b", "state": {"waiting": {}}}]}});
        assert_eq!(running(&pod), [("a", "x://1")]);
    }
}
