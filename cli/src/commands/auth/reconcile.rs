//! `kubectl auth reconcile`: roles get the rules, bindings the subjects that files name. What is compared is what the
//! rules cover, not how they are written.

use crate::{
    client::{Request, encode},
    commands::create::local_info,
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::{self, Info},
    session::{Session, errln},
};
use http::Method;
use knarr_api::{meta, quote::go_value};
use serde_json::{Value, json};

const GROUP: &str = "rbac.authorization.k8s.io";
/// An object with `false` here is its owner's business alone.
const AUTOUPDATE: &str = "rbac.authorization.kubernetes.io/autoupdate";

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[arg(hide = true)]
    words: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// If true, removes extra permissions added to roles
    #[arg(long)]
    remove_extra_permissions: bool,
    /// If true, removes extra subjects added to rolebindings
    #[arg(long)]
    remove_extra_subjects: bool,
}

/// What has to be done to the object on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    None,
    Create,
    Update,
    /// A binding cannot change the role that it refers to.
    Recreate,
}

/// The object as it should be, and how it differs from the one on the server.
struct Plan {
    object: Value,
    operation: Operation,
    missing: Vec<Value>,
    extra: Vec<Value>,
    protected: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if args.files.is_empty() {
        return Err(Error::message("must specify one of -f and -k"));
    }
    if !args.words.is_empty() {
        return Err(Error::message("no arguments are allowed"));
    }
    let dry_run = args.dry_run.strategy().map_err(|error| {
        Error::message(format!(
            "error accessing --dry-run flag for command reconcile: {error}"
        ))
    })?;
    if dry_run == DryRun::Server {
        return Err(Error::message(
            "--dry-run=server for command reconcile is not supported yet",
        ));
    }
    let mut printer = ResultPrinter::new(&args.print, dry_run.suffix())?.typed();
    // Nobody is asked what kinds there are, so that no namespace is filled in.
    let loaded = resource::local_files(&args.files).await?;
    let mut errors = loaded.errors;
    for info in loaded.infos {
        if let Err(error) = resource::refuse_unknown_type(&info.source, &info.object) {
            errors.push(error);
            continue;
        }
        if info.mapping.group != GROUP {
            continue;
        }
        if info.mapping.version != "v1" {
            let (version, kind) = (&info.mapping.version, &info.mapping.kind);
            errors.push(Error::message(format!(
                "only rbac.authorization.k8s.io/v1 is supported: not *{version}.{kind}"
            )));
            continue;
        }
        match reconcile(session, &args, &info, dry_run).await {
            Ok(plan) => report(session, &args, &mut printer, &info, &plan)?,
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

async fn reconcile(session: &Session, args: &Args, info: &Info, dry_run: DryRun) -> Result<Plan> {
    let client = &session.client()?.typed();
    let live = match info.fetch(client).await {
        Ok(live) => Some(live),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error),
    };
    let mut plan = match info.mapping.kind.as_str() {
        "Role" | "ClusterRole" => plan_role(live, &info.object, args.remove_extra_permissions),
        _ => plan_binding(live, &info.object, args.remove_extra_subjects),
    };
    if dry_run != DryRun::None || plan.protected {
        return Ok(plan);
    }
    let body = Info {
        object: plan.object.clone(),
        ..info.clone()
    };
    match plan.operation {
        Operation::None => return Ok(plan),
        Operation::Create => {
            ensure_namespace(session, info).await?;
            plan.object = body.create(client, Vec::new()).await?;
        }
        Operation::Update => {
            plan.object = client
                .send(
                    Request::new(Method::PUT, info.named_path()?)
                        .typed()
                        .json(&plan.object),
                )
                .await?;
        }
        Operation::Recreate => {
            let options = json!({"preconditions": {"uid": meta::uid(&plan.object)}});
            client
                .send(
                    Request::new(Method::DELETE, info.named_path()?)
                        .typed()
                        .json(&options),
                )
                .await?;
            plan.object = info.create(client, Vec::new()).await?;
        }
    }
    Ok(plan)
}

/// A new role or binding gets its namespace too, if the user may make it.
async fn ensure_namespace(session: &Session, info: &Info) -> Result<()> {
    if !info.mapping.namespaced {
        return Ok(());
    }
    if info.namespace.is_empty() {
        return Err(Error::message("resource name may not be empty"));
    }
    let client = &session.client()?.typed();
    let path = format!("/api/v1/namespaces/{}", encode(&info.namespace));
    match client.send(Request::get(path)).await {
        Err(error) if error.is_not_found() => {}
        _ => return Ok(()),
    }
    let namespace =
        json!({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": info.namespace}});
    let request = Request::new(Method::POST, "/api/v1/namespaces").json(&namespace);
    match client.send(request).await {
        Err(error)
            if error
                .status()
                .is_some_and(|status| matches!(status.code, 403 | 409)) =>
        {
            Ok(())
        }
        other => other.map(drop),
    }
}

fn list<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    object[field].as_array().map_or(&[], Vec::as_slice)
}

fn is_protected(object: &Value) -> bool {
    meta::annotation(object, AUTOUPDATE) == Some("false")
}

/// Adds labels and annotations that are wanted and not there; `true` when something changed.
fn merge_metadata(object: &mut Value, wanted: &Value) -> bool {
    let mut changed = false;
    for field in ["labels", "annotations"] {
        for (key, value) in wanted["metadata"][field].as_object().into_iter().flatten() {
            if object["metadata"][field].get(key).is_none() {
                meta::metadata_mut(object)
                    .entry(field)
                    .or_insert_with(|| json!({}))[key] = value.clone();
                changed = true;
            }
        }
    }
    changed
}

fn plan_role(live: Option<Value>, wanted: &Value, remove_extra: bool) -> Plan {
    let Some(live) = live else {
        return Plan {
            object: wanted.clone(),
            operation: Operation::Create,
            missing: list(wanted, "rules").to_vec(),
            extra: Vec::new(),
            protected: false,
        };
    };
    let protected = is_protected(&live);
    let (_, missing) = covers(list(&live, "rules"), list(wanted, "rules"));
    let (_, extra) = covers(list(wanted, "rules"), list(&live, "rules"));
    let mut object = live;
    let mut changed = merge_metadata(&mut object, wanted);
    if remove_extra && !(missing.is_empty() && extra.is_empty()) {
        object["rules"] = wanted["rules"].clone();
        changed = true;
    } else if !missing.is_empty() {
        let rules = [list(&object, "rules"), missing.as_slice()].concat();
        object["rules"] = rules.into();
        changed = true;
    }
    if !wanted["aggregationRule"].is_null()
        && wanted["aggregationRule"] != object["aggregationRule"]
    {
        object["aggregationRule"] = wanted["aggregationRule"].clone();
        changed = true;
    }
    let operation = if changed {
        Operation::Update
    } else {
        Operation::None
    };
    Plan {
        object,
        operation,
        missing,
        extra,
        protected,
    }
}

fn plan_binding(live: Option<Value>, wanted: &Value, remove_extra: bool) -> Plan {
    let wanted_subjects = list(wanted, "subjects");
    let Some(live) = live else {
        return Plan {
            object: wanted.clone(),
            operation: Operation::Create,
            missing: wanted_subjects.to_vec(),
            extra: Vec::new(),
            protected: false,
        };
    };
    let protected = is_protected(&live);
    let subjects = list(&live, "subjects");
    let absent = |from: &[Value], of: &[Value]| -> Vec<Value> {
        of.iter()
            .filter(|subject| !from.iter().any(|known| same_subject(known, subject)))
            .cloned()
            .collect()
    };
    let missing = absent(subjects, wanted_subjects);
    let extra = absent(wanted_subjects, subjects);
    if !same_role(&live["roleRef"], &wanted["roleRef"]) {
        let mut object = wanted.clone();
        meta::set_uid(&mut object, meta::uid(&live));
        return Plan {
            object,
            operation: Operation::Recreate,
            missing,
            extra,
            protected,
        };
    }
    let mut object = live.clone();
    let mut changed = merge_metadata(&mut object, wanted);
    if remove_extra && !(missing.is_empty() && extra.is_empty()) {
        object["subjects"] = wanted_subjects.into();
        changed = true;
    } else if !missing.is_empty() {
        object["subjects"] = [subjects, &missing].concat().into();
        changed = true;
    }
    let operation = if changed {
        Operation::Update
    } else {
        Operation::None
    };
    Plan {
        object,
        operation,
        missing,
        extra,
        protected,
    }
}

fn same_role(left: &Value, right: &Value) -> bool {
    ["kind", "name"]
        .iter()
        .all(|field| left[*field] == right[*field])
}

fn same_subject(left: &Value, right: &Value) -> bool {
    ["kind", "apiGroup", "name", "namespace"]
        .iter()
        .all(|field| {
            left[*field].as_str().unwrap_or_default() == right[*field].as_str().unwrap_or_default()
        })
}

/// One verb on one resource or URL.
fn breakdown(rule: &Value) -> Vec<Value> {
    let texts = |field: &str| list(rule, field).to_vec();
    let mut single = Vec::new();
    for verb in texts("verbs") {
        for url in texts("nonResourceURLs") {
            single.push(json!({"verbs": [verb], "nonResourceURLs": [url]}));
        }
        for group in texts("apiGroups") {
            for resource in texts("resources") {
                let base = json!({"verbs": [verb], "apiGroups": [group], "resources": [resource]});
                let names = texts("resourceNames");
                if names.is_empty() {
                    single.push(base.clone());
                }
                for name in names {
                    let mut rule = base.clone();
                    rule["resourceNames"] = json!([name]);
                    single.push(rule);
                }
            }
        }
    }
    single
}

/// Whether `owner` allows all of `servant`, and the single rules that it does not.
fn covers(owner: &[Value], servant: &[Value]) -> (bool, Vec<Value>) {
    let missing: Vec<Value> = servant
        .iter()
        .flat_map(breakdown)
        .filter(|wanted| !owner.iter().any(|rule| rule_covers(rule, wanted)))
        .collect();
    (missing.is_empty(), missing)
}

fn rule_covers(owner: &Value, wanted: &Value) -> bool {
    let has = |field: &str| {
        list(wanted, field).iter().all(|text| {
            list(owner, field)
                .iter()
                .any(|known| known == "*" || known == text)
        })
    };
    let resources = list(wanted, "resources").iter().all(|resource| {
        let resource = resource.as_str().unwrap_or_default();
        let any = resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
        list(owner, "resources").iter().any(|known| {
            known == "*" || known == resource || any.as_deref().is_some_and(|any| known == any)
        })
    });
    let names = list(owner, "resourceNames").is_empty()
        || (!list(wanted, "resourceNames").is_empty() && has("resourceNames"));
    let urls = list(wanted, "nonResourceURLs").iter().all(|url| {
        let url = url.as_str().unwrap_or_default();
        list(owner, "nonResourceURLs").iter().any(|known| {
            let known = known.as_str().unwrap_or_default();
            known == "*"
                || known == url
                || known
                    .strip_suffix('*')
                    .is_some_and(|head| url.starts_with(head))
        })
    });
    has("verbs") && has("apiGroups") && resources && names && urls
}

fn report(
    session: &Session,
    args: &Args,
    printer: &mut ResultPrinter,
    info: &Info,
    plan: &Plan,
) -> Result<()> {
    printer.print(session, &local_info(plan.object.clone()), "reconciled")?;
    let caveat = match plan.protected {
        true => ", but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)",
        false => "",
    };
    let verb = match plan.operation {
        Operation::None => return Ok(()),
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Recreate => "recreate",
    };
    errln!(session, "\treconciliation required {verb}{caveat}");
    let of_rules = info.mapping.kind.ends_with("Role");
    let (what, shown): (_, fn(&Value) -> String) = match of_rules {
        true => ("rules", shown_rule),
        false => ("subjects", shown_subject),
    };
    let removes = if of_rules {
        args.remove_extra_permissions
    } else {
        args.remove_extra_subjects
    };
    let parts = [
        ("missing", "added", &plan.missing, true),
        ("extra", "removed", &plan.extra, removes),
    ];
    for (which, done, found, wanted) in parts {
        if found.is_empty() || !wanted {
            continue;
        }
        errln!(session, "\t{which} {what} {done}:");
        found
            .iter()
            .for_each(|one| errln!(session, "\t\t{}", shown(one)));
    }
    Ok(())
}

/// A rule as Go's `%+v` shows the struct.
fn shown_rule(rule: &Value) -> String {
    let all = |field: &str| go_value(&Value::from(list(rule, field).to_vec()));
    format!(
        "{{Verbs:{} APIGroups:{} Resources:{} ResourceNames:{} NonResourceURLs:{}}}",
        all("verbs"),
        all("apiGroups"),
        all("resources"),
        all("resourceNames"),
        all("nonResourceURLs")
    )
}

/// A subject as Go's `%+v` shows the struct.
fn shown_subject(subject: &Value) -> String {
    let text = |field: &str| subject[field].as_str().unwrap_or_default().to_owned();
    format!(
        "{{Kind:{} APIGroup:{} Name:{} Namespace:{}}}",
        text("kind"),
        text("apiGroup"),
        text("name"),
        text("namespace")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(rules: Value) -> Value {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": rules})
    }

    #[test]
    fn only_what_is_not_covered_is_added() {
        let live = role(json!([{"verbs": ["get"], "apiGroups": ["*"], "resources": ["pods"]}]));
        let wanted =
            role(json!([{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}]));
        let plan = plan_role(Some(live.clone()), &wanted, false);
        assert_eq!(plan.operation, Operation::Update);
        assert_eq!(
            plan.missing,
            [json!({"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]})]
        );
        assert_eq!(
            plan_role(Some(live.clone()), &live, true).operation,
            Operation::None
        );
        assert_eq!(plan_role(None, &wanted, false).operation, Operation::Create);
    }

    #[test]
    fn a_binding_to_another_role_is_made_anew() {
        let binding = |role: &str, user: &str| {
            json!({"metadata": {"name": "b", "uid": "1"}, "roleRef": {"kind": "Role", "name": role},
            "subjects": [{"kind": "User", "name": user}]})
        };
        let plan = plan_binding(Some(binding("a", "u")), &binding("b", "u"), false);
        assert_eq!(plan.operation, Operation::Recreate);
        let plan = plan_binding(Some(binding("a", "u")), &binding("a", "v"), true);
        assert_eq!(
            plan.object["subjects"],
            json!([{"kind": "User", "name": "v"}])
        );
    }
}
