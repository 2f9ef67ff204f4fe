//! A flow schema, ready to be asked whether a request matches: `FlowSchemaSpec` of `flowcontrol.apiserver.k8s.io/v1`.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderValue;
use knarr_api::meta;
use serde_json::Value;

use super::Classified;
use super::counts::{self, Counts};
use super::level::Level;
use crate::request::RequestInfo;
use crate::user::{SERVICE_ACCOUNT_PREFIX, UserInfo};

/// By what the requests of a schema are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Distinguisher {
    None,
    User,
    Namespace,
}

/// One flow schema, with its priority level.
pub struct Schema {
    pub names: counts::Names,
    precedence: i64,
    rules: Vec<Rule>,
    distinguisher: Distinguisher,
    pub level: Arc<Level>,
    pub counts: Arc<Counts>,
    classified: Classified,
}

struct Rule {
    subjects: Vec<Subject>,
    resources: Vec<ResourceRule>,
    paths: Vec<PathRule>,
}

enum Subject {
    AnyUser,
    User(String),
    Group(String),
    /// Any account of a namespace: the start of its user names.
    Accounts(String),
}

/// A list in which `*` stands for all.
enum Names {
    All,
    Of(Vec<String>),
}

struct ResourceRule {
    verbs: Names,
    groups: Names,
    resources: Names,
    namespaces: Names,
    cluster: bool,
}

struct PathRule {
    verbs: Names,
    paths: Names,
}

impl Schema {
    /// Reads an object; none when its priority level is not there.
    pub fn new(object: &Value, levels: &BTreeMap<String, Arc<Level>>) -> Option<Self> {
        let spec = &object["spec"];
        let level_name = spec["priorityLevelConfiguration"]["name"].as_str()?;
        let level = levels.get(level_name)?.clone();
        let header = |uid: &str| HeaderValue::from_str(uid).ok();
        let classified = Classified {
            schema: header(meta::uid(object))?,
            level: level.uid(),
        };
        let rules = spec["rules"].as_array().into_iter().flatten();
        Some(Self {
            names: counts::Names {
                schema: meta::name(object).into(),
                level: level_name.into(),
            },
            precedence: spec["matchingPrecedence"].as_i64().unwrap_or(1000),
            rules: rules.map(Rule::new).collect(),
            distinguisher: match spec["distinguisherMethod"]["type"].as_str() {
                Some("ByUser") => Distinguisher::User,
                Some("ByNamespace") => Distinguisher::Namespace,
                _ => Distinguisher::None,
            },
            level,
            counts: Arc::default(),
            classified,
        })
    }

    /// Those that come first are asked first.
    pub fn order(&self) -> (i64, &str) {
        (self.precedence, &self.names.schema)
    }

    pub fn classified(&self) -> Classified {
        self.classified.clone()
    }

    /// What makes a request one of its flow.
    pub fn distinguisher<'a>(&self, user: &'a UserInfo, info: &'a RequestInfo) -> &'a str {
        match self.distinguisher {
            Distinguisher::None => "",
            Distinguisher::User => &user.name,
            Distinguisher::Namespace => &info.namespace,
        }
    }

    pub fn matches(&self, user: &UserInfo, info: &RequestInfo) -> bool {
        self.rules.iter().any(|rule| rule.matches(user, info))
    }
}

impl Rule {
    fn new(rule: &Value) -> Self {
        let all = |field: &str| rule[field].as_array().into_iter().flatten();
        Self {
            subjects: all("subjects").filter_map(Subject::new).collect(),
            resources: all("resourceRules")
                .map(|rule| ResourceRule {
                    verbs: Names::new(&rule["verbs"]),
                    groups: Names::new(&rule["apiGroups"]),
                    resources: Names::new(&rule["resources"]),
                    namespaces: Names::new(&rule["namespaces"]),
                    cluster: rule["clusterScope"] == true,
                })
                .collect(),
            paths: all("nonResourceRules")
                .map(|rule| PathRule {
                    verbs: Names::new(&rule["verbs"]),
                    paths: Names::new(&rule["nonResourceURLs"]),
                })
                .collect(),
        }
    }

    fn matches(&self, user: &UserInfo, info: &RequestInfo) -> bool {
        self.subjects.iter().any(|subject| subject.is(user))
            && match info.is_resource {
                true => self.resources.iter().any(|rule| rule.matches(info)),
                false => self.paths.iter().any(|rule| rule.matches(info)),
            }
    }
}

impl Subject {
    fn new(subject: &Value) -> Option<Self> {
        let text = |field: &str, name: &str| Some(subject[field][name].as_str()?.to_owned());
        Some(match subject["kind"].as_str()? {
            "User" => match text("user", "name")? {
                name if name == "*" => Self::AnyUser,
                name => Self::User(name),
            },
            "Group" => Self::Group(text("group", "name")?),
            "ServiceAccount" => {
                let namespace = text("serviceAccount", "namespace")?;
                let start = format!("{SERVICE_ACCOUNT_PREFIX}{namespace}:");
                match text("serviceAccount", "name")? {
                    name if name == "*" => Self::Accounts(start),
                    name => Self::User(start + &name),
                }
            }
            _ => return None,
        })
    }

    fn is(&self, user: &UserInfo) -> bool {
        match self {
            Self::AnyUser => true,
            Self::User(name) => *name == user.name,
            Self::Group(name) if name == "*" => true,
            Self::Group(name) => user.in_group(name),
            Self::Accounts(start) => user.name.starts_with(start.as_str()),
        }
    }
}

impl Names {
    fn new(list: &Value) -> Self {
        let names = list.as_array().into_iter().flatten();
        let names: Vec<String> = names
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect();
        if names.iter().any(|name| name == "*") {
            Self::All
        } else {
            Self::Of(names)
        }
    }

    fn has(&self, is: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Of(names) => names.iter().any(|name| is(name)),
        }
    }
}

impl ResourceRule {
    fn matches(&self, info: &RequestInfo) -> bool {
        let resource = |name: &str| match name.split_once('/') {
            Some((resource, sub)) => resource == info.resource && sub == info.subresource,
            None => name == info.resource && info.subresource.is_empty(),
        };
        self.verbs.has(|verb| verb == info.verb.as_str())
            && self.resources.has(resource)
            && self.groups.has(|group| group == info.group)
            && match info.namespace.is_empty() {
                true => self.cluster,
                false => self.namespaces.has(|name| name == info.namespace),
            }
    }
}

impl PathRule {
    fn matches(&self, info: &RequestInfo) -> bool {
        let path = |pattern: &str| match pattern.strip_suffix('*') {
            Some(start) if start.ends_with('/') => info.path.starts_with(start),
            _ => info.path == pattern,
        };
        self.verbs.has(|verb| verb == info.verb.as_str()) && self.paths.has(path)
    }
}
