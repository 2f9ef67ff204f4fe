//! What a certificate signing request asks for, and whether a signer of the cluster may grant it
//! (<https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers>).

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::FromDer;

pub const API_CLIENT: &str = "kubernetes.io/kube-apiserver-client";
pub const KUBELET_CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
pub const KUBELET_SERVING: &str = "kubernetes.io/kubelet-serving";
pub const LEGACY_UNKNOWN: &str = "kubernetes.io/legacy-unknown";

/// What the request says of the certificate's subject.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub common_name: String,
    pub organizations: Vec<String>,
    pub dns: usize,
    pub emails: usize,
    pub addresses: usize,
    pub uris: usize,
}

/// Reads a PEM certificate request whose signature is good.
pub fn read(pem: &[u8]) -> Result<Asked, String> {
    let (_, pem) = parse_x509_pem(pem).map_err(|error| error.to_string())?;
    if pem.label != "CERTIFICATE REQUEST" {
        return Err("PEM block type must be CERTIFICATE REQUEST".to_owned());
    }
    let (_, request) =
        X509CertificationRequest::from_der(&pem.contents).map_err(|error| error.to_string())?;
    request
        .verify_signature()
        .map_err(|error| error.to_string())?;
    let subject = &request.certification_request_info.subject;
    let text = |part: &x509_parser::x509::AttributeTypeAndValue<'_>| {
        part.as_str().unwrap_or_default().to_owned()
    };
    let mut asked = Asked {
        common_name: subject
            .iter_common_name()
            .next()
            .map(text)
            .unwrap_or_default(),
        organizations: subject.iter_organization().map(text).collect(),
        ..Asked::default()
    };
    for extension in request.requested_extensions().into_iter().flatten() {
        let ParsedExtension::SubjectAlternativeName(names) = extension else {
            continue;
        };
        for name in &names.general_names {
            match name {
                GeneralName::DNSName(_) => asked.dns += 1,
                GeneralName::RFC822Name(_) => asked.emails += 1,
                GeneralName::IPAddress(_) => asked.addresses += 1,
                GeneralName::URI(_) => asked.uris += 1,
                _ => {}
            }
        }
    }
    Ok(asked)
}

/// Whether the usages are these, with or without `key encipherment`, which RSA keys need.
fn are(usages: &[String], wanted: &[&str]) -> bool {
    wanted
        .iter()
        .all(|one| usages.iter().any(|usage| usage == one))
        && usages
            .iter()
            .all(|usage| usage == "key encipherment" || wanted.contains(&usage.as_str()))
}

fn node(asked: &Asked) -> Result<(), &'static str> {
    if asked.organizations != ["system:nodes"] {
        return Err("subject organization is not system:nodes");
    }
    if !asked.common_name.starts_with("system:node:") {
        return Err("subject common name does not begin with system:node:");
    }
    if asked.emails > 0 {
        return Err("Email subjectAltNames are not allowed");
    }
    if asked.uris > 0 {
        return Err("URI subjectAltNames are not allowed");
    }
    Ok(())
}

/// Whether it is a kubelet's client certificate that is asked for; the error says why not.
pub fn kubelet_client(asked: &Asked, usages: &[String]) -> Result<(), &'static str> {
    node(asked)?;
    if asked.dns > 0 {
        return Err("DNS subjectAltNames are not allowed");
    }
    if asked.addresses > 0 {
        return Err("IP subjectAltNames are not allowed");
    }
    if !are(usages, &["client auth", "digital signature"]) {
        return Err("usages did not match [client auth digital signature]");
    }
    Ok(())
}

fn kubelet_serving(asked: &Asked, usages: &[String]) -> Result<(), &'static str> {
    node(asked)?;
    if asked.dns + asked.addresses == 0 {
        return Err("DNS or IP subjectAltName is required");
    }
    if !are(usages, &["digital signature", "server auth"]) {
        return Err("usages did not match [digital signature server auth]");
    }
    Ok(())
}

fn api_client(usages: &[String]) -> Result<(), &'static str> {
    let known = ["client auth", "digital signature", "key encipherment"];
    let good = usages.iter().all(|usage| known.contains(&usage.as_str()))
        && usages.iter().any(|usage| usage == "client auth");
    if good {
        Ok(())
    } else {
        Err("usages did not match [client auth digital signature key encipherment]")
    }
}

/// Whether the signer may grant it.
pub fn permitted(signer: &str, asked: &Asked, usages: &[String]) -> Result<(), &'static str> {
    match signer {
        KUBELET_CLIENT => kubelet_client(asked, usages),
        KUBELET_SERVING => kubelet_serving(asked, usages),
        API_CLIENT => api_client(usages),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Asked {
        Asked {
            common_name: "system:node:a".to_owned(),
            organizations: vec!["system:nodes".to_owned()],
            ..Asked::default()
        }
    }

    fn usages(list: &[&str]) -> Vec<String> {
        list.iter().map(|usage| (*usage).to_owned()).collect()
    }

    #[test]
    fn what_a_kubelets_client_certificate_is() {
        let client = usages(&["key encipherment", "digital signature", "client auth"]);
        assert_eq!(permitted(KUBELET_CLIENT, &node(), &client), Ok(()));
        let serving = usages(&["digital signature", "server auth"]);
        assert!(permitted(KUBELET_CLIENT, &node(), &serving).is_err());
        let named = Asked { dns: 1, ..node() };
        assert_eq!(
            permitted(KUBELET_CLIENT, &named, &client),
            Err("DNS subjectAltNames are not allowed")
        );
        let admin = Asked {
            organizations: vec!["system:masters".to_owned()],
            ..node()
        };
        assert_eq!(
            permitted(KUBELET_CLIENT, &admin, &client),
            Err("subject organization is not system:nodes")
        );
    }

    #[test]
    fn what_the_other_signers_grant() {
        let serving = usages(&["digital signature", "server auth"]);
        assert_eq!(
            permitted(KUBELET_SERVING, &node(), &serving),
            Err("DNS or IP subjectAltName is required")
        );
        let named = Asked {
            addresses: 1,
            ..node()
        };
        assert_eq!(permitted(KUBELET_SERVING, &named, &serving), Ok(()));
        let jane = Asked {
            common_name: "jane".to_owned(),
            ..Asked::default()
        };
        assert_eq!(
            permitted(API_CLIENT, &jane, &usages(&["client auth"])),
            Ok(())
        );
        assert!(permitted(API_CLIENT, &jane, &serving).is_err());
        assert_eq!(permitted(LEGACY_UNKNOWN, &jane, &serving), Ok(()));
    }

    #[test]
    fn garbage_is_no_request() {
        for garbage in [
            &b""[..],
            b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
            b"\xff\xfe",
        ] {
            assert!(read(garbage).is_err());
        }
    }
}
