//! `/containerLogs`: the log of a container, or of its last run.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use futures::FutureExt;
use http::{StatusCode, Uri, header};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use knarr_runtime::{Container, ContainerState};

use super::{Refusal, Server, lookup};
use crate::logs::{self, LogOptions};
use crate::pod::identity;

fn bad(text: String) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, text)
}

pub(super) async fn container_logs(
    State(server): State<Server>,
    Path((namespace, name, container)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let options = options(&query, Timestamp::now())?;
    let pod = lookup::pod(&server, &namespace, &name).await?;
    let known = identity::all_containers(&pod)
        .iter()
        .any(|(_, known)| known.name == container);
    if !known {
        let text = format!("container \"{container}\" not found in pod \"{name}\"");
        return Err(Refusal(StatusCode::NOT_FOUND, text));
    }
    let found = lookup::containers(&server, &pod, &container).await?;
    let chosen = choose(&pod, &container, &found, query.flag("previous"))?;
    let id = chosen.id.clone();
    let status = server
        .runtime
        .container_status(&id)
        .await
        .map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let runtime = server.runtime.clone();
    let still_running = Box::new(move || {
        let (runtime, id) = (runtime.clone(), id.clone());
        async move {
            let status = runtime.container_status(&id).await;
            status.is_ok_and(|status| status.container.state == ContainerState::Running)
        }
        .boxed()
    });
    let stream = logs::stream(status.log_path.clone(), options, still_running)
        .await
        .map_err(|error| {
            bad(format!(
                "failed to open log file {:?}: {error}",
                status.log_path
            ))
        })?;
    Response::builder()
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from_stream(stream))
        .map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// The container whose log is meant, in upstream's rules (`validateContainerLogStatus`).
fn choose<'a>(
    pod: &Pod,
    name: &str,
    found: &'a [Container],
    previous: bool,
) -> Result<&'a Container, Refusal> {
    let status = container_status(pod, name);
    let waiting = status
        .and_then(|status| status.state.as_ref()?.waiting.as_ref()?.reason.clone())
        .unwrap_or_else(|| "ContainerCreating".to_owned());
    let pod_name = identity::name(pod);
    if previous {
        let newest_runs = found
            .first()
            .is_none_or(|newest| newest.state != ContainerState::Exited);
        let backing_off = status.is_some_and(|status| {
            status
                .state
                .as_ref()
                .is_some_and(|state| state.waiting.is_some())
        });
        // While a crashed container waits for its restart, its last run is the previous one.
        let index = if newest_runs || !backing_off { 1 } else { 0 };
        return found.get(index).ok_or_else(|| {
            bad(format!(
                "previous terminated container \"{name}\" in pod \"{pod_name}\" not found"
            ))
        });
    }
    let newest = found
        .first()
        .filter(|newest| newest.state != ContainerState::Created);
    newest.ok_or_else(|| match waiting.as_str() {
        "ErrImagePull" | "ImagePullBackOff" => bad(format!(
            "container \"{name}\" in pod \"{pod_name}\" is waiting to start: {}",
            if waiting == "ErrImagePull" {
                "image can't be pulled"
            } else {
                "trying and failing to pull image"
            }
        )),
        _ => bad(format!(
            "container \"{name}\" in pod \"{pod_name}\" is waiting to start: {waiting}"
        )),
    })
}

fn container_status<'a>(pod: &'a Pod, name: &str) -> Option<&'a ContainerStatus> {
    let status = pod.status.as_ref()?;
    let lists = [
        &status.container_statuses,
        &status.init_container_statuses,
        &status.ephemeral_container_statuses,
    ];
    lists
        .into_iter()
        .flatten()
        .flatten()
        .find(|status| status.name == name)
}

/// Decoded pairs of a query string.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = format!("/?{text}").parse::<Uri>().ok().and_then(|uri| {
            axum::extract::Query::try_from_uri(&uri)
                .ok()
                .map(|query| query.0)
        });
        Self(pairs.unwrap_or_default())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// Set, and not to a word for no.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| !matches!(value, "" | "0" | "false" | "False"))
    }
}

fn options(query: &Query, now: Timestamp) -> Result<LogOptions, Refusal> {
    let number = |name: &str| -> Result<Option<u64>, Refusal> {
        query
            .get(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| bad(format!("invalid value for \"{name}\": \"{text}\"")))
            })
            .transpose()
    };
    let since = match (query.get("sinceTime"), number("sinceSeconds")?) {
        (Some(time), _) => Some(
            time.parse()
                .map_err(|_| bad(format!("invalid value for \"sinceTime\": \"{time}\"")))?,
        ),
        (None, Some(seconds)) => {
            let back = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            Some(now.saturating_sub(back).unwrap_or(Timestamp::MIN))
        }
        (None, None) => None,
    };
    Ok(LogOptions {
        follow: query.flag("follow"),
        tail_lines: number("tailLines")?,
        since,
        timestamps: query.flag("timestamps"),
        limit_bytes: number("limitBytes")?,
        only: match query.get("stream") {
            Some("Stdout") => Some("stdout"),
            Some("Stderr") => Some("stderr"),
            _ => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(state: serde_json::Value) -> Pod {
        serde_json::from_value(json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a"}]},
            "status": {"containerStatuses": [{"name": "a", "image": "", "imageID": "", "ready": false,
                "restartCount": 0, "state": state}]}}))
        .unwrap()
    }

    fn container(id: &str, state: ContainerState) -> Container {
        Container {
            id: id.into(),
            state,
            ..Container::default()
        }
    }

    fn chosen(pod: &Pod, found: &[Container], previous: bool) -> Result<String, String> {
        choose(pod, "a", found, previous)
            .map(|container| container.id.clone())
            .map_err(|refusal| refusal.1)
    }

    #[test]
    fn the_log_meant_depends_on_where_the_container_stands() {
        use ContainerState::{Exited, Running};
        let running = pod(json!({"running": {}}));
        let two = [container("new", Running), container("old", Exited)];
        assert_eq!(chosen(&running, &two, false), Ok("new".into()));
        assert_eq!(chosen(&running, &two, true), Ok("old".into()));
        let waiting = pod(json!({"waiting": {"reason": "CrashLoopBackOff"}}));
        let crashed = [container("last", Exited)];
        assert_eq!(chosen(&waiting, &crashed, false), Ok("last".into()));
        assert_eq!(chosen(&waiting, &crashed, true), Ok("last".into()));
        assert_eq!(
            chosen(&running, &two[..1], true).unwrap_err(),
            "previous terminated container \"a\" in pod \"p\" not found"
        );
        let creating = pod(json!({"waiting": {"reason": "ContainerCreating"}}));
        assert_eq!(
            chosen(&creating, &[], false).unwrap_err(),
            "container \"a\" in pod \"p\" is waiting to start: ContainerCreating"
        );
        let pulling = pod(json!({"waiting": {"reason": "ImagePullBackOff"}}));
        assert_eq!(
            chosen(&pulling, &[], false).unwrap_err(),
            "container \"a\" in pod \"p\" is waiting to start: trying and failing to pull image"
        );
    }

    #[test]
    fn options_are_read_from_the_query() {
        let now = Timestamp::from_second(100).unwrap();
        let query =
            Query::parse("follow=true&tailLines=5&sinceSeconds=10&timestamps=true&limitBytes=7");
        let options = options(&query, now).unwrap();
        assert!(options.follow && options.timestamps);
        assert_eq!(
            (options.tail_lines, options.limit_bytes),
            (Some(5), Some(7))
        );
        assert_eq!(options.since, Timestamp::from_second(90).ok());
        assert!(super::options(&Query::parse("tailLines=x"), now).is_err());
    }
}
