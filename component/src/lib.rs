//! What every program that serves has, whether it is the API server, a kubelet, or another part of the control plane:
//! TLS, who a client is by what it shows, and the machine that it runs on. Nothing here knows the Kubernetes API; who has to ask it goes through
//! `knarr-client`.

pub mod certificate;
pub mod credentials;
pub mod feature_gates;
pub mod flags;
pub mod front_proxy;
pub mod health;
pub mod machine;
pub mod metrics;
pub mod percent;
pub mod protocols;
pub mod remembered;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tls;
pub mod trusted;
pub mod unjudged;
pub mod user;
mod version_one;

pub use certificate::CertificateAuthenticator;
pub use user::UserInfo;
