//! Privileged containers where the cluster has none (`--allow-privileged=false`): in pods, and in templates of them.

use knarr_api::kinds::Kind;
use knarr_api::status::FieldError;
use serde_json::Value;

use crate::admission::{CONTAINERS, POD_TEMPLATES};

/// What is refused of an object of the stored kind, in upstream's words.
pub fn faults(kind: &Kind, object: &Value) -> Vec<FieldError> {
    let templates = POD_TEMPLATES.iter();
    let template = templates
        .filter(|(group, plural, _)| (*group, *plural) == (kind.group, kind.plural))
        .map(|(.., path)| *path)
        .next();
    let pod = match template {
        Some(path) => path,
        None if (kind.group, kind.plural) == ("", "pods") => "",
        None => return Vec::new(),
    };
    let prefix = pod.trim_start_matches('/').replace('/', ".");
    let prefix = if prefix.is_empty() {
        prefix
    } else {
        prefix + "."
    };
    let spec = object.pointer(pod).map_or(&Value::Null, |pod| &pod["spec"]);
    let mut faults = Vec::new();
    for field in CONTAINERS {
        let all = spec[field].as_array().into_iter().flatten();
        for (index, container) in all.enumerate() {
            if container["securityContext"]["privileged"] == true {
                let path = format!("{prefix}spec.{field}[{index}].securityContext.privileged");
                faults.push(FieldError::forbidden(path, "disallowed by cluster policy"));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::TestServer;

    #[tokio::test]
    async fn there_are_privileged_containers_only_where_the_cluster_allows_them() {
        let server = TestServer::with(|config| {
            config.allow_privileged = false;
            config.admission.disable = vec!["ServiceAccount".to_owned()];
        })
        .await;
        let container = |privileged| json!({"name": "a", "image": "a", "securityContext": {"privileged": privileged}});
        let spec = |privileged| json!({"containers": [container(privileged)]});
        let pods = "/api/v1/namespaces/default/pods";
        let pod = |privileged| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec(privileged)});
        let refused = server.post(pods, pod(true)).await;
        let expected = "Pod \"a\" is invalid: spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy";
        assert_eq!(refused.message(), expected);
        server
            .post(&format!("{pods}?dryRun=All"), pod(false))
            .await
            .expect(201);
        let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [container(true)]}}}});
        let refused = server
            .post("/apis/batch/v1/namespaces/default/jobs", job)
            .await;
        let expected = "Job.batch \"a\" is invalid: spec.template.spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy";
        assert_eq!(refused.message(), expected);
        let open = TestServer::with(|config| {
            config.admission.disable = vec!["ServiceAccount".to_owned()];
        })
        .await;
        open.post(&format!("{pods}?dryRun=All"), pod(true))
            .await
            .expect(201);
    }
}
