//! Who asks: the identity that authentication finds and authorization judges.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The group of every request that proved who it is.
pub const ALL_AUTHENTICATED: &str = "system:authenticated";
/// The group of every request that did not.
pub const ALL_UNAUTHENTICATED: &str = "system:unauthenticated";
/// The name of a request without credentials.
pub const ANONYMOUS: &str = "system:anonymous";
/// The group that authorization never refuses.
pub const MASTERS: &str = "system:masters";
/// The group of the node agents.
pub const NODES: &str = "system:nodes";
/// The user name prefix of a node agent; the node's name follows.
pub const NODE_PREFIX: &str = "system:node:";
/// The user name prefix of a service account; `namespace:name` follows.
pub const SERVICE_ACCOUNT_PREFIX: &str = "system:serviceaccount:";

/// A user as `authentication.k8s.io/v1` UserInfo describes one.
///
/// A request that carries this type as an extension comes from inside the process and is taken as authenticated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserInfo {
    pub name: String,
    pub uid: String,
    pub groups: Vec<String>,
    pub extra: BTreeMap<String, Vec<String>>,
}

impl UserInfo {
    /// An authenticated user: `system:authenticated` joins the given groups.
    pub fn authenticated<G: Into<String>>(
        name: impl Into<String>,
        groups: impl IntoIterator<Item = G>,
    ) -> Self {
        let mut groups: Vec<String> = groups.into_iter().map(Into::into).collect();
        if !groups.iter().any(|group| group == ALL_AUTHENTICATED) {
            groups.push(ALL_AUTHENTICATED.to_owned());
        }
        Self {
            name: name.into(),
            groups,
            ..Self::default()
        }
    }

    /// A request without credentials.
    pub fn anonymous() -> Self {
        Self {
            name: ANONYMOUS.to_owned(),
            groups: vec![ALL_UNAUTHENTICATED.to_owned()],
            ..Self::default()
        }
    }

    /// The `authentication.k8s.io/v1` UserInfo; what is empty is left out.
    pub fn to_value(&self) -> Value {
        let mut value = Map::new();
        for (field, text) in [("username", &self.name), ("uid", &self.uid)] {
            if !text.is_empty() {
                value.insert(field.to_owned(), text.as_str().into());
            }
        }
        if !self.groups.is_empty() {
            value.insert("groups".to_owned(), json!(self.groups));
        }
        if !self.extra.is_empty() {
            value.insert("extra".to_owned(), json!(self.extra));
        }
        Value::Object(value)
    }

    /// Reads what a server says of a user whom it knows; `system:authenticated` joins the groups.
    pub fn from_value(value: &Value) -> Self {
        let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let texts = |value: &Value| -> Vec<String> {
            let all = value.as_array().into_iter().flatten();
            all.filter_map(|text| text.as_str().map(str::to_owned))
                .collect()
        };
        let mut user = Self::authenticated(text("username"), texts(&value["groups"]));
        user.uid = text("uid");
        for (key, values) in value["extra"].as_object().into_iter().flatten() {
            user.extra.insert(key.clone(), texts(values));
        }
        user
    }

    /// Adds the user to the `spec` of a SubjectAccessReview; `groups` is what the field is called, which in v1beta1 is
    /// `group`.
    pub fn add_to_review(&self, spec: &mut Value, groups: &str) {
        spec["user"] = self.name.as_str().into();
        if !self.groups.is_empty() {
            spec[groups] = json!(self.groups);
        }
        if !self.extra.is_empty() {
            spec["extra"] = json!(self.extra);
        }
        if !self.uid.is_empty() {
            spec["uid"] = self.uid.as_str().into();
        }
    }

    /// True when the user is in the group.
    pub fn in_group(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }

    /// True for members of `system:masters`, whom nothing is refused.
    pub fn is_superuser(&self) -> bool {
        self.in_group(MASTERS)
    }

    /// The node's name, when this is a node agent: `system:node:NAME` in the group `system:nodes`.
    pub fn node_name(&self) -> Option<&str> {
        self.name
            .strip_prefix(NODE_PREFIX)
            .filter(|_| self.in_group(NODES))
    }

    /// Namespace and name, when this is a service account.
    pub fn service_account(&self) -> Option<(&str, &str)> {
        self.name
            .strip_prefix(SERVICE_ACCOUNT_PREFIX)?
            .split_once(':')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_known_by_its_name_and_its_group() {
        let node = UserInfo::authenticated("system:node:a", [NODES]);
        assert_eq!(node.node_name(), Some("a"));
        let impostor = UserInfo::authenticated("system:node:a", ["users"]);
        assert_eq!(impostor.node_name(), None);
    }

    #[test]
    fn a_user_is_read_as_it_is_written() {
        let mut user = UserInfo::authenticated("jane", ["dev"]);
        user.uid = "7".to_owned();
        user.extra
            .insert("scopes".to_owned(), vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(UserInfo::from_value(&user.to_value()), user);
    }

    #[test]
    fn a_service_account_is_namespace_and_name() {
        let user = UserInfo::authenticated("system:serviceaccount:kube-system:dns", ["x"]);
        assert_eq!(user.service_account(), Some(("kube-system", "dns")));
    }
}
