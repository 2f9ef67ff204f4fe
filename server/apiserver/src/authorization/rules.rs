//! RBAC policy rules: what one permits, and whether a set of rules covers another. Values only.

use std::sync::Arc;

use serde_json::Value;

use super::attributes::Attributes;

/// One rule of a role (`rbac.authorization.k8s.io/v1` PolicyRule).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    pub verbs: Vec<String>,
    pub api_groups: Vec<String>,
    pub resources: Vec<String>,
    pub resource_names: Vec<String>,
    pub non_resource_urls: Vec<String>,
}

/// The rules of one role, shared by all who refer to it.
pub type Rules = Arc<[Rule]>;

/// Reads `rules` of a role.
pub fn of_role(role: &Value) -> Rules {
    role["rules"]
        .as_array()
        .map(|rules| rules.iter().map(Rule::from_value).collect())
        .unwrap_or_default()
}

/// The rules that permit everything.
pub fn everything() -> [Rule; 2] {
    let all = || vec!["*".to_owned()];
    let resources = Rule {
        verbs: all(),
        api_groups: all(),
        resources: all(),
        ..Rule::default()
    };
    let paths = Rule {
        verbs: all(),
        non_resource_urls: all(),
        ..Rule::default()
    };
    [resources, paths]
}

impl Rule {
    /// Reads one rule; what is missing or malformed is empty.
    pub fn from_value(rule: &Value) -> Self {
        let texts = |name: &str| {
            rule[name]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|text| text.as_str().map(str::to_owned))
                .collect()
        };
        Self {
            verbs: texts("verbs"),
            api_groups: texts("apiGroups"),
            resources: texts("resources"),
            resource_names: texts("resourceNames"),
            non_resource_urls: texts("nonResourceURLs"),
        }
    }

    /// True when the rule permits the request.
    pub fn allows(&self, request: &Attributes<'_>) -> bool {
        if !has(&self.verbs, request.verb) {
            return false;
        }
        if !request.is_resource {
            let urls = &self.non_resource_urls;
            return urls
                .iter()
                .any(|pattern| url_matches(pattern, request.path));
        }
        let matches =
            |pattern: &String| resource_matches(pattern, request.resource, request.subresource);
        has(&self.api_groups, request.group)
            && self.resources.iter().any(matches)
            && (self.resource_names.is_empty()
                || self.resource_names.iter().any(|name| name == request.name))
    }

    /// Splits a rule into the smallest rules of which it is the union, the form that [`uncovered`] compares.
    fn breakdown(&self) -> Vec<Self> {
        let one = |text: &String| vec![text.clone()];
        let mut parts = Vec::new();
        for verb in &self.verbs {
            let urls = self.non_resource_urls.iter();
            parts.extend(urls.map(|url| Self {
                verbs: one(verb),
                non_resource_urls: one(url),
                ..Self::default()
            }));
            for (group, resource) in self
                .api_groups
                .iter()
                .flat_map(|group| self.resources.iter().map(move |resource| (group, resource)))
            {
                let part = Self {
                    verbs: one(verb),
                    api_groups: one(group),
                    resources: one(resource),
                    ..Self::default()
                };
                if self.resource_names.is_empty() {
                    parts.push(part);
                    continue;
                }
                parts.extend(self.resource_names.iter().map(|name| Self {
                    resource_names: one(name),
                    ..part.clone()
                }));
            }
        }
        parts
    }

    /// True when this rule permits all that `part` (a result of [`Rule::breakdown`]) permits.
    fn covers_part(&self, part: &Self) -> bool {
        let all = |own: &[String], wanted: &[String]| wanted.iter().all(|one| has(own, one));
        if !all(&self.verbs, &part.verbs) {
            return false;
        }
        if let Some(url) = part.non_resource_urls.first() {
            let urls = &self.non_resource_urls;
            return urls.iter().any(|pattern| url_matches(pattern, url));
        }
        let resource = part.resources.first().is_some_and(|wanted| {
            let (resource, subresource) = wanted.split_once('/').unwrap_or((wanted, ""));
            self.resources.iter().any(|pattern| {
                pattern == wanted || resource_matches(pattern, resource, subresource)
            })
        });
        let named = |name: &String| self.resource_names.contains(name);
        let names = self.resource_names.is_empty()
            || (!part.resource_names.is_empty() && part.resource_names.iter().all(named));
        all(&self.api_groups, &part.api_groups) && resource && names
    }

    /// The rule as upstream prints one in a refusal: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`.
    pub fn describe(&self) -> String {
        let fields = [
            ("APIGroups", &self.api_groups),
            ("Resources", &self.resources),
            ("ResourceNames", &self.resource_names),
            ("NonResourceURLs", &self.non_resource_urls),
            ("Verbs", &self.verbs),
        ];
        let shown: Vec<String> = fields
            .iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(name, values)| format!("{name}:{}", quoted(values)))
            .collect();
        format!("{{{}}}", shown.join(", "))
    }
}

/// The parts of `wanted` that `owned` does not cover.
pub fn uncovered(owned: &[Rule], wanted: &[Rule]) -> Vec<Rule> {
    wanted
        .iter()
        .flat_map(Rule::breakdown)
        .filter(|part| !owned.iter().any(|rule| rule.covers_part(part)))
        .collect()
}

/// Joins simple rules that differ in their verbs only, as upstream does before it shows rules.
pub fn compact(rules: Vec<Rule>) -> Vec<Rule> {
    let mut joined: Vec<Rule> = Vec::new();
    for rule in rules {
        let same = joined.iter_mut().find(|other| {
            other.api_groups == rule.api_groups
                && other.resources == rule.resources
                && other.resource_names == rule.resource_names
                && other.non_resource_urls == rule.non_resource_urls
                && rule.non_resource_urls.is_empty()
        });
        match same {
            Some(other) => {
                for verb in rule.verbs {
                    if !other.verbs.contains(&verb) {
                        other.verbs.push(verb);
                    }
                }
            }
            None => joined.push(rule),
        }
    }
    joined
}

/// Texts as Go's `%q` prints a slice of them: `["a" "b"]`.
pub fn quoted(texts: &[String]) -> String {
    let all: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", all.join(" "))
}

fn has(values: &[String], wanted: &str) -> bool {
    values.iter().any(|value| value == "*" || value == wanted)
}

/// `*`, `pods`, `pods/log`, `*/scale`.
fn resource_matches(pattern: &str, resource: &str, subresource: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    match pattern.split_once('/') {
        None => subresource.is_empty() && pattern == resource,
        Some((first, second)) => {
            !subresource.is_empty() && second == subresource && (first == "*" || first == resource)
        }
    }
}

/// `*`, `/healthz`, `/healthz/*`.
fn url_matches(pattern: &str, path: &str) -> bool {
    pattern == "*"
        || pattern == path
        || pattern
            .strip_suffix('*')
            .is_some_and(|prefix| path.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::user::UserInfo;

    fn rule(value: Value) -> Rule {
        Rule::from_value(&value)
    }

    #[test]
    fn subresources_are_named_apart() {
        let user = UserInfo::anonymous();
        let allows = |pattern: &str, subresource: &str| {
            let rule = rule(json!({"verbs": ["get"], "apiGroups": [""], "resources": [pattern]}));
            let mut request = Attributes::resource(&user, "get", "", "pods");
            request.subresource = subresource;
            rule.allows(&request)
        };
        assert!(allows("pods", "") && !allows("pods", "log"));
        assert!(allows("pods/log", "log") && !allows("pods/log", ""));
        assert!(allows("*/log", "log") && allows("*", "log"));
    }

    #[test]
    fn names_restrict() {
        let user = UserInfo::anonymous();
        let rule = rule(
            json!({"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"],
            "resourceNames": ["a"]}),
        );
        let mut request = Attributes::resource(&user, "get", "", "secrets");
        assert!(!rule.allows(&request));
        request.name = "a";
        assert!(rule.allows(&request));
    }

    #[test]
    fn covering() {
        let own = [
            rule(
                json!({"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/*"]}),
            ),
            rule(json!({"verbs": ["*"], "apiGroups": ["apps"], "resources": ["*"]})),
        ];
        let check = |wanted: Value, missing: usize| {
            assert_eq!(uncovered(&own, &[rule(wanted)]).len(), missing);
        };
        check(
            json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}),
            0,
        );
        check(
            json!({"verbs": ["get", "delete"], "apiGroups": [""], "resources": ["pods"]}),
            1,
        );
        check(
            json!({"verbs": ["create"], "apiGroups": ["apps"], "resources": ["deployments"],
                "resourceNames": ["x"]}),
            0,
        );
        check(
            json!({"verbs": ["get"], "nonResourceURLs": ["/metrics"]}),
            1,
        );
    }
}
