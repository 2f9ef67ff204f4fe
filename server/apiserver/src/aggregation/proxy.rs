//! Requests on their way to an extension server: this server shows its certificate as a front proxy, and says in headers
//! for whom it asks.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, HeaderName, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use hyper::upgrade::OnUpgrade;

use super::services::{ApiService, Remote};
use crate::kubelet::{forwarded, tunnel};
use crate::user::UserInfo;
use crate::{dial, response};

const FORWARDED_FOR: &str = "x-forwarded-for";
const USER: &str = "x-remote-user";
const UID: &str = "x-remote-uid";
const GROUP: &str = "x-remote-group";
const EXTRA_PREFIX: &str = "x-remote-extra-";

/// Passes a request on. What goes wrong is told in plain text, as upstream's aggregator does.
pub async fn serve(
    service: &ApiService,
    parts: &mut Parts,
    body: Body,
    user: &UserInfo,
) -> Response {
    let Some(remote) = &service.remote else {
        return response::page_not_found();
    };
    if !remote.available {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "service unavailable");
    }
    let clients = match &remote.clients {
        Ok(clients) => clients,
        Err(why) => return plain(StatusCode::INTERNAL_SERVER_ERROR, why),
    };
    let upgrade = parts.headers.contains_key(UPGRADE);
    let client = parts.extensions.remove::<OnUpgrade>().filter(|_| upgrade);
    let Ok(uri) = remote.uri(parts.uri.path_and_query().map_or("/", |path| path.as_str())) else {
        return plain(StatusCode::BAD_REQUEST, "invalid path");
    };
    let mut request = Request::new(body);
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = forwarded(&parts.headers, upgrade);
    identify(request.headers_mut(), user);
    tell_where_from(request.headers_mut(), parts);
    let answer = match clients.verified.request(request).await {
        Ok(answer) => answer,
        Err(error) => {
            let why = format!("error trying to reach service: {}", dial::cause(&error));
            return plain(StatusCode::SERVICE_UNAVAILABLE, &why);
        }
    };
    match tunnel(answer, client) {
        Ok(answer) => answer,
        Err(status) => plain(StatusCode::SERVICE_UNAVAILABLE, &status.message),
    }
}

impl Remote {
    /// The address of a path, by the name that the server's certificate is for.
    pub fn uri(&self, path: &str) -> Result<Uri, http::uri::InvalidUri> {
        let (name, namespace, port) = (&self.service, &self.namespace, self.port);
        format!("https://{name}.{namespace}.svc:{port}{path}").parse()
    }
}

/// An error as Go's `http.Error` writes it.
/// The address of the client, after those that proxies before this one told of.
fn tell_where_from(headers: &mut HeaderMap, parts: &Parts) {
    let Some(remote) = parts.extensions.get::<crate::tls::Remote>() else {
        return;
    };
    let before = headers.get_all(FORWARDED_FOR).iter();
    let mut all: Vec<String> = before
        .filter_map(|value| value.to_str().ok().map(str::to_owned))
        .collect();
    all.push(remote.0.to_string());
    if let Ok(value) = HeaderValue::try_from(all.join(", ")) {
        headers.insert(FORWARDED_FOR, value);
    }
}

fn plain(code: StatusCode, text: &str) -> Response {
    let mut answer = Response::new(Body::from(format!("{text}\n")));
    *answer.status_mut() = code;
    let headers = answer.headers_mut();
    let utf8 = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(CONTENT_TYPE, utf8);
    let exact = HeaderValue::from_static("nosniff");
    headers.insert(http::header::X_CONTENT_TYPE_OPTIONS, exact);
    answer
}

/// Says for whom a request is; what the client itself said of it is taken away.
pub fn identify(headers: &mut HeaderMap, user: &UserInfo) {
    let claimed = |name: &HeaderName| {
        matches!(name.as_str(), USER | UID | GROUP) || name.as_str().starts_with(EXTRA_PREFIX)
    };
    let claims: Vec<HeaderName> = headers
        .keys()
        .filter(|name| claimed(name))
        .cloned()
        .collect();
    for name in claims {
        headers.remove(name);
    }
    let mut say = |name: &str, value: &str| {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    };
    say(USER, &user.name);
    if !user.uid.is_empty() {
        say(UID, &user.uid);
    }
    for group in &user.groups {
        say(GROUP, group);
    }
    for (key, values) in &user.extra {
        let name = format!("{EXTRA_PREFIX}{}", escaped(key));
        for value in values {
            say(&name, value);
        }
    }
}

/// A key of extra as part of a header's name: what no name may have in it is percent-encoded, as client-go does.
fn escaped(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for byte in key.bytes() {
        let token = byte.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&byte);
        if token {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_server_is_told_where_a_request_comes_from() {
        let request = Request::builder().header(FORWARDED_FOR, "192.0.2.1");
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let remote = std::net::IpAddr::from([198, 51, 100, 7]);
        parts.extensions.insert(crate::tls::Remote(remote));
        let mut headers = forwarded(&parts.headers, false);
        tell_where_from(&mut headers, &parts);
        assert_eq!(headers[FORWARDED_FOR], "192.0.2.1, 198.51.100.7");
    }

    #[test]
    fn a_client_can_not_say_who_it_is() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-remote-user", "root"),
            ("x-remote-group", "system:masters"),
            ("x-remote-uid", "0"),
            ("x-remote-extra-scopes", "all"),
            ("accept", "*/*"),
        ] {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let mut user = UserInfo::authenticated("jane", ["dev"]);
        let extra = ("acme.com/project".to_owned(), vec!["x".to_owned()]);
        user.extra.extend([extra]);
        identify(&mut headers, &user);
        let all = |name: &str| -> Vec<&HeaderValue> { headers.get_all(name).iter().collect() };
        assert_eq!(all("x-remote-user"), ["jane"]);
        assert_eq!(all("x-remote-group"), ["dev", "system:authenticated"]);
        assert_eq!(all("x-remote-extra-acme.com%2fproject"), ["x"]);
        assert_eq!(headers.len(), 5, "{headers:?}");
    }
}
