//! `kubectl why TYPE/NAME`: why something is Pending, Terminating, not ready, crashing or refused, with the object
//! that blocks it and the command that mends it. What is found is decided by pure functions over what was read.

mod cluster;
mod general;
mod ingress;
mod pod;
mod workload;

use crate::{
    error::{Error, Result},
    mapper::Mapping,
    resource::{self, Info},
    session::{Session, outln},
};
use cluster::World;
use knarr_api::status::Status;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// TYPE NAME or TYPE/NAME
    #[arg(required = true)]
    resources: Vec<String>,
}

/// One reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Finding {
    /// What is the matter: `Pending: it can't be scheduled`.
    what: String,
    /// The words of whoever knows why; may be empty.
    because: String,
    /// The object in the way: `persistentvolumeclaim/data`.
    blocked_by: String,
    /// A command that mends it or shows more.
    mend: String,
}

impl Finding {
    fn new(what: impl Into<String>) -> Self {
        Finding {
            what: what.into(),
            ..Default::default()
        }
    }

    fn because(mut self, text: impl Into<String>) -> Self {
        self.because = text.into();
        self
    }

    fn blocked_by(mut self, object: impl Into<String>) -> Self {
        self.blocked_by = object.into();
        self
    }

    fn mend(mut self, command: impl Into<String>) -> Self {
        self.mend = command.into();
        self
    }
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let targets = resource::targets(session, &args.resources).await?;
    for target in targets {
        if target.name.is_empty() {
            return Err(Error::usage(
                "why",
                "a name is needed: TYPE NAME or TYPE/NAME",
            ));
        }
        match target.infos(session, &Default::default()).await {
            Ok(infos) => {
                for info in infos {
                    explain(session, info).await?;
                }
            }
            Err(Error::Status(status)) if status.reason == "Forbidden" => {
                let title = format!("{}/{}", target.mapping.kind_prefix(), target.name);
                let finding = denied(session, &target.mapping, &status)?;
                session.write(&shown("", &title, &finding))?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The user may not even look.
fn denied(session: &Session, mapping: &Mapping, status: &Status) -> Result<Finding> {
    let (subject, scope) = match mapping.namespaced {
        true => ("role", format!(" -n {}", session.namespace()?)),
        false => ("clusterrole", String::new()),
    };
    let plural = &mapping.plural;
    Ok(Finding::new("denied to you")
        .because(status.message.clone())
        .mend(format!(
            "kubectl who-can get {plural}{scope} shows who may; they can give it to you: kubectl create {subject} \
             NAME --verb=get --resource={plural}{scope}, and kubectl create {subject}binding"
        )))
}

/// Follows the trouble from owner to owned, until an object says why.
async fn explain(session: &Session, mut info: Info) -> Result<()> {
    let mut indent = String::new();
    loop {
        let world = World::gather(session, &info).await?;
        let (findings, next) = findings(&info, &world);
        let title = info.title();
        if findings.is_empty() {
            return outln!(session, "{indent}{title}: nothing is wrong with it.");
        }
        for finding in &findings {
            session.write(&shown(&indent, &title, finding))?;
        }
        let Some(next) = next else { return Ok(()) };
        indent.push_str("  ");
        info = next;
    }
}

/// What is wrong with an object, and the object in which to look further.
fn findings(info: &Info, world: &World) -> (Vec<Finding>, Option<Info>) {
    let mut found = general::deletion(info);
    if !found.is_empty() {
        return (found, None);
    }
    let mut next = None;
    match info.mapping.kind.as_str() {
        "Pod" => found.extend(pod::findings(info, world)),
        "PersistentVolumeClaim" => found.extend(general::claim(info, world)),
        "Node" => found.extend(general::node(info)),
        "Service" => found.extend(general::service(info, world)),
        "Ingress" => found.extend(ingress::findings(info, world)),
        "Deployment"
        | "ReplicaSet"
        | "StatefulSet"
        | "DaemonSet"
        | "Job"
        | "ReplicationController" => {
            let (more, worst) = workload::findings(info, world);
            found.extend(more);
            next = worst;
        }
        _ => {}
    }
    if found.is_empty() {
        found = general::conditions(info);
    }
    (found, next)
}

fn shown(indent: &str, title: &str, finding: &Finding) -> String {
    let mut text = format!("{indent}{title} is {}\n", finding.what);
    for (label, value) in [
        ("because", &finding.because),
        ("blocked by", &finding.blocked_by),
        ("to mend it", &finding.mend),
    ] {
        if !value.is_empty() {
            let value = value.replace('\n', &format!("\n{indent}{:14}", ""));
            text.push_str(&format!("{indent}  {label:<12}{value}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_a_few_lines() {
        let finding = Finding::new("Pending: it can't be scheduled")
            .because("0/1 nodes are available")
            .mend("kubectl get nodes");
        assert_eq!(
            shown("", "pod/a", &finding),
            "pod/a is Pending: it can't be scheduled\n  because     0/1 nodes are available\n  to mend it  kubectl get nodes\n"
        );
    }
}
