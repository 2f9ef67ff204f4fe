//! The long names of API groups, for the tables that have a row for each kind.

pub const ADMISSION: &str = "admissionregistration.k8s.io";
pub const CERTIFICATES: &str = "certificates.k8s.io";
pub const COORDINATION: &str = "coordination.k8s.io";
pub const EVENTS: &str = "events.k8s.io";
pub const FLOW_CONTROL: &str = "flowcontrol.apiserver.k8s.io";
pub const NETWORKING: &str = "networking.k8s.io";
pub const RBAC: &str = "rbac.authorization.k8s.io";
pub const RESOURCE: &str = "resource.k8s.io";
pub const STORAGE: &str = "storage.k8s.io";
