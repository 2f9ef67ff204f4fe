//! `kubectl set resources`.

use super::{ChangeArgs, Report, pod_spec::containers_mut, pod_spec::pod_spec_mut};
use crate::{
    error::{Error, Result},
    session::Session,
};
use knarr_api::quantity::Quantity;
use serde_json::{Map, Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    change: ChangeArgs,
    /// The names of containers in the selected pod templates to change, all containers are selected by default - may use wildcards
    #[arg(short = 'c', long, default_value = "*")]
    containers: String,
    /// The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges.
    #[arg(long)]
    limits: Option<String>,
    /// The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges.
    #[arg(long)]
    requests: Option<String>,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.
    #[arg(short = 'l', long)]
    selector: Option<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let plan = args.change.plan()?;
    let selector = args.selector.as_deref();
    let infos = args.change.find(session, &args.resources, selector).await?;
    args.change.check(&plan, selector)?;
    let limits = args.limits.as_deref().unwrap_or_default();
    let requests = args.requests.as_deref().unwrap_or_default();
    if limits.is_empty() && requests.is_empty() {
        return Err(Error::message(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        ));
    }
    let wanted = [
        ("limits", resource_list(limits)?),
        ("requests", resource_list(requests)?),
    ];
    let mut unknown = Vec::new();
    let mut errors = args
        .change
        .apply(
            session,
            plan,
            infos,
            Report::of(
                "resource requirements updated",
                "failed to patch resources update to pod template ",
            ),
            |object| {
                let mut found = false;
                for container in containers_mut(pod_spec_mut(object)?, &args.containers) {
                    found = true;
                    set(container, &wanted);
                }
                if !found {
                    let text = format!("unable to find container named {}", args.containers);
                    unknown.push(Error::message(text));
                }
                Ok(())
            },
        )
        .await?;
    unknown.append(&mut errors);
    Error::all(unknown)
}

fn set(container: &mut Value, wanted: &[(&str, Map<String, Value>)]) {
    for (field, amounts) in wanted.iter().filter(|(_, amounts)| !amounts.is_empty()) {
        if !container["resources"].is_object() {
            container["resources"] = json!({});
        }
        if !container["resources"][*field].is_object() {
            container["resources"][*field] = json!({});
        }
        for (name, amount) in amounts {
            container["resources"][*field][name] = amount.clone();
        }
    }
}

/// `cpu=1,memory=2Gi` as a map of canonical quantities.
pub fn resource_list(text: &str) -> Result<Map<String, Value>> {
    let mut amounts = Map::new();
    for pair in text.split(',').filter(|_| !text.is_empty()) {
        let parts: Vec<&str> = pair.split('=').collect();
        let [name, amount] = parts.as_slice() else {
            return Err(Error::message(format!(
                "Invalid argument syntax {pair}, expected <resource>=<value>"
            )));
        };
        let amount = Quantity::parse(amount).map_err(|error| Error::message(error.to_string()))?;
        amounts.insert((*name).to_owned(), amount.to_string().into());
    }
    Ok(amounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_canonical() {
        let list = resource_list("cpu=0.5,memory=1024Mi").expect("valid");
        assert_eq!(Value::Object(list), json!({"cpu": "500m", "memory": "1Gi"}));
        let error = resource_list("cpu").expect_err("no value");
        assert_eq!(
            error.report().0,
            "error: Invalid argument syntax cpu, expected <resource>=<value>"
        );
    }
}
