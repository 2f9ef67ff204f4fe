//! The configmap by which extension servers learn whom to trust: who signs client certificates, and which front proxies
//! speak for users. Every server of a cluster adds what it knows.

use knarr_api::status::Status;
use serde_json::{Value, json};

use super::Writer;
use crate::registry::known;

const NAMESPACE: &str = "kube-system";
const NAME: &str = "extension-apiserver-authentication";

/// Writes the configmap, or what has changed of it.
pub async fn run(writer: &Writer) -> Result<(), Status> {
    let own = &writer.shared.authenticator;
    let mut data = json!({"client-ca-file": own.certificates.read().bundle});
    if let Some(proxy) = own.front_proxy.read().as_ref() {
        let settings = &proxy.settings;
        data["requestheader-client-ca-file"] = settings.client_ca.as_str().into();
        let lists = [
            ("requestheader-allowed-names", &settings.allowed_names),
            (
                "requestheader-extra-headers-prefix",
                &settings.extra_headers_prefix,
            ),
            ("requestheader-group-headers", &settings.group_headers),
            ("requestheader-uid-headers", &settings.uid_headers),
            ("requestheader-username-headers", &settings.username_headers),
        ];
        for (field, list) in lists {
            data[field] = json!(list).to_string().into();
        }
    }
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": NAMESPACE}, "data": data});
    let kind = known("", "v1", "configmaps");
    match writer.ensure(kind, object).await? {
        Some(found) if found["data"] != data => {
            let set = |object: &mut Value| object["data"] = data.clone();
            writer.update(kind, NAMESPACE, NAME, set).await
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestServer;

    #[tokio::test]
    async fn extension_servers_find_whom_to_trust() {
        let server = TestServer::new().await;
        let path = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
        let found = server.get(path).await.expect(200);
        let bundle = found["data"]["client-ca-file"].as_str().unwrap_or_default();
        assert!(bundle.starts_with("-----BEGIN CERTIFICATE-----"), "{found}");
    }
}
