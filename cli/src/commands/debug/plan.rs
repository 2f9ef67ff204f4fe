//! What `kubectl debug` sends: a pod with one more container, a copy of a pod, or a pod for a node.

use super::{
    Args, container_mut,
    profile::{Profile, Style},
};
use crate::{
    client::Request,
    commands::image_reference::{self, is_image},
    error::{Error, Result},
    resource::{self, Info},
    session::{Session, errln, outln},
};
use http::Method;
use knarr_api::{meta, patch, quote::quote, schema::Schema, yaml};
use serde_json::{Map, Value, json};

const NOT_ROOT: &str = "Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by \
     debug profile may not work. Please consider using \"--custom\" with a custom profile that specifies \
     \"securityContext.runAsUser: 0\".";

/// The flags, checked.
pub struct Plan<'a> {
    args: &'a Args,
    profile: Profile,
    custom: Option<Value>,
    set_images: Vec<(String, String)>,
    env: Vec<Value>,
}

impl<'a> Plan<'a> {
    pub fn new(session: &Session, args: &'a Args) -> Result<Self> {
        let env = pairs(&args.env, "env")?.into_iter();
        let plan = Plan {
            set_images: pairs(&args.set_image, "set-image")?,
            env: env
                .map(|(name, value)| json!({"name": name, "value": value}))
                .collect(),
            profile: Profile::parse(&args.profile)?,
            custom: match args.custom.as_str() {
                "" => None,
                path => Some(read_custom(path)?),
            },
            args,
        };
        plan.check_copy()?;
        plan.check_images()?;
        plan.check_rest(session)?;
        Ok(plan)
    }

    fn check_copy(&self) -> Result<()> {
        let Args {
            container,
            copy_to,
            image,
            words,
            ..
        } = self.args;
        let fault = if self.args.attach == Some(true) && image.is_empty() && container.is_empty() {
            "you must specify --container or create a new container using --image in order to attach."
        } else if !copy_to.is_empty() {
            if image.is_empty() && self.set_images.is_empty() && words.is_empty() {
                "you must specify --image, --set-image or command arguments."
            } else if !words.is_empty() && container.is_empty() && image.is_empty() {
                "you must specify an existing container or a new image when specifying args."
            } else {
                return Ok(());
            }
        } else if self.args.replace {
            "--replace may only be used with --copy-to."
        } else if self.args.same_node {
            "--same-node may only be used with --copy-to."
        } else if !self.set_images.is_empty() {
            "--set-image may only be used with --copy-to."
        } else if image.is_empty() {
            "you must specify --image when not using --copy-to."
        } else {
            return Ok(());
        };
        Err(Error::message(fault))
    }

    fn check_images(&self) -> Result<()> {
        let args = self.args;
        let wrong = |what: String| {
            let why = image_reference::WRONG;
            Err(Error::message(format!("invalid image name {what}: {why}")))
        };
        if !args.image.is_empty() && !is_image(&args.image) {
            return wrong(quote(&args.image));
        }
        if args.targets.is_empty() && args.filename.is_empty() {
            return Err(Error::message("NAME or filename is required for debug"));
        }
        let policy = args.image_pull_policy.as_str();
        if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
            return Err(Error::message(format!(
                "invalid image pull policy: {policy}"
            )));
        }
        match self.set_images.iter().find(|(_, image)| !is_image(image)) {
            Some((name, image)) => wrong(format!("{} for container {}", quote(image), quote(name))),
            None => Ok(()),
        }
    }

    fn check_rest(&self, session: &Session) -> Result<()> {
        let args = self.args;
        if !args.target.is_empty() {
            if !args.copy_to.is_empty() {
                return Err(Error::message(
                    "--target is incompatible with --copy-to. Use --share-processes instead.",
                ));
            }
            if !args.quiet {
                outln!(
                    session,
                    "Targeting container {}. If you don't see processes from this container it may be because the \
                     container runtime doesn't support this feature.",
                    quote(&args.target)
                )?;
            }
        }
        if args.tty && !args.stdin {
            return Err(Error::message(
                "-i/--stdin is required for containers with -t/--tty=true",
            ));
        }
        let fixed = ["name", "command", "image", "lifecycle", "volumeDevices"];
        let custom = self.custom.as_ref();
        if custom.is_some_and(|custom| fixed.iter().any(|field| !is_empty(&custom[*field]))) {
            return Err(Error::message(
                "name, command, image, lifecycle and volume devices are not modifiable via custom profile",
            ));
        }
        if self.profile == Profile::Legacy {
            errln!(
                session,
                "--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other \
                 profile, for example \"--profile=general\"."
            );
        }
        Ok(())
    }

    /// The name of the debugging container, generated if none was given.
    fn container_name(&self, session: &Session, pod: &mut Value) -> Result<String> {
        if !self.args.container.is_empty() {
            return Ok(self.args.container.clone());
        }
        loop {
            let name = format!("debugger-{}", meta::random_suffix(5));
            if container_mut(pod, &name).is_none() {
                if !self.args.quiet {
                    outln!(session, "Defaulting debug container name to {name}.")?;
                }
                return Ok(name);
            }
        }
    }

    /// What the flags say about the debugging container.
    fn fill(&self, container: &mut Map<String, Value>) {
        let args = self.args;
        if !args.words.is_empty() {
            let words = json!(args.words);
            if args.arguments_only {
                container.insert("args".into(), words);
            } else {
                container.shift_remove("args");
                container.insert("command".into(), words);
            }
        }
        if !self.env.is_empty() {
            container.insert("env".into(), json!(self.env));
        }
        for (field, text) in [
            ("image", &args.image),
            ("imagePullPolicy", &args.image_pull_policy),
        ] {
            if !text.is_empty() {
                container.insert(field.into(), text.as_str().into());
            }
        }
        for (field, set) in [("stdin", args.stdin), ("tty", args.tty)] {
            container.shift_remove(field);
            if set {
                container.insert(field.into(), true.into());
            }
        }
    }

    /// A container that has what the flags say, and nothing else.
    fn fresh(&self, name: &str) -> Value {
        let mut container = Map::new();
        container.insert("name".into(), name.into());
        container.insert("resources".into(), json!({}));
        container.insert("terminationMessagePolicy".into(), "File".into());
        self.fill(&mut container);
        container.into()
    }

    /// Applies the profile, and then what `--custom` says.
    fn finish(&self, pod: &mut Value, name: &str, style: Style) -> Result<()> {
        self.profile.apply(pod, name, style, self.args);
        let (Some(custom), Some(container)) = (&self.custom, container_mut(pod, name)) else {
            return Ok(());
        };
        let schema = Schema::for_gvk("", "v1", "Pod")
            .and_then(|pod| pod.field("spec")?.field("containers")?.items())
            .ok_or_else(|| Error::message("unable to merge the custom profile"))?;
        let merged = patch::strategic_merge(container.clone().into(), custom, schema)?;
        *container = merged.as_object().cloned().unwrap_or_default();
        Ok(())
    }

    pub async fn debug_pod(&self, session: &Session, info: &Info) -> Result<(Info, String)> {
        let mut pod = info.object.clone();
        let name = self.container_name(session, &mut pod)?;
        let mut container = self.fresh(&name);
        if !self.args.target.is_empty() {
            container["targetContainerName"] = self.args.target.as_str().into();
        }
        match pod["spec"]["ephemeralContainers"].as_array_mut() {
            Some(list) => list.push(container),
            None => pod["spec"]["ephemeralContainers"] = json!([container]),
        }
        self.finish(&mut pod, &name, Style::Ephemeral)?;
        warn_of_user(session, &mut pod, &name);
        let schema = Schema::for_gvk("", "v1", "Pod")
            .ok_or_else(|| Error::message("error creating patch to add debug container"))?;
        let body = patch::create_two_way_merge(&info.object, &pod, schema).map_err(|error| {
            Error::message(format!(
                "error creating patch to add debug container: {error}"
            ))
        })?;
        let path = format!("{}/ephemeralcontainers", info.path());
        let request = Request::new(Method::PATCH, path).body(
            "application/strategic-merge-patch+json",
            body.to_string().into_bytes(),
        );
        let mut patched = info.clone();
        patched.object = session
            .client()?
            .send(request.typed())
            .await
            .map_err(disabled)?;
        Ok((patched, name))
    }

    pub async fn debug_copy(&self, session: &Session, info: &Info) -> Result<(Info, String)> {
        let (mut copy, name) = self.copy_of(session, &info.object)?;
        warn_of_user(session, &mut copy, &name);
        let client = &session.client()?.typed();
        let mut made = Info {
            name: self.args.copy_to.clone(),
            object: copy,
            ..info.clone()
        };
        made.object = made.create(client, Vec::new()).await?;
        if self.args.replace {
            let options =
                json!({"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0});
            client
                .send(
                    Request::new(Method::DELETE, info.path())
                        .typed()
                        .json(&options),
                )
                .await?;
        }
        Ok((made, name))
    }

    /// The copy and its debugging container; no container when only images are changed.
    fn copy_of(&self, session: &Session, pod: &Value) -> Result<(Value, String)> {
        let args = self.args;
        let mut copy = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": args.copy_to, "namespace": meta::namespace(pod)}, "spec": pod["spec"], "status": {}});
        for field in ["labels", "annotations"] {
            if !pod["metadata"][field].is_null() {
                copy["metadata"][field] = pod["metadata"][field].clone();
            }
        }
        if let Some(spec) = copy["spec"].as_object_mut() {
            spec.shift_remove("ephemeralContainers");
            if !args.same_node {
                spec.shift_remove("nodeName");
            }
            if let Some(shared) = args.share_processes {
                spec.insert("shareProcessNamespace".into(), shared.into());
            }
        }
        self.change_images(&mut copy);
        let mut name = args.container.clone();
        if container_mut(&mut copy, &name).is_none() {
            if args.image.is_empty() {
                return match self.set_images.is_empty() {
                    false => Ok((copy, String::new())),
                    true => Err(Error::message(
                        "you must specify image when creating new container",
                    )),
                };
            }
            name = self.container_name(session, &mut copy)?;
            let added = self.fresh(&name);
            if let Some(list) = copy["spec"]["containers"].as_array_mut() {
                list.push(added);
            }
        } else if let Some(container) = container_mut(&mut copy, &name) {
            self.fill(container);
        }
        self.finish(&mut copy, &name, Style::Copy)?;
        Ok((copy, name))
    }

    fn change_images(&self, pod: &mut Value) {
        let wanted = |wanted: &str| self.set_images.iter().rfind(|(name, _)| name == wanted);
        let containers = pod["spec"]["containers"].as_array_mut();
        for container in containers.into_iter().flatten() {
            let name = container["name"].as_str().unwrap_or_default();
            if let Some((_, image)) = wanted(name).or_else(|| wanted("*")) {
                container["image"] = image.as_str().into();
            }
        }
    }

    pub async fn debug_node(&self, session: &Session, node: &Info) -> Result<(Info, String)> {
        let pod_name = format!("node-debugger-{}-{}", node.name, meta::random_suffix(5));
        let name = match self.args.container.as_str() {
            "" => "debugger",
            name => name,
        };
        if !self.args.quiet {
            outln!(
                session,
                "Creating debugging pod {pod_name} with container {name} on node {}.",
                node.name
            )?;
        }
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": pod_name, "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"}},
            "spec": {"containers": [self.fresh(name)], "nodeName": node.name, "restartPolicy": "Never",
                "tolerations": [{"operator": "Exists"}]}});
        self.finish(&mut pod, name, Style::Node)?;
        let mut info = resource::info_of(session, "", pod).await?;
        info.object = info.create(&session.client()?.typed(), Vec::new()).await?;
        Ok((info, name.to_owned()))
    }
}

/// A server without the subresource does not say what it did not find.
fn disabled(error: Error) -> Error {
    let names_nothing = |status: &knarr_api::status::Status| {
        status
            .details
            .as_ref()
            .is_none_or(|details| details.name.is_empty())
    };
    match error.status() {
        Some(status) if status.code == 404 && names_nothing(status) => Error::message(format!(
            "ephemeral containers are disabled for this cluster (error from server: {})",
            quote(&status.message)
        )),
        _ => error,
    }
}

/// Capabilities are of no use to a user who is not root.
fn warn_of_user(session: &Session, pod: &mut Value, name: &str) {
    let user = |context: &Value| context["runAsUser"].as_i64();
    if user(&pod["spec"]["securityContext"]).is_none_or(|user| user == 0) {
        return;
    }
    let Some(container) = container_mut(pod, name) else {
        return;
    };
    let context = container
        .get("securityContext")
        .cloned()
        .unwrap_or_default();
    let granted = context["privileged"] == true || !is_empty(&context["capabilities"]["add"]);
    if granted && user(&context) != Some(0) {
        errln!(session, "{NOT_ROOT}");
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// `name=value` pairs as pflag's map flags read them: one pair keeps its commas, several are parted by them.
fn pairs(words: &[String], flag: &str) -> Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    for word in words {
        let parts = match word.matches('=').count() {
            0 | 1 => vec![word.trim_matches('"')],
            _ => word.split(',').collect(),
        };
        for part in parts {
            let (name, value) = part.split_once('=').ok_or_else(|| Error::Flag {
                message: format!(
                    "invalid argument {} for \"--{flag}\" flag: {part} must be formatted as key=value",
                    quote(word)
                ),
                command: "kubectl debug".to_owned(),
            })?;
            all.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(all)
}

fn read_custom(path: &str) -> Result<Value> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::message(format!(
            "must pass a container spec json file for custom profile: open {path}: {}",
            crate::error::go_words(&error)
        ))
    })?;
    match yaml::from_str(&text) {
        Ok(custom) if custom.is_object() => Ok(custom),
        Ok(_) => Err(Error::message(format!(
            "{path} does not contain a valid container spec: error unmarshaling JSON: while decoding JSON: json: cannot \
             unmarshal string into Go value of type v1.Container"
        ))),
        Err(error) => Err(Error::message(format!(
            "{path} does not contain a valid container spec: {error}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pair_keeps_its_commas() {
        let read = |word: &str| pairs(&[word.to_owned()], "env").map_err(|error| error.to_string());
        let own = |pairs: &[(&str, &str)]| {
            Ok(pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<Vec<_>>())
        };
        assert_eq!(read("a=b,c"), own(&[("a", "b,c")]));
        assert_eq!(read("a=b,c=d"), own(&[("a", "b"), ("c", "d")]));
        assert!(read("a").is_err());
    }
}
