//! Role-based access control, evaluated from an index in memory that watches of the four RBAC kinds keep current.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use knarr_api::status::Status;
use parking_lot::RwLock;
use serde_json::Value;

use super::Decision;
use super::attributes::Attributes;
use super::rules::{self, Rule, Rules};
use crate::user::{SERVICE_ACCOUNT_PREFIX, UserInfo};

/// Which of the four kinds an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RbacKind {
    Role,
    ClusterRole,
    RoleBinding,
    ClusterRoleBinding,
}

/// All kinds with their plurals.
pub const RBAC_KINDS: [(RbacKind, &str); 4] = [
    (RbacKind::ClusterRole, "clusterroles"),
    (RbacKind::ClusterRoleBinding, "clusterrolebindings"),
    (RbacKind::Role, "roles"),
    (RbacKind::RoleBinding, "rolebindings"),
];

/// A role by reference: namespace (empty for a cluster role) and name.
type RoleKey = (String, String);

/// Who is bound.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    User(String),
    Group(String),
}

#[derive(Clone, Debug)]
struct Binding {
    name: String,
    role: RoleKey,
    /// With the text that upstream shows in the reason of a decision.
    subjects: Vec<(Subject, String)>,
}

/// The bindings of one scope (the cluster, or a namespace), found by their subjects.
#[derive(Default)]
struct Scope {
    bindings: BTreeMap<String, Arc<Binding>>,
    by_subject: HashMap<Subject, Vec<Arc<Binding>>>,
}

#[derive(Default)]
struct State {
    roles: HashMap<RoleKey, Rules>,
    cluster: Scope,
    namespaces: HashMap<String, Scope>,
}

/// The index.
#[derive(Default)]
pub struct Rbac {
    state: RwLock<State>,
}

impl Rbac {
    /// Takes in a new or changed object.
    pub fn put(&self, kind: RbacKind, object: &Value) {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
        let key = (text("namespace").to_owned(), text("name").to_owned());
        let mut state = self.state.write();
        match kind {
            RbacKind::Role | RbacKind::ClusterRole => {
                state.roles.insert(key, rules::of_role(object));
            }
            RbacKind::RoleBinding | RbacKind::ClusterRoleBinding => {
                let binding = binding(&key, object);
                state.scope(&key.0).put(binding);
            }
        }
    }

    /// Forgets an object.
    pub fn remove(&self, kind: RbacKind, namespace: &str, name: &str) {
        let mut state = self.state.write();
        match kind {
            RbacKind::Role | RbacKind::ClusterRole => {
                state.roles.remove(&(namespace.to_owned(), name.to_owned()));
            }
            RbacKind::RoleBinding | RbacKind::ClusterRoleBinding => {
                state.scope(namespace).remove(name);
            }
        }
    }

    /// Forgets all objects of a kind: its watch starts again from a list.
    pub fn clear(&self, kind: RbacKind) {
        let mut state = self.state.write();
        match kind {
            RbacKind::Role => state.roles.retain(|(namespace, _), _| namespace.is_empty()),
            RbacKind::ClusterRole => state
                .roles
                .retain(|(namespace, _), _| !namespace.is_empty()),
            RbacKind::RoleBinding => state.namespaces.clear(),
            RbacKind::ClusterRoleBinding => state.cluster = Scope::default(),
        }
    }

    /// Decides on one request.
    pub fn authorize(&self, request: &Attributes<'_>) -> Decision {
        let mut reason = None;
        let errors = self.visit(
            request.user,
            request.namespace,
            |namespace, binding, subject, rule| {
                let allowed = rule.allows(request);
                if allowed {
                    reason = Some(allow_reason(namespace, binding, subject));
                }
                !allowed
            },
        );
        match reason {
            Some(reason) => Decision::Allow(reason),
            None if errors.is_empty() => Decision::NoOpinion(String::new()),
            None => Decision::NoOpinion(format!("RBAC: {}", aggregate(&errors))),
        }
    }

    /// All rules that apply to a user in a namespace (empty: the cluster-wide ones only).
    /// With them what went wrong: bindings to roles that are not there.
    pub fn rules_for(&self, user: &UserInfo, namespace: &str) -> (Vec<Rule>, Vec<String>) {
        let mut all = Vec::new();
        let errors = self.visit(user, namespace, |_, _, _, rule| {
            all.push(rule.clone());
            true
        });
        (all, errors)
    }

    /// The rules of a role; `namespace` is empty for a cluster role.
    pub fn role(&self, namespace: &str, name: &str) -> Option<Rules> {
        let key = (namespace.to_owned(), name.to_owned());
        self.state.read().roles.get(&key).cloned()
    }

    /// Calls `each` with the rules that apply, until it answers false. What comes back are the errors until then, in
    /// upstream's words.
    fn visit(
        &self,
        user: &UserInfo,
        namespace: &str,
        mut each: impl FnMut(&str, &Binding, &Subject, &Rule) -> bool,
    ) -> Vec<String> {
        let mut errors = Vec::new();
        let state = self.state.read();
        let subjects: Vec<Subject> = std::iter::once(Subject::User(user.name.clone()))
            .chain(user.groups.iter().cloned().map(Subject::Group))
            .collect();
        let scopes = [
            ("", Some(&state.cluster)),
            (namespace, state.namespaces.get(namespace)),
        ];
        for (namespace, scope) in scopes {
            let Some(scope) = scope else { continue };
            for subject in &subjects {
                for binding in scope.by_subject.get(subject).into_iter().flatten() {
                    let Some(rules) = state.roles.get(&binding.role) else {
                        let missing = not_found(&binding.role);
                        if !errors.contains(&missing) {
                            errors.push(missing);
                        }
                        continue;
                    };
                    for rule in rules.iter() {
                        if !each(namespace, binding, subject, rule) {
                            return errors;
                        }
                    }
                }
            }
        }
        errors
    }
}

impl State {
    fn scope(&mut self, namespace: &str) -> &mut Scope {
        if namespace.is_empty() {
            &mut self.cluster
        } else {
            self.namespaces.entry(namespace.to_owned()).or_default()
        }
    }
}

impl Scope {
    fn put(&mut self, binding: Binding) {
        self.remove(&binding.name);
        let binding = Arc::new(binding);
        for (subject, _) in &binding.subjects {
            let bound = self.by_subject.entry(subject.clone()).or_default();
            bound.push(binding.clone());
        }
        self.bindings.insert(binding.name.clone(), binding);
    }

    fn remove(&mut self, name: &str) {
        let Some(old) = self.bindings.remove(name) else {
            return;
        };
        for (subject, _) in &old.subjects {
            if let Some(bound) = self.by_subject.get_mut(subject) {
                bound.retain(|binding| binding.name != name);
                if bound.is_empty() {
                    self.by_subject.remove(subject);
                }
            }
        }
    }
}

fn binding((namespace, name): &RoleKey, object: &Value) -> Binding {
    let role = &object["roleRef"];
    let role_namespace = if role["kind"] == "Role" {
        namespace.as_str()
    } else {
        ""
    };
    let role_name = role["name"].as_str().unwrap_or_default();
    let subjects = object["subjects"].as_array().into_iter().flatten();
    Binding {
        name: name.clone(),
        role: (role_namespace.to_owned(), role_name.to_owned()),
        subjects: subjects
            .filter_map(|value| subject(value, namespace))
            .collect(),
    }
}

fn subject(value: &Value, namespace: &str) -> Option<(Subject, String)> {
    let name = value["name"].as_str()?;
    match value["kind"].as_str()? {
        "User" => Some((Subject::User(name.to_owned()), format!("User {name:?}"))),
        "Group" => Some((Subject::Group(name.to_owned()), format!("Group {name:?}"))),
        "ServiceAccount" => {
            let namespace = value["namespace"].as_str().unwrap_or(namespace);
            let user = format!("{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}");
            Some((
                Subject::User(user),
                format!("ServiceAccount \"{name}/{namespace}\""),
            ))
        }
        _ => None,
    }
}

fn not_found((namespace, name): &RoleKey) -> String {
    let resource = if namespace.is_empty() {
        "clusterroles"
    } else {
        "roles"
    };
    Status::not_found("rbac.authorization.k8s.io", resource, name).message
}

/// Several errors as upstream joins them.
fn aggregate(errors: &[String]) -> String {
    match errors {
        [one] => one.clone(),
        all => format!("[{}]", all.join(", ")),
    }
}

/// `RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`, upstream's text.
fn allow_reason(namespace: &str, binding: &Binding, by: &Subject) -> String {
    let (role_namespace, role) = &binding.role;
    let role_kind = if role_namespace.is_empty() {
        "ClusterRole"
    } else {
        "Role"
    };
    let shown = binding
        .subjects
        .iter()
        .find(|(subject, _)| subject == by)
        .map_or("", |(_, shown)| shown);
    let binding = if namespace.is_empty() {
        format!("ClusterRoleBinding {:?}", binding.name)
    } else {
        format!("RoleBinding \"{}/{namespace}\"", binding.name)
    };
    format!("RBAC: allowed by {binding} of {role_kind} {role:?} to {shown}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rbac() -> Rbac {
        let rbac = Rbac::default();
        rbac.put(
            RbacKind::ClusterRole,
            &json!({"metadata": {"name": "reader"}, "rules": [
                {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]}),
        );
        rbac.put(
            RbacKind::RoleBinding,
            &json!({"metadata": {"name": "read", "namespace": "a"},
                "roleRef": {"kind": "ClusterRole", "name": "reader"},
                "subjects": [{"kind": "ServiceAccount", "name": "bot"}, {"kind": "Group", "name": "dev"}]}),
        );
        rbac
    }

    fn decide(rbac: &Rbac, user: &UserInfo, namespace: &str) -> Decision {
        let mut request = Attributes::resource(user, "get", "", "pods");
        request.namespace = namespace;
        rbac.authorize(&request)
    }

    #[test]
    fn a_binding_counts_in_its_namespace() {
        let bot = UserInfo::authenticated("system:serviceaccount:a:bot", ["x"]);
        let allowed = decide(&rbac(), &bot, "a");
        assert_eq!(
            allowed.reason(),
            r#"RBAC: allowed by RoleBinding "read/a" of ClusterRole "reader" to ServiceAccount "bot/a""#
        );
        assert!(!decide(&rbac(), &bot, "b").is_allowed());
        assert!(!decide(&rbac(), &bot, "").is_allowed());
    }

    #[test]
    fn what_is_removed_no_longer_counts() {
        let rbac = rbac();
        let dev = UserInfo::authenticated("jane", ["dev"]);
        assert!(decide(&rbac, &dev, "a").is_allowed());
        rbac.remove(RbacKind::RoleBinding, "a", "read");
        assert!(!decide(&rbac, &dev, "a").is_allowed());
    }

    #[test]
    fn a_binding_to_a_role_that_is_not_there_is_named() {
        let rbac = rbac();
        rbac.remove(RbacKind::ClusterRole, "", "reader");
        let dev = UserInfo::authenticated("jane", ["dev"]);
        assert_eq!(
            decide(&rbac, &dev, "a").reason(),
            r#"RBAC: clusterroles.rbac.authorization.k8s.io "reader" not found"#
        );
    }

    #[test]
    fn a_changed_role_counts_at_once() {
        let rbac = rbac();
        let dev = UserInfo::authenticated("jane", ["dev"]);
        let empty = json!({"metadata": {"name": "reader"}, "rules": []});
        rbac.put(RbacKind::ClusterRole, &empty);
        assert!(!decide(&rbac, &dev, "a").is_allowed());
    }
}
