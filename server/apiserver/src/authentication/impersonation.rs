//! Impersonation headers: which user a request wants to act as, and which permissions that takes.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation>

use std::collections::BTreeMap;

use http::HeaderMap;

use crate::request::info::percent_decode;
use crate::user::{self, UserInfo};

const USER: &str = "impersonate-user";
const GROUP: &str = "impersonate-group";
const UID: &str = "impersonate-uid";
const EXTRA_PREFIX: &str = "impersonate-extra-";

/// One permission that impersonation takes: verb `impersonate` on this.
#[derive(Debug, PartialEq, Eq)]
pub struct Needed {
    pub group: &'static str,
    pub resource: &'static str,
    pub subresource: String,
    pub namespace: String,
    pub name: String,
}

/// The user to act as, and what the real user must be allowed.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    pub user: UserInfo,
    pub needed: Vec<Needed>,
}

/// Groups, uid or extra without a user: 500 upstream, with this text.
pub const WITHOUT_USER: &str = "requested [group, uid or extra] without impersonating a user";

/// Reads the headers; `Ok(None)` when nobody is impersonated.
pub fn requested(headers: &HeaderMap) -> Result<Option<Request>, &'static str> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .filter(|value| !value.is_empty())
    };
    let groups: Vec<String> = headers
        .get_all(GROUP)
        .iter()
        .filter_map(|value| value.to_str().ok().map(str::to_owned))
        .collect();
    let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        if let Some(key) = name.as_str().strip_prefix(EXTRA_PREFIX)
            && let Ok(value) = value.to_str()
        {
            let key = percent_decode(key).to_lowercase();
            extra.entry(key).or_default().push(value.to_owned());
        }
    }
    let Some(name) = text(USER) else {
        let stray = !groups.is_empty() || !extra.is_empty() || text(UID).is_some();
        return if stray { Err(WITHOUT_USER) } else { Ok(None) };
    };
    let uid = text(UID).unwrap_or_default();
    let needed = needed(name, &groups, uid, &extra);
    let user = UserInfo {
        name: name.to_owned(),
        uid: uid.to_owned(),
        groups: effective_groups(name, groups),
        extra,
    };
    Ok(Some(Request { user, needed }))
}

fn needed(
    name: &str,
    groups: &[String],
    uid: &str,
    extra: &BTreeMap<String, Vec<String>>,
) -> Vec<Needed> {
    let plain = |group, resource, name: &str| Needed {
        group,
        resource,
        subresource: String::new(),
        namespace: String::new(),
        name: name.to_owned(),
    };
    let mut all = Vec::new();
    match name
        .strip_prefix(user::SERVICE_ACCOUNT_PREFIX)
        .and_then(|rest| rest.split_once(':'))
    {
        Some((namespace, account)) => all.push(Needed {
            namespace: namespace.to_owned(),
            ..plain("", "serviceaccounts", account)
        }),
        None => all.push(plain("", "users", name)),
    }
    all.extend(groups.iter().map(|group| plain("", "groups", group)));
    if !uid.is_empty() {
        all.push(plain("authentication.k8s.io", "uids", uid));
    }
    for (key, values) in extra {
        all.extend(values.iter().map(|value| Needed {
            subresource: key.clone(),
            ..plain("authentication.k8s.io", "userextras", value)
        }));
    }
    all
}

/// Adds the groups that the name implies, as if the user had authenticated.
fn effective_groups(name: &str, mut groups: Vec<String>) -> Vec<String> {
    if groups.is_empty()
        && let Some((namespace, _)) = name
            .strip_prefix(user::SERVICE_ACCOUNT_PREFIX)
            .and_then(|rest| rest.split_once(':'))
    {
        groups.push("system:serviceaccounts".to_owned());
        groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    let implied = if name == user::ANONYMOUS {
        user::ALL_UNAUTHENTICATED
    } else {
        user::ALL_AUTHENTICATED
    };
    let marked = groups
        .iter()
        .any(|group| group == user::ALL_AUTHENTICATED || group == user::ALL_UNAUTHENTICATED);
    if !marked {
        groups.push(implied.to_owned());
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, http::HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn nobody() {
        assert_eq!(requested(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn a_user_with_groups() {
        let request = requested(&headers(&[(USER, "jane"), (GROUP, "a"), (GROUP, "b")]))
            .unwrap()
            .unwrap();
        assert_eq!(request.user.groups, ["a", "b", user::ALL_AUTHENTICATED]);
        let needed: Vec<_> = request
            .needed
            .iter()
            .map(|needed| (needed.resource, needed.name.as_str()))
            .collect();
        assert_eq!(
            needed,
            [("users", "jane"), ("groups", "a"), ("groups", "b")]
        );
    }

    #[test]
    fn a_service_account_gets_its_groups() {
        let request = requested(&headers(&[(USER, "system:serviceaccount:a:b")]))
            .unwrap()
            .unwrap();
        assert!(request.user.in_group("system:serviceaccounts:a"));
        assert_eq!(request.needed[0].namespace, "a");
    }

    #[test]
    fn groups_alone_are_an_error() {
        assert_eq!(requested(&headers(&[(GROUP, "a")])), Err(WITHOUT_USER));
    }
}
