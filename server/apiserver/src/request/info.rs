//! What a request asks for, read from its method, path and query: the attributes that authorization, routing and
//! metrics share. Whether the resource exists is not decided here.

use std::borrow::Cow;
use std::fmt;

use http::Method;
use knarr_component::percent;

/// What is done, in the words of RBAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    Get,
    List,
    Watch,
    Create,
    Update,
    Patch,
    Delete,
    DeleteCollection,
    /// A method on a path that is no resource, in lower case (`get`, `post`, `options`…).
    Other(&'static str),
}

impl Verb {
    /// The verb as RBAC rules spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The parsed request line. Empty strings mean "none", as in RBAC attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestInfo {
    pub verb: Verb,
    pub path: String,
    /// False for paths outside `/api/VERSION/…` and `/apis/GROUP/VERSION/…`.
    pub is_resource: bool,
    pub group: String,
    pub version: String,
    /// For `namespaces/NAME` this is NAME too, as upstream has it.
    pub namespace: String,
    /// The plural.
    pub resource: String,
    pub subresource: String,
    pub name: String,
    /// What follows the subresource: the path that `proxy` passes on, without a leading slash.
    pub rest: String,
}

/// Subresources of a namespace, which would otherwise read as plurals inside it.
const NAMESPACE_SUBRESOURCES: &[&str] = &["status", "finalize"];

impl RequestInfo {
    /// Parses method, path and query (<https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris>).
    pub fn parse(method: &Method, path: &str, query: &str) -> Self {
        let mut info = Self {
            verb: plain_verb(method),
            path: path.to_owned(),
            is_resource: false,
            group: String::new(),
            version: String::new(),
            namespace: String::new(),
            resource: String::new(),
            subresource: String::new(),
            name: String::new(),
            rest: String::new(),
        };
        let mut parts: Vec<Cow<'_, str>> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(percent::decode)
            .collect();
        let prefix = match parts.first().map(|part| &**part) {
            Some("api") if parts.len() >= 3 => 2,
            Some("apis") if parts.len() >= 4 => 3,
            _ => return info,
        };
        info.is_resource = true;
        if prefix == 3 {
            info.group = parts[1].to_string();
        }
        info.version = parts[prefix - 1].to_string();
        parts.drain(..prefix);
        let legacy_watch = parts[0] == "watch" && parts.len() > 1;
        if legacy_watch {
            parts.remove(0);
        }
        info.fill_resource(&parts);
        info.verb = resource_verb(method, !info.name.is_empty(), query, legacy_watch);
        if info.name.is_empty()
            && matches!(info.verb, Verb::List | Verb::Watch | Verb::DeleteCollection)
            && let Some(name) = name_in_field_selector(query)
        {
            info.name = name;
        }
        info
    }

    fn fill_resource(&mut self, parts: &[Cow<'_, str>]) {
        let mut rest = parts;
        if parts[0] == "namespaces" {
            if let Some(namespace) = parts.get(1) {
                self.namespace = namespace.to_string();
            }
            let inside = parts
                .get(2)
                .is_some_and(|next| !NAMESPACE_SUBRESOURCES.contains(&&**next));
            if inside {
                rest = &parts[2..];
            }
        }
        let text = |index: usize| rest.get(index).map(|p| p.to_string()).unwrap_or_default();
        self.resource = text(0);
        self.name = text(1);
        self.subresource = text(2);
        if rest.len() > 3 {
            self.rest = rest[3..].join("/");
        }
    }

    /// Whether the answer may go on for as long as the client likes
    /// (`BasicLongRunningRequestCheck`, with the words that kube-apiserver gives it).
    pub fn is_long_running(&self) -> bool {
        const SUBRESOURCES: &[&str] = &["attach", "exec", "proxy", "log", "portforward"];
        self.is_resource
            && (self.verb == Verb::Watch || SUBRESOURCES.contains(&self.subresource.as_str()))
    }

    /// `pods` or `pods/log`.
    pub fn resource_path(&self) -> Cow<'_, str> {
        if self.subresource.is_empty() {
            Cow::Borrowed(&self.resource)
        } else {
            Cow::Owned(format!("{}/{}", self.resource, self.subresource))
        }
    }
}

fn plain_verb(method: &Method) -> Verb {
    Verb::Other(match method.as_str() {
        "GET" => "get",
        "POST" => "post",
        "PUT" => "put",
        "PATCH" => "patch",
        "DELETE" => "delete",
        "HEAD" => "head",
        "OPTIONS" => "options",
        _ => "",
    })
}

fn resource_verb(method: &Method, named: bool, query: &str, legacy_watch: bool) -> Verb {
    match method.as_str() {
        "POST" => Verb::Create,
        "PUT" => Verb::Update,
        "PATCH" => Verb::Patch,
        "DELETE" if named => Verb::Delete,
        "DELETE" => Verb::DeleteCollection,
        "GET" | "HEAD" if legacy_watch => Verb::Watch,
        "GET" | "HEAD" if named => Verb::Get,
        "GET" | "HEAD" if wants_watch(query) => Verb::Watch,
        "GET" | "HEAD" => Verb::List,
        _ => plain_verb(method),
    }
}

fn wants_watch(query: &str) -> bool {
    pairs(query).any(|(key, value)| key == "watch" && is_true(&value))
}

/// A flag in a query is set by anything but `false` and `0`, an empty value included.
pub fn is_true(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "false" | "0")
}

fn name_in_field_selector(query: &str) -> Option<String> {
    let (_, selector) = pairs(query).find(|(key, _)| key == "fieldSelector")?;
    selector.split(',').find_map(|term| {
        let (field, value) = term.split_once('=')?;
        let value = value.strip_prefix('=').unwrap_or(value);
        (field == "metadata.name" && !value.is_empty()).then(|| value.to_owned())
    })
}

/// The decoded key-value pairs of a query.
pub fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (form_decode(key), form_decode(value))
        })
}

fn form_decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        Cow::Owned(percent::decode(&text.replace('+', " ")).into_owned())
    } else {
        percent::decode(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, uri: &str, expected: &str) {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let info = RequestInfo::parse(&method, path, query);
        let shown = format!(
            "{} g={} v={} ns={} r={} n={} s={} rest={}",
            info.verb,
            info.group,
            info.version,
            info.namespace,
            info.resource,
            info.name,
            info.subresource,
            info.rest
        );
        assert_eq!(shown, expected, "{method} {uri}");
    }

    #[test]
    fn resources() {
        check("GET", "/api/v1/pods", "list g= v=v1 ns= r=pods n= s= rest=");
        check(
            "GET",
            "/api/v1/pods?watch=1",
            "watch g= v=v1 ns= r=pods n= s= rest=",
        );
        check(
            "GET",
            "/api/v1/namespaces/a/pods/b",
            "get g= v=v1 ns=a r=pods n=b s= rest=",
        );
        check(
            "POST",
            "/apis/apps/v1/namespaces/a/deployments",
            "create g=apps v=v1 ns=a r=deployments n= s= rest=",
        );
        check(
            "DELETE",
            "/apis/apps/v1/namespaces/a/deployments",
            "deletecollection g=apps v=v1 ns=a r=deployments n= s= rest=",
        );
        check(
            "PUT",
            "/apis/apps/v1/namespaces/a/deployments/d/scale",
            "update g=apps v=v1 ns=a r=deployments n=d s=scale rest=",
        );
    }

    #[test]
    fn namespaces_are_in_themselves() {
        check(
            "GET",
            "/api/v1/namespaces/a",
            "get g= v=v1 ns=a r=namespaces n=a s= rest=",
        );
        check(
            "PUT",
            "/api/v1/namespaces/a/finalize",
            "update g= v=v1 ns=a r=namespaces n=a s=finalize rest=",
        );
        check(
            "GET",
            "/api/v1/namespaces",
            "list g= v=v1 ns= r=namespaces n= s= rest=",
        );
    }

    #[test]
    fn a_name_in_the_field_selector_counts() {
        check(
            "GET",
            "/api/v1/nodes?fieldSelector=metadata.name%3Dn1&watch=true",
            "watch g= v=v1 ns= r=nodes n=n1 s= rest=",
        );
    }

    #[test]
    fn proxies_keep_the_rest_of_the_path() {
        check(
            "GET",
            "/api/v1/nodes/n1/proxy/logs/a",
            "get g= v=v1 ns= r=nodes n=n1 s=proxy rest=logs/a",
        );
    }

    #[test]
    fn the_old_watch_path() {
        check(
            "GET",
            "/api/v1/watch/namespaces/a/pods",
            "watch g= v=v1 ns=a r=pods n= s= rest=",
        );
    }

    #[test]
    fn other_paths() {
        check("GET", "/healthz", "get g= v= ns= r= n= s= rest=");
        check("POST", "/apis/apps", "post g= v= ns= r= n= s= rest=");
    }
}
