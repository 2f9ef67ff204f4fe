//! The lease by which others see that this server is there (KEP-1965, `APIServerIdentity`), and the removal of those
//! whose servers are gone.

use jiff::{SignedDuration, Timestamp};
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_component::machine;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Writer;
use crate::registry::known;

const NAMESPACE: &str = "kube-system";
/// Marks the leases that are no leader's, with whose they are.
const LABEL: &str = "apiserver.kubernetes.io/identity";
const COMPONENT: &str = "kube-apiserver";
const HOSTNAME: &str = "kubernetes.io/hostname";
/// How long a server counts as there that renews its lease no longer, in seconds.
const DURATION_SECONDS: i64 = 3600;
/// RFC 4648, in lower case.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Who this server is.
pub struct Identity {
    name: String,
    hostname: String,
    /// Another one after each start.
    holder: String,
}

impl Identity {
    /// Of the server on this machine.
    pub fn new() -> Self {
        let hostname = machine::name();
        let name = name(&hostname);
        Self {
            holder: format!("{name}_{}", uuid::Uuid::new_v4()),
            name,
            hostname,
        }
    }

    /// Of its lease.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says that the server is there.
    pub async fn renew(&self, writer: &Writer) -> Result<(), Status> {
        let kind = known("coordination.k8s.io", "v1", "leases");
        let spec = json!({"holderIdentity": self.holder, "leaseDurationSeconds": DURATION_SECONDS,
            "renewTime": meta::now_micro()});
        let labels = json!({LABEL: COMPONENT, HOSTNAME: self.hostname});
        let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": self.name, "namespace": NAMESPACE, "labels": labels}, "spec": spec});
        if writer.ensure(kind, lease).await?.is_none() {
            return Ok(());
        }
        writer
            .update(kind, NAMESPACE, &self.name, |lease| {
                lease["metadata"]["labels"] = labels.clone();
                lease["spec"] = spec.clone();
            })
            .await
    }
}

/// Removes the leases that ended.
pub async fn collect(writer: &Writer) -> Result<(), Status> {
    let kind = known("coordination.k8s.io", "v1", "leases");
    let now = Timestamp::now();
    for lease in writer.list(kind).await? {
        if meta::namespace(&lease) == NAMESPACE && has_ended(&lease, now) {
            writer.delete(kind, NAMESPACE, meta::name(&lease)).await?;
        }
    }
    Ok(())
}

/// Whether a lease is a server's and was not renewed in time; one that says nothing of time has ended, as upstream.
fn has_ended(lease: &Value, now: Timestamp) -> bool {
    if lease["metadata"]["labels"][LABEL] != COMPONENT {
        return false;
    }
    let spec = &lease["spec"];
    let renewed = spec["renewTime"]
        .as_str()
        .and_then(|text| text.parse().ok());
    let seconds = spec["leaseDurationSeconds"].as_i64();
    match (renewed, seconds) {
        (Some(renewed), Some(seconds)) => {
            now.duration_since(renewed) > SignedDuration::from_secs(seconds)
        }
        _ => true,
    }
}

/// The lease of the server on a machine: a digest of the machine's name and of what the server is, each with its length
/// before it.
fn name(hostname: &str) -> String {
    let mut digest = Sha256::new();
    for part in [hostname, COMPONENT] {
        // Names of machines have 64 bytes at most.
        digest.update((part.len() as u16).to_be_bytes());
        digest.update(part);
    }
    format!("apiserver-{}", base32(&digest.finalize()[..16]))
}

/// Without padding.
fn base32(bytes: &[u8]) -> String {
    let bit = |index: usize| {
        let byte = bytes.get(index / 8).copied().unwrap_or_default();
        byte >> (7 - index % 8) & 1
    };
    let digit = |first: usize| {
        let value = (first..first + 5).fold(0, |value, index| value << 1 | bit(index));
        char::from(BASE32[usize::from(value)])
    };
    (0..bytes.len() * 8).step_by(5).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestServer;

    const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";

    #[test]
    fn bytes_are_written_in_thirty_two_digits() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), expected);
        }
        assert_eq!(name("a").len(), "apiserver-".len() + 26);
        assert_ne!(name("a"), name("b"));
    }

    #[tokio::test]
    async fn a_server_has_a_lease_and_those_of_others_end() {
        let server = TestServer::new().await;
        let path = format!("{LEASES}?labelSelector={LABEL}%3D{COMPONENT}");
        let leases = server.get(&path).await.expect(200);
        let own = &leases["items"][0];
        let name = own["metadata"]["name"].as_str().unwrap();
        let holder = own["spec"]["holderIdentity"].as_str().unwrap();
        assert!(holder.starts_with(&format!("{name}_")), "{holder}");
        assert_eq!(own["spec"]["leaseDurationSeconds"], 3600);
        for (name, labelled, renewed) in [
            ("old", true, "2026-01-02T03:04:05.000000Z"),
            ("none", true, ""),
            ("leader", false, "2026-01-02T03:04:05.000000Z"),
        ] {
            let labels = if labelled {
                json!({LABEL: COMPONENT})
            } else {
                json!({})
            };
            let mut lease = json!({"metadata": {"name": name, "labels": labels},
                "spec": {"leaseDurationSeconds": 3600}});
            if !renewed.is_empty() {
                lease["spec"]["renewTime"] = renewed.into();
            }
            server.post(LEASES, lease).await.expect(201);
        }
        let writer = Writer::new(server.shared());
        collect(&writer).await.unwrap();
        let left = server.get(LEASES).await.expect(200);
        let left = left["items"].as_array().unwrap().iter();
        let left: Vec<&str> = left.map(meta::name).collect();
        assert_eq!(left, [name, "leader"]);
        Identity::new().renew(&writer).await.unwrap();
        let renewed = server.get(&format!("{LEASES}/{name}")).await.expect(200);
        assert_ne!(
            renewed["spec"]["holderIdentity"],
            own["spec"]["holderIdentity"]
        );
    }
}
