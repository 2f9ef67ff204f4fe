//! Certificate signing requests: those of nodes are approved, approved ones are signed, old ones are removed. Who signs
//! is given by the composing crate: no key is known here.

mod approve;
mod clean;
mod request;
mod sign;

use k8s_openapi::api::certificates::v1::CertificateSigningRequest;

pub use approve::{NAME as APPROVING_NAME, run as run_approving};
pub use clean::{NAME as CLEANER_NAME, run as run_cleaner};
pub use request::alternative_names;
pub use sign::{NAME as SIGNING_NAME, Signer, Signers, run as run_signing};

/// Whether the request has a condition of this type.
fn has_condition(request: &CertificateSigningRequest, kind: &str) -> bool {
    let conditions = request
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    conditions
        .into_iter()
        .any(|condition| condition.type_ == kind)
}

/// Whether the certificate was issued.
fn is_issued(request: &CertificateSigningRequest) -> bool {
    let certificate = request
        .status
        .as_ref()
        .and_then(|status| status.certificate.as_ref());
    certificate.is_some_and(|certificate| !certificate.0.is_empty())
}
