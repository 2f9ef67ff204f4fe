//! Paths that are no resources: discovery, OpenAPI, health, version, metrics, the OpenID documents.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, WARNING};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use knarr_api::discovery::{self, AggregatedVersion, Group};
use knarr_api::openapi;
use knarr_api::status::Status;
use knarr_api::zpages;
use knarr_component::metrics::{page, process};
use serde_json::{Value, json};

use crate::aggregation::proxy;
use crate::call::header;
use crate::crd::{Published, hash};
use crate::flow_control::Dump;
use crate::request::RequestInfo;
use crate::request::accept::{self, Discovery, Encoding, Offers};
use crate::server::Shared;
use crate::user::UserInfo;
use crate::{health, metrics, response};

/// The version that the server claims: that of the API it serves.
pub const GIT_VERSION: &str = knarr_api::version::COMPONENT;

/// Answers a path outside the resources.
pub async fn serve(
    shared: &Arc<Shared>,
    parts: &mut Parts,
    info: &RequestInfo,
    user: &UserInfo,
    body: Body,
) -> Result<Response, Status> {
    let segments: Vec<&str> = info
        .path
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    if let ["openapi", "v3", rest @ ..] = segments.as_slice()
        && let Some(service) = shared.api_services.serving(&format!("/{}", rest.join("/")))
    {
        return Ok(proxy::serve(&service, parts, body, user).await);
    }
    let headers = &parts.headers;
    let published = shared
        .publisher
        .current(&shared.catalog, &shared.api_services);
    let is_on = |gate: &str| shared.config.feature_gates.is_on(gate);
    let found = match segments.as_slice() {
        [] => Some(json_answer(
            headers,
            &json!({"paths": paths(&published.groups)}),
        )),
        ["api"] => Some(match aggregated(headers) {
            Some(version) => aggregate(headers, &published, true, version),
            None => json_answer(headers, &api_versions(shared, &published, headers)),
        }),
        ["apis"] => Some(match aggregated(headers) {
            Some(version) => aggregate(headers, &published, false, version),
            None => json_answer(headers, &discovery::api_group_list(&published.groups)),
        }),
        ["api", "v1"] => resources(headers, &published, "", "v1"),
        ["apis", group] => {
            discovery::api_group(&published.groups, group).map(|value| json_answer(headers, &value))
        }
        ["apis", group, version] => resources(headers, &published, group, version),
        ["version"] => Some(json_answer(headers, &version())),
        ["healthz" | "livez" | "readyz", checks @ ..] => {
            let query = parts.uri.query().unwrap_or_default();
            health::answer(shared, segments[0], checks, query).await
        }
        ["metrics"] => Some(response::plain(
            StatusCode::OK,
            page::CONTENT_TYPE,
            metrics::page(shared).await,
        )),
        ["metrics", "slis"] => Some(response::plain(
            StatusCode::OK,
            page::CONTENT_TYPE,
            shared.metrics.health.page(),
        )),
        ["statusz"] if is_on("ComponentStatusz") => {
            Some(zpage(statusz(headers, &published.groups)?))
        }
        ["flagz"] if is_on("ComponentFlagz") => {
            let flags = &shared.config.flags;
            Some(zpage(zpages::flagz(
                header(headers, ACCEPT),
                COMPONENT,
                flags,
            )?))
        }
        ["debug", "api_priority_and_fairness", name] => {
            let what = Dump::find(name, parts.uri.query().unwrap_or_default());
            let text = what.and_then(|what| shared.flow.dump(what));
            text.map(|text| response::plain(StatusCode::OK, "text/plain; charset=utf-8", text))
        }
        ["openapi", "v2"] => Some(openapi_v2(headers, &published)),
        ["openapi", "v3"] => Some(json_answer(headers, published.v3_index())),
        ["openapi", "v3", "api", version] => openapi_v3(headers, &published, "", version),
        ["openapi", "v3", "apis", group, version] => {
            openapi_v3(headers, &published, group, version)
        }
        ["openapi", "v3", address @ ..] => {
            let document = published.v3_apart(&address.join("/"));
            document.map(|document| v3_answer(headers, &document))
        }
        [".well-known", "openid-configuration"] => {
            let uri = format!(
                "https://{}/openid/v1/jwks",
                shared.config.external_address()
            );
            Some(json_answer(headers, &shared.tokens.discovery(&uri)))
        }
        ["openid", "v1", "jwks"] => Some(typed(
            "application/jwk-set+json",
            shared.tokens.jwks().to_string(),
        )),
        ["knarr", "v1", "backup"] if parts.method == Method::GET => Some(backup(shared).await?),
        _ => None,
    };
    Ok(found.unwrap_or_else(response::page_not_found))
}

/// What upstream's `/statusz` and `/flagz` call every API server.
const COMPONENT: &str = "apiserver";

fn statusz(headers: &HeaderMap, groups: &[Group]) -> Result<zpages::Answer, Status> {
    let paths = paths(groups);
    let state = zpages::State {
        component: COMPONENT,
        started: process::start_time()
            .and_then(zpages::time)
            .unwrap_or_default(),
        now: Timestamp::now(),
        paths: paths.iter().map(String::as_str).collect(),
    };
    zpages::statusz(header(headers, ACCEPT), &state)
}

fn zpage(page: zpages::Answer) -> Response {
    let mut answer = typed(page.content_type, page.body);
    let warning = page.warning.map(HeaderValue::from_static);
    answer
        .headers_mut()
        .extend(warning.map(|text| (WARNING, text)));
    answer
}

/// The whole store as it is at rest, for `knarr backup`. Only who may get this path gets here: of the bootstrap roles
/// that is `cluster-admin` alone.
async fn backup(shared: &Shared) -> Result<Response, Status> {
    let store = &shared.config.store;
    let store = store.at_rest().unwrap_or_else(|| store.clone());
    let pieces = knarr_storage::backup::backup(store).await;
    let pieces = pieces.map_err(Status::internal)?;
    Ok(typed("application/octet-stream", Body::from_stream(pieces)))
}

/// The forms of a document that is no object.
const PLAIN: Offers = Offers {
    protobuf: false,
    table: false,
};

fn json_answer(headers: &HeaderMap, value: &Value) -> Response {
    let encoding =
        accept::object(header(headers, ACCEPT), PLAIN).map_or(Encoding::Json, |(one, _)| one);
    response::value(
        StatusCode::OK,
        encoding,
        value,
        response::pretty(None, headers),
    )
}

fn typed(content_type: &'static str, body: impl Into<Body>) -> Response {
    response::plain(StatusCode::OK, content_type, body)
}

fn aggregated(headers: &HeaderMap) -> Option<&'static str> {
    match accept::discovery(header(headers, ACCEPT)) {
        Discovery::Plain => None,
        Discovery::Aggregated(version) => Some(version),
    }
}

/// Aggregated discovery (KEP-3352), with an ETag so that clients ask again cheaply.
fn aggregate(
    headers: &HeaderMap,
    published: &Published,
    core: bool,
    version: &'static str,
) -> Response {
    let form = if version == "v2" {
        AggregatedVersion::V2
    } else {
        AggregatedVersion::V2Beta1
    };
    let value = if core {
        discovery::aggregated_core(&published.groups, form)
    } else {
        discovery::aggregated(&published.groups, form)
    };
    let body = value.to_string();
    let tag = format!("\"{}\"", hash(body.as_bytes()));
    if header(headers, IF_NONE_MATCH) == tag {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    let content_type = match version {
        "v2" => "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        _ => "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
    };
    let mut answer = typed(content_type, body);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(ETAG, tag);
    }
    answer
        .headers_mut()
        .insert(http::header::VARY, HeaderValue::from_static("Accept"));
    answer
}

fn api_versions(shared: &Shared, published: &Published, headers: &HeaderMap) -> Value {
    let address = match header(headers, http::header::HOST) {
        "" => format!(
            "{}:{}",
            shared.config.advertise_address, shared.config.secure_port
        ),
        host => host.to_owned(),
    };
    discovery::api_versions(&published.groups, &address)
}

fn resources(
    headers: &HeaderMap,
    published: &Published,
    group: &str,
    version: &str,
) -> Option<Response> {
    discovery::api_resource_list(&published.groups, group, version)
        .map(|value| json_answer(headers, &value))
}

fn paths(groups: &[Group]) -> Vec<String> {
    let fixed = [
        "/.well-known/openid-configuration",
        "/api",
        "/api/v1",
        "/apis",
        "/flagz",
        "/healthz",
        "/livez",
        "/metrics",
        "/openapi/v2",
        "/openapi/v3",
        "/openid/v1/jwks",
        "/readyz",
        "/statusz",
        "/version",
    ];
    let mut all: Vec<String> = fixed.iter().map(|path| (*path).to_owned()).collect();
    for group in groups.iter().filter(|group| !group.name.is_empty()) {
        all.push(format!("/apis/{}", group.name));
        let versions = group.versions.iter();
        all.extend(versions.map(|version| format!("/apis/{}/{}", group.name, version.name)));
    }
    all.sort();
    all
}

/// The answer of `/version`.
pub fn version() -> Value {
    let platform = match std::env::consts::ARCH {
        "x86_64" => "linux/amd64",
        "aarch64" => "linux/arm64",
        _ => "linux/unknown",
    };
    json!({
        "major": "1",
        "minor": "36",
        "emulationMajor": "1",
        "emulationMinor": "36",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35",
        "gitVersion": GIT_VERSION,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": platform,
    })
}

/// The OpenAPI v2 document, in JSON or in the protobuf form that clients prefer.
fn openapi_v2(headers: &HeaderMap, published: &Published) -> Response {
    let accepted = header(headers, ACCEPT);
    let protobuf = openapi::V2_PROTOBUF_NAMES
        .iter()
        .any(|name| accepted.contains(name));
    let content_type = match protobuf {
        true => openapi::V2_PROTOBUF,
        false => "application/json",
    };
    tagged(headers, content_type, published.v2(protobuf))
}

fn openapi_v3(
    headers: &HeaderMap,
    published: &Published,
    group: &str,
    version: &str,
) -> Option<Response> {
    let document = published.v3(group, version)?;
    Some(v3_answer(headers, &document))
}

fn v3_answer(headers: &HeaderMap, document: &Value) -> Response {
    tagged(headers, "application/json", document.to_string().into())
}

fn tagged(headers: &HeaderMap, content_type: &'static str, body: Bytes) -> Response {
    let tag = format!("\"{}\"", hash(&body));
    if header(headers, IF_NONE_MATCH) == tag {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    let mut answer = response::compressible(StatusCode::OK, content_type, body.to_vec(), headers);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(ETAG, tag);
    }
    debug_assert!(answer.headers().contains_key(CONTENT_TYPE));
    answer
}
