//! Impersonation: which user a request wants to act as is said by its headers; [`modes`] decides whether it may.
//! <https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/>

mod modes;

use http::HeaderMap;
use knarr_api::quote::quote;
use knarr_api::status::Status;
use knarr_component::credentials::text;
use knarr_component::percent;

use crate::user::UserInfo;

pub use modes::{Impersonated, Known, impersonate};

const USER: &str = "impersonate-user";
const GROUP: &str = "impersonate-group";
const UID: &str = "impersonate-uid";
const EXTRA_PREFIX: &str = "impersonate-extra-";

/// The user that the headers name, as they say it; `Ok(None)` when nobody is impersonated.
pub fn wanted(headers: &HeaderMap) -> Result<Option<UserInfo>, Status> {
    let first = |name: &str| headers.get(name).map(text).unwrap_or_default();
    let mut wanted = UserInfo {
        name: first(USER),
        uid: first(UID),
        groups: headers.get_all(GROUP).iter().map(text).collect(),
        ..UserInfo::default()
    };
    for (name, value) in headers {
        if let Some(key) = name.as_str().strip_prefix(EXTRA_PREFIX) {
            let key = percent::decode(key).into_owned();
            wanted.extra.entry(key).or_default().push(text(value));
        }
    }
    if !wanted.name.is_empty() {
        return Ok(Some(wanted));
    }
    if wanted == UserInfo::default() {
        return Ok(None);
    }
    Err(Status::bad_request(format!(
        "requested {} without impersonating a user name",
        in_go(&wanted)
    )))
}

/// A user in Go's syntax, as upstream's message shows one.
fn in_go(user: &UserInfo) -> String {
    let list = |texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| quote(text)).collect();
        format!("[]string{{{}}}", texts.join(", "))
    };
    let groups = match user.groups.as_slice() {
        [] => "[]string(nil)".to_owned(),
        groups => list(groups),
    };
    let extra = match user.extra.is_empty() {
        true => "(nil)".to_owned(),
        false => {
            let pair =
                |(key, values): (&String, &Vec<String>)| format!("{}:{}", quote(key), list(values));
            let pairs: Vec<String> = user.extra.iter().map(pair).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    };
    format!(
        "&user.DefaultInfo{{Name:{}, UID:{}, Groups:{groups}, Extra:map[string][]string{extra}}}",
        quote(&user.name),
        quote(&user.uid)
    )
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
        assert_eq!(wanted(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn a_user_with_groups_and_more() {
        let said = headers(&[
            (USER, "jane"),
            (GROUP, "a"),
            (GROUP, "b"),
            ("impersonate-extra-acme.com%2fproject", "p"),
        ]);
        let user = wanted(&said).unwrap().unwrap();
        assert_eq!((user.name.as_str(), user.groups.len()), ("jane", 2));
        assert_eq!(user.extra["acme.com/project"], ["p"]);
    }

    #[test]
    fn groups_alone_are_an_error() {
        let refused = |pairs: &[(&'static str, &'static str)]| {
            let status = wanted(&headers(pairs)).unwrap_err();
            assert_eq!(status.code, 400);
            status.message
        };
        assert_eq!(
            refused(&[(GROUP, "a")]),
            r#"requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a"}, Extra:map[string][]string(nil)} without impersonating a user name"#
        );
        assert_eq!(
            refused(&[("impersonate-extra-k", "v"), (UID, "u")]),
            r#"requested &user.DefaultInfo{Name:"", UID:"u", Groups:[]string(nil), Extra:map[string][]string{"k":[]string{"v"}}} without impersonating a user name"#
        );
    }
}
