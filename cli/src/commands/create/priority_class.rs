//! `kubectl create priorityclass`.

use super::{Name, SubmitArgs};
use crate::{error::Result, flags, session::Session};
use serde_json::json;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NAME
    name: Vec<String>,
    /// description is an arbitrary string that usually provides guidelines on when this priority class should be used.
    #[arg(long)]
    description: Option<String>,
    /// global-default specifies whether this PriorityClass should be considered as the default priority.
    #[arg(long)]
    global_default: bool,
    /// preemption-policy is the policy for preempting pods with lower priority.
    #[arg(long, default_value = "PreemptLowerPriority")]
    preemption_policy: String,
    /// the value of this priority class.
    #[arg(long, default_value = "0", value_parser = flags::int32)]
    value: i32,
    #[command(flatten)]
    submit: SubmitArgs,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let (name, submission) = args.submit.begin(
        session,
        &args.name,
        "create priorityclass",
        Name::LeftToServer,
    )?;
    let mut object = json!({"kind": "PriorityClass", "apiVersion": "scheduling.k8s.io/v1", "metadata": {"name": name},
        "value": args.value});
    if args.global_default {
        object["globalDefault"] = true.into();
    }
    if let Some(description) = args.description.as_deref().filter(|text| !text.is_empty()) {
        object["description"] = description.into();
    }
    object["preemptionPolicy"] = args.preemption_policy.into();
    submission.send(session, object).await
}
