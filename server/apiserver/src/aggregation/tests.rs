//! API services against an extension server that answers over TLS on the loopback interface.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::routing::any;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request, Response, StatusCode};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use crate::config::ProxyClient;
use crate::registry::{Registry, known};
use crate::testing::pki::TestCa;
use crate::testing::{Answer, TestServer, request};
use crate::tls::{self, Peer};
use crate::user::UserInfo;

const SERVICES: &str = "/apis/apiregistration.k8s.io/v1/apiservices";
const NAME: &str = "v1alpha1.wardle.example.com";
const FLUNDERS: &str = "/apis/wardle.example.com/v1alpha1/namespaces/default/flunders";

/// What the extension server saw: headers, and whether its peer showed a certificate.
type Seen = Arc<Mutex<Vec<(String, HeaderMap, bool)>>>;

/// An extension server with one resource.
struct Extension {
    ca: TestCa,
    port: u16,
    seen: Seen,
    stop: Option<DropGuard>,
}

impl Extension {
    async fn start() -> Self {
        let ca = TestCa::new();
        let (cert, key) = ca.server_for(&["api.kube-system.svc"]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Seen::default();
        let router = axum::Router::new()
            .fallback(any(answer))
            .with_state(seen.clone());
        let cancel = CancellationToken::new();
        let config = tls::server_config(&cert, &key).unwrap();
        tokio::spawn(tls::serve(listener, config, router, cancel.clone()));
        Self {
            ca,
            port,
            seen,
            stop: Some(cancel.drop_guard()),
        }
    }

    fn api_service(&self, ca: &TestCa) -> Value {
        json!({"metadata": {"name": NAME}, "spec": {
            "group": "wardle.example.com", "version": "v1alpha1", "groupPriorityMinimum": 100,
            "versionPriority": 200, "caBundle": STANDARD.encode(&ca.cert),
            "service": {"namespace": "kube-system", "name": "api", "port": self.port}}})
    }

    /// The headers of the last request for a path that starts so.
    fn last(&self, path: &str) -> Option<(HeaderMap, bool)> {
        let seen = self.seen.lock();
        let found = seen.iter().rev().find(|(seen, ..)| seen.starts_with(path));
        found.map(|(_, headers, peer)| (headers.clone(), *peer))
    }
}

async fn answer(State(seen): State<Seen>, mut request: Request<Body>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let peer = request.extensions().get::<Peer>().is_some();
    seen.lock()
        .push((path.clone(), request.headers().clone(), peer));
    let schema = json!({"type": "object", "x-kubernetes-group-version-kind":
        [{"group": "wardle.example.com", "version": "v1alpha1", "kind": "Flunder"}]});
    let value = match path.as_str() {
        "/apis/wardle.example.com/v1alpha1" => {
            json!({"kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": "wardle.example.com/v1alpha1", "resources": [{"name": "flunders",
            "singularName": "flunder", "namespaced": true, "kind": "Flunder", "verbs": ["get", "list"]}]})
        }
        "/openapi/v2" => {
            json!({"swagger": "2.0", "paths": {"/apis/wardle.example.com/v1alpha1/flunders":
            {"get": {"responses": {"200": {"schema": {"$ref": "#/definitions/Flunder"}}}}}},
            "definitions": {"Flunder": schema}})
        }
        "/openapi/v3" => json!({"paths": {"apis/wardle.example.com/v1alpha1":
            {"serverRelativeURL": "/openapi/v3/apis/wardle.example.com/v1alpha1?hash=1"}}}),
        "/openapi/v3/apis/wardle.example.com/v1alpha1" => json!({"openapi": "3.0.0"}),
        path if path.ends_with("/echo") => return echo(&mut request),
        path if path.ends_with("/flunders") => json!({"kind": "FlunderList", "items": []}),
        _ => {
            let mut answer = Response::new(Body::empty());
            *answer.status_mut() = StatusCode::NOT_FOUND;
            return answer;
        }
    };
    Response::new(Body::from(value.to_string()))
}

fn echo(request: &mut Request<Body>) -> Response<Body> {
    let upgraded = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgraded.await.unwrap());
        let mut buffer = [0; 5];
        stream.read_exact(&mut buffer).await.unwrap();
        stream.write_all(&buffer).await.unwrap();
    });
    Response::builder()
        .status(101)
        .header("connection", "Upgrade")
        .header("upgrade", "echo")
        .body(Body::empty())
        .unwrap()
}

/// A server that shows itself as a front proxy, with the extension server's service as one of the cluster.
async fn server(extension: &Extension) -> TestServer {
    let (cert, key) = TestCa::new().client("front-proxy-client", &[]);
    let server =
        TestServer::with(|config| config.proxy_client = Some(ProxyClient { cert, key })).await;
    let service = json!({"metadata": {"name": "api"}, "spec": {
        "ports": [{"name": "https", "port": extension.port, "targetPort": 443}]}});
    let services = "/api/v1/namespaces/kube-system/services";
    server.post(services, service).await.expect(201);
    // Validation lets no endpoint be on the loopback interface: straight into the store.
    let kind = known("discovery.k8s.io", "v1", "endpointslices");
    let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": "api-1", "namespace": "kube-system", "uid": "u",
            "labels": {"kubernetes.io/service-name": "api"}},
        "addressType": "IPv4", "endpoints": [{"addresses": ["127.0.0.1"]}],
        "ports": [{"name": "https", "port": extension.port}]});
    let cache = server.shared().registry.cache(kind);
    let key = Registry::key(kind, "kube-system", "api-1");
    cache.create(&key, slice, None).await.unwrap();
    server
}

fn condition(answer: &Answer) -> (String, String, String) {
    let condition = &answer.json()["status"]["conditions"][0];
    let text = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    (text("status"), text("reason"), text("message"))
}

async fn reaches(server: &TestServer, reason: &str) -> String {
    let path = format!("{SERVICES}/{NAME}");
    let wanted = |answer: &Answer| condition(answer).1 == reason;
    condition(&server.until(&path, wanted).await).2
}

#[tokio::test]
async fn an_extension_server_answers_for_its_group_version() {
    let extension = Extension::start().await;
    let server = server(&extension).await;
    let service = extension.api_service(&extension.ca);
    server.post(SERVICES, service).await.expect(201);
    assert_eq!(reaches(&server, "Passed").await, "all checks passed");
    let mut asked = request("GET", FLUNDERS, "", Body::empty());
    let claimed = "system:masters".parse().unwrap();
    asked.headers_mut().insert("x-remote-group", claimed);
    let secret = "Bearer secret".parse().unwrap();
    asked.headers_mut().insert("authorization", secret);
    let jane = server.acting_as(UserInfo::authenticated("jane", ["system:masters", "dev"]));
    let answer = jane.send(asked).await.expect(200);
    assert_eq!(answer["kind"], "FlunderList");
    let (headers, peer) = extension.last(FLUNDERS).unwrap();
    assert!(peer, "the server showed itself as a front proxy");
    assert_eq!(headers["x-remote-user"], "jane");
    let groups: Vec<_> = headers.get_all("x-remote-group").iter().collect();
    assert_eq!(groups, ["system:masters", "dev", "system:authenticated"]);
    assert!(!headers.contains_key("authorization"), "{headers:?}");
}

#[tokio::test]
async fn what_an_extension_server_serves_is_published() {
    let extension = Extension::start().await;
    let server = server(&extension).await;
    let service = extension.api_service(&extension.ca);
    server.post(SERVICES, service).await.expect(201);
    reaches(&server, "Passed").await;
    let has = |answer: &Answer, text: &str| answer.text.contains(text);
    server
        .until("/openapi/v3", |answer| {
            has(answer, "wardle.example.com/v1alpha1?hash=1")
        })
        .await;
    let own = "/openapi/v3/apis/wardle.example.com/v1alpha1?hash=1";
    assert_eq!(server.get(own).await.expect(200)["openapi"], "3.0.0");
    let document = server.get("/openapi/v2").await.expect(200);
    let paths = &document["paths"];
    assert!(paths["/apis/wardle.example.com/v1alpha1/flunders"].is_object());
    assert!(document["definitions"]["Flunder"].is_object());
    assert!(paths["/api/v1/pods"].is_object());
    let groups = server.get("/apis").await.expect(200)["groups"].clone();
    let names: Vec<&str> = groups
        .as_array()
        .unwrap()
        .iter()
        .map(|g| g["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.last(), Some(&"wardle.example.com"));
    let mut asked = request("GET", "/apis", "", Body::empty());
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    asked
        .headers_mut()
        .insert("accept", accept.parse().unwrap());
    let all = server.send(asked).await.expect(200);
    let group = all["items"].as_array().unwrap().last().unwrap();
    let version = &group["versions"][0];
    assert_eq!(version["freshness"], "Current");
    assert_eq!(version["resources"][0]["responseKind"]["kind"], "Flunder");
    server
        .delete(&format!("{SERVICES}/{NAME}"))
        .await
        .expect(200);
    server.until(FLUNDERS, |answer| answer.code == 404).await;
    assert_eq!(server.get("/apis/wardle.example.com").await.code, 404);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_unavailable() {
    let mut extension = Extension::start().await;
    let server = server(&extension).await;
    extension.stop = None;
    let service = extension.api_service(&extension.ca);
    server.post(SERVICES, service).await.expect(201);
    let why = reaches(&server, "FailedDiscoveryCheck").await;
    let url = format!(
        "https://127.0.0.1:{}/apis/wardle.example.com/v1alpha1",
        extension.port
    );
    let refused = format!(
        "dial tcp 127.0.0.1:{}: connect: connection refused",
        extension.port
    );
    assert_eq!(
        why,
        format!("failing or missing response from {url}: Get {url:?}: {refused}")
    );
    let answer = server.get(FLUNDERS).await;
    assert_eq!(
        (answer.code.as_u16(), answer.text.as_str()),
        (503, "service unavailable\n")
    );
    let groups = server.get("/apis/wardle.example.com").await.expect(200);
    assert_eq!(groups["preferredVersion"]["version"], "v1alpha1");
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_talked_to() {
    let extension = Extension::start().await;
    let server = server(&extension).await;
    let service = extension.api_service(&TestCa::new());
    server.post(SERVICES, service).await.expect(201);
    // That it answers at all is asked without verification, as upstream does.
    reaches(&server, "Passed").await;
    let answer = server
        .until(FLUNDERS, |answer| answer.text != "service unavailable\n")
        .await;
    let why = "error trying to reach service: tls: failed to verify certificate: x509: certificate signed by unknown authority\n";
    assert_eq!((answer.code.as_u16(), answer.text.as_str()), (503, why));
    assert!(extension.last(FLUNDERS).is_none());
    let skip = json!({"spec": {"caBundle": null, "insecureSkipTLSVerify": true}});
    let path = format!("{SERVICES}/{NAME}");
    server.patch("merge", &path, skip).await.expect(200);
    server.until(FLUNDERS, |answer| answer.code == 200).await;
}

#[tokio::test]
async fn an_upgraded_connection_goes_through() {
    let extension = Extension::start().await;
    let server = server(&extension).await;
    let service = extension.api_service(&extension.ca);
    server.post(SERVICES, service).await.expect(201);
    reaches(&server, "Passed").await;
    server.until(FLUNDERS, |answer| answer.code == 200).await;
    let (ours, theirs) = tokio::io::duplex(1024);
    let router = server.server.router();
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        let user = UserInfo::authenticated("jane", ["system:masters"]);
        request.extensions_mut().insert(user);
        router.clone().oneshot(request)
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(theirs), service)
        .with_upgrades();
    let serving = tokio::spawn(serving);
    let (mut sender, connection) = http1::handshake(TokioIo::new(ours)).await.unwrap();
    let driver = tokio::spawn(connection.with_upgrades());
    let asked = Request::get(format!("{FLUNDERS}/a/echo"))
        .header("host", "localhost")
        .header("connection", "Upgrade")
        .header("upgrade", "echo")
        .body(Body::empty())
        .unwrap();
    let mut answer = sender.send_request(asked).await.unwrap();
    assert_eq!(answer.status(), 101);
    let mut stream = TokioIo::new(hyper::upgrade::on(&mut answer).await.unwrap());
    stream.write_all(b"hello").await.unwrap();
    let mut buffer = [0; 5];
    stream.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"hello");
    driver.abort();
    serving.abort();
}

#[tokio::test]
async fn the_servers_own_group_versions_have_api_services() {
    let server = TestServer::new().await;
    let apps = server.get(&format!("{SERVICES}/v1.apps")).await;
    let said = ("True", "Local", "Local APIServices are always available");
    let said = (said.0.to_owned(), said.1.to_owned(), said.2.to_owned());
    assert_eq!(condition(&apps), said);
    let apps = apps.expect(200);
    let managed = "kube-aggregator.kubernetes.io/automanaged";
    assert_eq!(apps["metadata"]["labels"][managed], "onstart");
    assert_eq!(apps["spec"]["groupPriorityMinimum"], 17800);
    server.get(&format!("{SERVICES}/v1.")).await.expect(200);
    let own = format!("{SERVICES}/v1.apiregistration.k8s.io");
    server.get(&own).await.expect(404);
}

#[tokio::test]
async fn those_of_definitions_come_and_go_with_them() {
    let server = TestServer::new().await;
    let definition = json!({"metadata": {"name": "foos.example.com"}, "spec": {
        "group": "example.com", "scope": "Cluster", "names": {"plural": "foos", "kind": "Foo"},
        "versions": [{"name": "v1", "served": true, "storage": true,
            "schema": {"openAPIV3Schema": {"type": "object"}}}]}});
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    server.post(definitions, definition).await.expect(201);
    let path = format!("{SERVICES}/v1.example.com");
    let made = server
        .until(&path, |answer| answer.code == 200)
        .await
        .expect(200);
    assert_eq!(made["spec"]["groupPriorityMinimum"], 1000);
    let before = made["metadata"]["uid"].clone();
    // It is looked after.
    server.delete(&path).await.expect(200);
    let again = |answer: &Answer| answer.code == 200 && answer.json()["metadata"]["uid"] != before;
    server.until(&path, again).await;
    server
        .delete(&format!("{definitions}/foos.example.com"))
        .await
        .expect(200);
    server.until(&path, |answer| answer.code == 404).await;
}
