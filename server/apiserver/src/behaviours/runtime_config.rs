//! `--runtime-config`: what is turned off is not served, and nobody is told of it.

use std::sync::Arc;

use knarr_api::kinds::Served;

use crate::testing::TestServer;

async fn server(flag: &str) -> TestServer {
    let served = Served::read(flag.split(',')).unwrap();
    TestServer::with(|config| config.served = Arc::new(served)).await
}

#[tokio::test]
async fn a_version_that_is_off_is_neither_served_nor_told_of() {
    let server = server("apps/v1beta1=false,extensions/v1beta1=false").await;
    let off = "/apis/apps/v1beta1/namespaces/default/deployments";
    assert_eq!(server.get(off).await.code, 404);
    let on = "/apis/apps/v1/namespaces/default/deployments";
    server.get(on).await.expect(200);
    assert_eq!(server.get("/apis/apps/v1beta1").await.code, 404);
    assert_eq!(server.get("/apis/extensions").await.code, 404);
    let index = server.get("/openapi/v3").await.expect(200);
    assert!(index["paths"]["apis/apps/v1beta1"].is_null());
    assert!(index["paths"]["apis/apps/v1"].is_object());
    let services = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1";
    server.get(&format!("{services}.apps")).await.expect(404);
    server.get(&format!("{services}.policy")).await.expect(200);
}

#[tokio::test]
async fn a_resource_is_turned_off_alone() {
    let all = server("").await;
    let server = server("apps/v1/daemonsets=false").await;
    let of_apps = "/apis/apps/v1/namespaces/default";
    let off = server.get(&format!("{of_apps}/daemonsets")).await;
    assert_eq!(off.code, 404);
    server
        .get(&format!("{of_apps}/deployments"))
        .await
        .expect(200);
    let list = server.get("/apis/apps/v1").await.expect(200);
    let mut names = list["resources"].as_array().unwrap().iter();
    assert!(!names.any(|resource| resource["kind"] == "DaemonSet"));
    let url = async |server: &TestServer| {
        let index = server.get("/openapi/v3").await.expect(200);
        index["paths"]["apis/apps/v1"]["serverRelativeURL"].to_string()
    };
    // Clients keep documents by their hash.
    assert_ne!(url(&server).await, url(&all).await);
}
