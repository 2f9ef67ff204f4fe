//! Who a client is, from its certificate, and whether it may use the server.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::Refusal;

/// The group that may do everything.
const ADMINISTRATORS: &str = "system:masters";

/// A client known by its certificate: common name and organisations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    name: String,
    groups: Vec<String>,
}

/// Reads the user from a verified chain.
pub(super) fn user(chain: Option<&[CertificateDer<'_>]>) -> Option<User> {
    let (_, certificate) = X509Certificate::from_der(chain?.first()?).ok()?;
    let subject = certificate.subject();
    let text = |attribute: &x509_parser::x509::AttributeTypeAndValue<'_>| {
        attribute.as_str().ok().map(str::to_owned)
    };
    let name = subject.iter_common_name().find_map(text)?;
    Some(User {
        name,
        groups: subject.iter_organization().filter_map(text).collect(),
    })
}

/// Lets administrators pass; the API server's own client certificate is one of theirs.
pub(super) async fn require_administrator(request: Request, next: Next) -> Response {
    match request.extensions().get::<User>() {
        None => Refusal(StatusCode::UNAUTHORIZED, "Unauthorized".into()).into_response(),
        Some(user) if user.groups.iter().any(|group| group == ADMINISTRATORS) => {
            next.run(request).await
        }
        Some(user) => {
            let verb = if request.method() == http::Method::GET {
                "get"
            } else {
                "create"
            };
            let text = format!(
                "Forbidden (user={}, verb={verb}, resource=nodes, subresource(s)=[proxy])",
                user.name
            );
            Refusal(StatusCode::FORBIDDEN, text).into_response()
        }
    }
}
