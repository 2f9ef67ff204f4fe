//! `kubectl who-can VERB TYPE [NAME]`: the subjects that RBAC allows something, and the bindings that do so.

use crate::{
    client::Request,
    error::{Error, Result},
    printers::Tabs,
    resource,
    session::{Session, outln},
};
use knarr_api::meta;
use serde_json::Value;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// VERB TYPE [NAME], or VERB /a/url/path
    #[arg(required = true, num_args = 2..=3)]
    words: Vec<String>,
    /// The subresource, such as 'log' or 'scale'
    #[arg(long, default_value = "")]
    subresource: String,
    /// In all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
}

/// What is asked for.
struct Question {
    verb: String,
    group: String,
    /// `pods`, `pods/log`; a URL path when it begins with a slash.
    resource: String,
    name: String,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let question = question(session, &args).await?;
    let namespaced = !question.resource.starts_with('/');
    let namespace = match args.all_namespaces {
        true => String::new(),
        false => session.namespace()?.to_owned(),
    };
    let rbac = |plural: &str, namespace: &str| match namespace {
        "" => format!("/apis/rbac.authorization.k8s.io/v1/{plural}"),
        namespace => format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/{plural}"),
    };
    let list = async |path: String| -> Result<Vec<Value>> {
        let list = resource::list(session.client()?, Request::get(path), 500).await?;
        Ok(resource::flatten(list))
    };
    let cluster_roles = list(rbac("clusterroles", "")).await?;
    let cluster_bindings = list(rbac("clusterrolebindings", "")).await?;
    let (mut roles, mut bindings) = (Vec::new(), Vec::new());
    if namespaced {
        roles = list(rbac("roles", &namespace)).await?;
        bindings = list(rbac("rolebindings", &namespace)).await?;
    }
    let allows = |role: &Value| question.is_allowed_by(role);
    let cluster_roles: Vec<&Value> = cluster_roles.iter().filter(|role| allows(role)).collect();
    let roles: Vec<&Value> = roles.iter().filter(|role| allows(role)).collect();
    let granting: Vec<&Value> = bindings
        .iter()
        .filter(|binding| {
            let role = &binding["roleRef"];
            match role["kind"] == "ClusterRole" {
                true => cluster_roles
                    .iter()
                    .any(|known| meta::name(known) == role["name"]),
                false => roles.iter().any(|known| {
                    meta::name(known) == role["name"]
                        && meta::namespace(known) == meta::namespace(binding)
                }),
            }
        })
        .collect();
    let cluster_granting: Vec<&Value> = cluster_bindings
        .iter()
        .filter(|binding| {
            let name = &binding["roleRef"]["name"];
            cluster_roles.iter().any(|known| meta::name(known) == *name)
        })
        .collect();
    let what = format!("{} {}", question.verb, question.shown());
    if namespaced {
        section(
            session,
            &what,
            "ROLEBINDING\tNAMESPACE\tSUBJECT\tTYPE\tSA-NAMESPACE\n",
            &granting,
            true,
        )?;
        outln!(session)?;
    }
    section(
        session,
        &what,
        "CLUSTERROLEBINDING\tSUBJECT\tTYPE\tSA-NAMESPACE\n",
        &cluster_granting,
        false,
    )
}

fn section(
    session: &Session,
    what: &str,
    header: &str,
    bindings: &[&Value],
    namespaced: bool,
) -> Result<()> {
    let mut text = header.to_owned();
    for binding in bindings {
        for subject in binding["subjects"].as_array().into_iter().flatten() {
            let field = |name: &str| subject[name].as_str().unwrap_or_default();
            let place = match namespaced {
                true => format!("{}\t", meta::namespace(binding)),
                false => String::new(),
            };
            text.push_str(&format!(
                "{}\t{place}{}\t{}\t{}\n",
                meta::name(binding),
                field("name"),
                field("kind"),
                field("namespace")
            ));
        }
    }
    if text.lines().count() == 1 {
        let kind = header.split('\t').next().unwrap_or_default();
        return outln!(
            session,
            "No subjects found with permissions to {what} assigned through {kind}S"
        );
    }
    session.write(&Tabs::table().layout(&text))
}

async fn question(session: &Session, args: &Args) -> Result<Question> {
    let (verb, what) = (args.words[0].clone(), args.words[1].as_str());
    let name = args.words.get(2).cloned().unwrap_or_default();
    if what.starts_with('/') {
        return Ok(Question {
            verb,
            group: String::new(),
            resource: what.to_owned(),
            name,
        });
    }
    let (what, inline) = what.split_once('/').unwrap_or((what, ""));
    let mapping = session.mapper()?.resource(what).await?;
    // `pods/web` is a name, `pods/log` is a subresource when --subresource says so.
    let name = match (name.as_str(), inline) {
        ("", inline) => inline.to_owned(),
        (_, "") => name,
        _ => return Err(Error::usage("who-can", "the name is given twice")),
    };
    let resource = match args.subresource.as_str() {
        "" => mapping.plural,
        subresource => format!("{}/{subresource}", mapping.plural),
    };
    Ok(Question {
        verb,
        group: mapping.group,
        resource,
        name,
    })
}

impl Question {
    fn shown(&self) -> String {
        match self.name.as_str() {
            "" => self.resource.clone(),
            name => format!("{}/{name}", self.resource),
        }
    }

    /// Whether one of a role's rules allows it.
    fn is_allowed_by(&self, role: &Value) -> bool {
        let rules = role["rules"].as_array().into_iter().flatten();
        rules.into_iter().any(|rule| self.fits(rule))
    }

    fn fits(&self, rule: &Value) -> bool {
        let texts = |field: &str| -> Vec<&str> {
            let items = rule[field].as_array().into_iter().flatten();
            items.filter_map(Value::as_str).collect()
        };
        let has = |field: &str, wanted: &str| {
            texts(field)
                .iter()
                .any(|text| *text == "*" || *text == wanted)
        };
        if !has("verbs", &self.verb) {
            return false;
        }
        if self.resource.starts_with('/') {
            return texts("nonResourceURLs")
                .iter()
                .any(|url| match url.strip_suffix('*') {
                    Some(prefix) => self.resource.starts_with(prefix),
                    None => *url == self.resource,
                });
        }
        let resource = texts("resources").iter().any(|text| {
            *text == "*"
                || *text == self.resource
                || text.strip_prefix("*/").is_some_and(|sub| {
                    self.resource
                        .split_once('/')
                        .is_some_and(|(_, own)| own == sub)
                })
        });
        let names = texts("resourceNames");
        let name =
            names.is_empty() || (!self.name.is_empty() && names.contains(&self.name.as_str()));
        has("apiGroups", &self.group) && resource && name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn allowed(verb: &str, resource: &str, name: &str, rule: Value) -> bool {
        let question = Question {
            verb: verb.to_owned(),
            group: String::new(),
            resource: resource.to_owned(),
            name: name.to_owned(),
        };
        question.is_allowed_by(&json!({"rules": [rule]}))
    }

    #[test]
    fn rules_are_read_as_rbac_reads_them() {
        let pods = json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods", "*/scale"]});
        assert!(allowed("get", "pods", "", pods.clone()));
        assert!(allowed("get", "deployments/scale", "", pods.clone()));
        assert!(!allowed("get", "pods/log", "", pods.clone()));
        assert!(!allowed("list", "pods", "", pods));
        let named =
            json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["a"]});
        assert!(allowed("get", "pods", "a", named.clone()));
        assert!(!allowed("get", "pods", "", named));
        let url = json!({"verbs": ["get"], "nonResourceURLs": ["/api/*"]});
        assert!(allowed("get", "/api/v1", "", url));
    }
}
