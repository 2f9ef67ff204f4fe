//! `kubectl create deployment`.

use super::{Name, SubmitArgs};
use crate::{
    error::{Error, Result},
    flags,
    session::Session,
};
use knarr_api::meta;
use serde_json::{Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NAME
    name: Vec<String>,
    /// Image names to run. A deployment can have multiple images set for multi-container pod.
    #[arg(long, required = true, value_delimiter = ',')]
    image: Vec<String>,
    /// The containerPort that this deployment exposes.
    #[arg(long, default_value = "-1", value_parser = flags::int32)]
    port: i32,
    /// Number of replicas to create. Default is 1.
    #[arg(short, long, default_value = "1", value_parser = flags::int32)]
    replicas: i32,
    #[command(flatten)]
    submit: SubmitArgs,
    /// The command that runs instead of the image's own
    #[arg(last = true)]
    command: Vec<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create deployment", Name::LeftToServer)?;
    if args.image.len() > 1 && !args.command.is_empty() {
        return Err(Error::message(
            "cannot specify multiple --image options and command",
        ));
    }
    let containers: Vec<Value> = args
        .image
        .iter()
        .filter(|image| !image.is_empty())
        .enumerate()
        .map(|(index, image)| container(index, image, &args))
        .collect();
    let labels = json!({"app": name});
    let object = json!({
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": args.replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
            "strategy": {},
        },
        "status": {},
    });
    submission.send(session, object).await
}

fn container(index: usize, image: &str, args: &Args) -> Value {
    let mut container = json!({"name": image_name(image), "image": image});
    if !args.command.is_empty() {
        container["command"] = json!(args.command);
    }
    if args.port >= 0 && index == 0 {
        container["ports"] = json!([{"containerPort": args.port}]);
    }
    container["resources"] = json!({});
    container
}

/// The container's name: the last part of the image's, without tag and digest. Where no label may have a character of it,
/// the replacement is made unique.
fn image_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let bare = last.split(['@', ':']).next().unwrap_or(last);
    match bare.contains(['_', '.']) {
        true => format!(
            "{}-{}",
            bare.replace(['_', '.'], "-"),
            meta::random_suffix(5)
        ),
        false => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::image_name;

    #[test]
    fn the_container_is_named_after_the_image() {
        for (image, want) in [
            ("registry:5000/a/web:1.2", "web"),
            ("nginx@sha256:0", "nginx"),
            ("UPPER", "UPPER"),
        ] {
            assert_eq!(image_name(image), want);
        }
        let name = image_name("my_app.x:1");
        assert!(name.starts_with("my-app-x-") && name.len() == 14, "{name}");
    }
}
