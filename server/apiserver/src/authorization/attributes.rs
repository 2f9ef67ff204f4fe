//! What is decided on: one request's attributes, in the words of RBAC, and the text of a refusal.

use std::borrow::Cow;

use knarr_api::selector::{FieldSelector, Selector};
use knarr_api::status::Status;

use crate::request::info::pairs;
use crate::request::{RequestInfo, Verb};
use crate::user::UserInfo;

/// The selectors of a list, watch or deletion of many: a policy may permit only those that ask for little (KEP-4601).
#[derive(Clone, Debug, Default)]
pub struct Selectors {
    pub fields: FieldSelector,
    pub labels: Option<Selector>,
}

impl Selectors {
    /// Those of a request; none that cannot be read: the verb itself answers them with 400.
    pub fn of(info: &RequestInfo, query: &str) -> Option<Self> {
        if !info.is_resource
            || !matches!(info.verb, Verb::List | Verb::Watch | Verb::DeleteCollection)
        {
            return None;
        }
        let mut found = Self::default();
        for (name, value) in pairs(query) {
            match name.as_ref() {
                "fieldSelector" => found.fields = FieldSelector::parse(&value).ok()?,
                "labelSelector" => found.labels = Selector::parse(&value).ok(),
                _ => {}
            }
        }
        (!found.fields.is_empty() || found.labels.is_some()).then_some(found)
    }
}

/// The attributes of one request. Empty strings mean "none".
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    pub user: &'a UserInfo,
    pub verb: &'a str,
    pub is_resource: bool,
    pub group: &'a str,
    pub version: &'a str,
    pub resource: &'a str,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    pub path: &'a str,
    pub selectors: Option<&'a Selectors>,
}

impl<'a> Attributes<'a> {
    /// Of a parsed request.
    pub fn of(user: &'a UserInfo, info: &'a RequestInfo) -> Self {
        Self {
            user,
            verb: info.verb.as_str(),
            is_resource: info.is_resource,
            group: &info.group,
            version: &info.version,
            resource: &info.resource,
            subresource: &info.subresource,
            namespace: &info.namespace,
            name: &info.name,
            path: &info.path,
            selectors: None,
        }
    }

    /// Of a resource, for decisions that are not about the request itself.
    pub fn resource(user: &'a UserInfo, verb: &'a str, group: &'a str, resource: &'a str) -> Self {
        Self {
            user,
            verb,
            is_resource: true,
            group,
            version: "*",
            resource,
            subresource: "",
            namespace: "",
            name: "",
            path: "",
            selectors: None,
        }
    }

    /// `pods` or `pods/log`.
    pub fn resource_path(&self) -> Cow<'a, str> {
        if self.subresource.is_empty() {
            Cow::Borrowed(self.resource)
        } else {
            Cow::Owned(format!("{}/{}", self.resource, self.subresource))
        }
    }

    /// The 403 that upstream answers.
    pub fn forbidden(&self, reason: &str) -> Status {
        let user = &self.user.name;
        let mut text = if self.is_resource {
            let scope = if self.namespace.is_empty() {
                "at the cluster scope".to_owned()
            } else {
                format!("in the namespace {:?}", self.namespace)
            };
            format!(
                "User {user:?} cannot {} resource {:?} in API group {:?} {scope}",
                self.verb,
                self.resource_path(),
                self.group,
            )
        } else {
            format!("User {user:?} cannot {} path {:?}", self.verb, self.path)
        };
        if !reason.is_empty() {
            text.push_str(": ");
            text.push_str(reason);
        }
        Status::forbidden(self.group, self.resource, self.name, &text)
    }
}
