//! The kinds that components read and write.

use std::fmt::Debug;
use std::sync::LazyLock;

use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicy;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{
    ConfigMap, Endpoints, Event as CoreEvent, Namespace, Node, PersistentVolume,
    PersistentVolumeClaim, Pod, ResourceQuota, Secret, Service, ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::Resource;
use serde::Serialize;
use serde_json::Value;

use crate::decoded::Decoded;

/// An object of a kind that components know.
pub trait Object: Resource<DynamicType = ()> + Clone + Debug + Send + Sync + 'static {
    /// Reads the object from JSON.
    fn decode(json: &str) -> serde_json::Result<Self>;

    /// Writes the object as JSON.
    fn encode(&self) -> serde_json::Result<Vec<u8>>;

    /// The objects of this kind that the components of this process follow.
    fn decoded() -> &'static Decoded<Self>;
}

macro_rules! objects {
    ($($kind:ty),* $(,)?) => {
        $(impl Object for $kind {
            fn decode(json: &str) -> serde_json::Result<Self> {
                serde_json::from_str(json)
            }

            fn encode(&self) -> serde_json::Result<Vec<u8>> {
                serde_json::to_vec(self)
            }

            fn decoded() -> &'static Decoded<Self> {
                static DECODED: LazyLock<Decoded<$kind>> = LazyLock::new(Decoded::default);
                &DECODED
            }
        })*
    };
}

/// An object, or a part of one, as JSON in memory. It goes by way of text, for which every kind has an encoder.
pub fn to_value(part: &impl Serialize) -> serde_json::Result<Value> {
    serde_json::from_slice(&serde_json::to_vec(part)?)
}

objects![
    CertificateSigningRequest,
    ClusterRole,
    ConfigMap,
    CoreEvent,
    Deployment,
    EndpointSlice,
    Endpoints,
    Event,
    Lease,
    Namespace,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    ReplicaSet,
    ResourceQuota,
    Secret,
    Service,
    ServiceAccount,
    SubjectAccessReview,
    ValidatingAdmissionPolicy,
];
