//! Makes sure that a container's image is there, by its pull policy, with the events and waiting
//! reasons of upstream's image manager.

use base64::Engine as _;
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::{Container, Pod, Secret};
use knarr_client::Api;
use knarr_runtime::{AuthConfig, Image, PullImageRequest, Runtime, RuntimeError};
use serde_json::Value;
use tokio::time::Instant;

use crate::pod::backoff::Backoff;
use crate::pod::containers::StartError;
use crate::pod::identity;
use knarr_client::events::{About, Recorder};

/// What pulling needs.
pub(super) struct ImageSource<'a> {
    pub(super) runtime: &'a dyn Runtime,
    pub(super) recorder: &'a Recorder,
    pub(super) client: &'a kube::Client,
}

impl ImageSource<'_> {
    /// The image, pulled when the policy says so.
    pub(super) async fn ensure(
        &self,
        pod: &Pod,
        container: &Container,
        about: &About,
        backoff: &mut Backoff,
        previous: Option<&StartError>,
    ) -> Result<Image, StartError> {
        let wanted = container.image.as_deref().unwrap_or_default();
        if let Err(why) = check_reference(wanted) {
            let message = format!(
                "Failed to apply default image tag \"{wanted}\": couldn't parse image name \"{wanted}\": {why}"
            );
            self.recorder
                .warning(about.clone(), "InspectFailed", message.clone());
            return Err(StartError {
                reason: "InvalidImageName",
                message,
            });
        }
        let present = self.inspect(wanted, about).await?;
        let policy = pull_policy(container);
        match (policy, present) {
            ("Never", None) => {
                let message = format!(
                    "Container image \"{wanted}\" is not present with pull policy of Never"
                );
                self.recorder
                    .warning(about.clone(), "ErrImageNeverPull", message.clone());
                Err(StartError {
                    reason: "ErrImageNeverPull",
                    message,
                })
            }
            ("Never" | "IfNotPresent", Some(image)) => {
                let message = format!(
                    "Container image \"{wanted}\" already present on machine and can be accessed by the pod"
                );
                self.recorder.normal(about.clone(), "Pulled", message);
                Ok(image)
            }
            _ => {
                let now = Instant::now();
                if backoff.until_since_update(wanted, now).is_some() {
                    return Err(self.still_waiting(wanted, about, previous));
                }
                self.pull(pod, wanted, about, backoff).await
            }
        }
    }

    /// It is too early to pull again; the reason of the last failure stays visible.
    fn still_waiting(
        &self,
        wanted: &str,
        about: &About,
        previous: Option<&StartError>,
    ) -> StartError {
        let message = format!("Back-off pulling image \"{wanted}\"");
        self.recorder
            .normal(about.clone(), "BackOff", message.clone());
        let message = match previous {
            Some(previous) if previous.reason == "ImagePullBackOff" => previous.message.clone(),
            Some(previous) => format!("{message}: {}: {}", previous.reason, previous.message),
            None => message,
        };
        StartError {
            reason: "ImagePullBackOff",
            message,
        }
    }

    async fn inspect(&self, wanted: &str, about: &About) -> Result<Option<Image>, StartError> {
        self.runtime.image_status(wanted).await.map_err(|error| {
            let message = format!("Failed to inspect image \"{wanted}\": {error}");
            self.recorder
                .warning(about.clone(), "InspectFailed", message.clone());
            StartError {
                reason: "ImageInspectError",
                message,
            }
        })
    }

    async fn pull(
        &self,
        pod: &Pod,
        wanted: &str,
        about: &About,
        backoff: &mut Backoff,
    ) -> Result<Image, StartError> {
        self.recorder.normal(
            about.clone(),
            "Pulling",
            format!("Pulling image \"{wanted}\""),
        );
        let started = Instant::now();
        let pulled = self.pull_with_secrets(pod, wanted).await;
        let image = match pulled {
            Ok(id) => self
                .runtime
                .image_status(&id)
                .await
                .ok()
                .flatten()
                .unwrap_or(Image {
                    id,
                    ..Image::default()
                }),
            Err(error) => {
                let message = format!("Failed to pull image \"{wanted}\": {error}");
                self.recorder.warning(about.clone(), "Failed", message);
                backoff.next(wanted, Instant::now());
                let reason = match &error {
                    RuntimeError::RegistryUnavailable(_) => "RegistryUnavailable",
                    _ => "ErrImagePull",
                };
                return Err(StartError {
                    reason,
                    message: error.to_string(),
                });
            }
        };
        let took = go_duration(started.elapsed());
        let message = format!(
            "Successfully pulled image \"{wanted}\" in {took} ({took} including waiting). Image size: {} bytes.",
            image.size
        );
        self.recorder.normal(about.clone(), "Pulled", message);
        backoff.reset(wanted);
        Ok(image)
    }

    /// Tries the pull secrets that fit the registry, one after the other, and then none.
    async fn pull_with_secrets(&self, pod: &Pod, wanted: &str) -> Result<String, RuntimeError> {
        let mut credentials: Vec<Option<AuthConfig>> = self
            .credentials(pod, wanted)
            .await
            .into_iter()
            .map(Some)
            .collect();
        if credentials.is_empty() {
            credentials.push(None);
        }
        let mut last = RuntimeError::ImagePull("no credentials".to_owned());
        for auth in credentials {
            let request = PullImageRequest {
                image: wanted.to_owned(),
                auth,
            };
            match self.runtime.pull_image(request).await {
                Ok(id) => return Ok(id),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn credentials(&self, pod: &Pod, wanted: &str) -> Vec<AuthConfig> {
        let secrets = pod
            .spec
            .iter()
            .flat_map(|spec| spec.image_pull_secrets.iter().flatten());
        let api: Api<Secret> = Api::namespaced(self.client.clone(), identity::namespace(pod));
        let mut found = Vec::new();
        for reference in secrets {
            match api.get(&reference.name).await {
                Ok(secret) => found.extend(auth_for(&secret, registry(wanted))),
                Err(error) => {
                    let message = format!(
                        "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
                        reference.name
                    );
                    tracing::debug!(%error, "pull secret was not read");
                    self.recorder.warning(
                        About::of(pod),
                        "FailedToRetrieveImagePullSecret",
                        message,
                    );
                }
            }
        }
        found
    }
}

/// The pull policy: as given, or `Always` for `:latest` and `IfNotPresent` otherwise.
fn pull_policy(container: &Container) -> &str {
    match container.image_pull_policy.as_deref() {
        Some(policy) if !policy.is_empty() => policy,
        _ => {
            let image = container.image.as_deref().unwrap_or_default();
            let name = image.rsplit('/').next().unwrap_or_default();
            let latest = !image.contains('@') && (!name.contains(':') || name.ends_with(":latest"));
            if latest { "Always" } else { "IfNotPresent" }
        }
    }
}

/// Whether a reference has the shape `[host[:port]/]path[:tag][@digest]` of the distribution project.
fn check_reference(reference: &str) -> Result<(), String> {
    const INVALID: &str = "invalid reference format";
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (reference, None),
    };
    if digest.is_some_and(|digest| !digest.contains(':') || digest.len() < 40) {
        return Err(INVALID.to_owned());
    }
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let word = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    let bad_tag = |tag: &str| {
        tag.is_empty() || tag.len() > 128 || tag.starts_with(['.', '-']) || !tag.chars().all(word)
    };
    if path.is_empty() || tag.is_some_and(bad_tag) {
        return Err(INVALID.to_owned());
    }
    let (host, rest) = match path.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
        _ => ("", path),
    };
    if !host
        .chars()
        .all(|character| word(character) || ":[]".contains(character))
    {
        return Err(INVALID.to_owned());
    }
    if rest.chars().any(|character| character.is_ascii_uppercase()) {
        let name = match host.is_empty() && !rest.contains('/') {
            true => format!("library/{rest}"),
            false => rest.to_owned(),
        };
        return Err(format!(
            "{INVALID}: repository name ({name}) must be lowercase"
        ));
    }
    let valid = rest.split('/').all(|part| {
        let edge = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
        part.chars().all(word) && part.starts_with(edge) && part.ends_with(edge)
    });
    if valid {
        Ok(())
    } else {
        Err(INVALID.to_owned())
    }
}

/// The registry of a reference; Docker Hub when none is named.
fn registry(reference: &str) -> &str {
    match reference.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => "docker.io",
    }
}

/// The credentials that a pull secret has for a registry.
fn auth_for(secret: &Secret, registry: &str) -> Option<AuthConfig> {
    let data = secret.data.as_ref()?;
    let auths: Value = if let Some(config) = data.get(".dockerconfigjson") {
        serde_json::from_slice::<Value>(&config.0)
            .ok()?
            .get_mut("auths")?
            .take()
    } else {
        serde_json::from_slice(&data.get(".dockercfg")?.0).ok()?
    };
    let entry = auths.as_object()?.iter().find(|(host, _)| {
        let host = host
            .trim_start_matches("https://")
            .trim_start_matches("http://");
        let host = host.split('/').next().unwrap_or_default();
        host == registry || (host == "index.docker.io" && registry == "docker.io")
    });
    let (_, entry) = entry?;
    let text = |key: &str| {
        entry
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (mut username, mut password) = (text("username"), text("password"));
    if username.is_empty() {
        let decoded = base64::engine::general_purpose::STANDARD
            .decode(text("auth"))
            .ok()?;
        let decoded = String::from_utf8(decoded).ok()?;
        let (name, word) = decoded.split_once(':')?;
        (username, password) = (name.to_owned(), word.to_owned());
    }
    Some(AuthConfig {
        username,
        password,
        registry_token: text("registrytoken"),
    })
}

/// A duration in whole milliseconds as Go prints it.
fn go_duration(duration: std::time::Duration) -> String {
    let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    knarr_api::duration::format(SignedDuration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_policy_defaults_by_the_tag() {
        let check = |image: &str, expected: &str| {
            let container = Container {
                image: Some(image.into()),
                ..Container::default()
            };
            assert_eq!(pull_policy(&container), expected, "{image}");
        };
        check("nginx", "Always");
        check("nginx:latest", "Always");
        check("nginx:1.27", "IfNotPresent");
        check("registry.io:5000/a", "Always");
        check(
            "a@sha256:0123456789012345678901234567890123456789",
            "IfNotPresent",
        );
    }

    #[test]
    fn references_are_checked_as_the_distribution_project_does() {
        for good in [
            "nginx",
            "a/b:1",
            "registry.io:5000/leap/spark:latest",
            "localhost/x",
            "k8s.gcr.io/a__b/c-d",
        ] {
            assert_eq!(check_reference(good), Ok(()), "{good}");
        }
        for bad in ["", "a b", "-x", "a:", "a/b:_!", "a//b", "x:1:2/3@"] {
            assert!(check_reference(bad).is_err(), "{bad}");
        }
        assert_eq!(
            check_reference("Foo"),
            Err(
                "invalid reference format: repository name (library/Foo) must be lowercase"
                    .to_owned()
            )
        );
    }

    #[test]
    fn pull_secrets_are_chosen_by_registry() {
        let config = json!({"auths": {"registry.io:5000": {"auth": "dTpw"},
            "https://index.docker.io/v1/": {"username": "d", "password": "w"}}});
        let secret: Secret = serde_json::from_value(json!({"data": {".dockerconfigjson":
            base64::engine::general_purpose::STANDARD.encode(config.to_string())}}))
        .unwrap();
        let found = auth_for(&secret, registry("registry.io:5000/a/b:1")).unwrap();
        assert_eq!(
            (found.username.as_str(), found.password.as_str()),
            ("u", "p")
        );
        assert_eq!(auth_for(&secret, registry("nginx")).unwrap().username, "d");
        assert!(auth_for(&secret, registry("quay.io/a")).is_none());
    }
}
