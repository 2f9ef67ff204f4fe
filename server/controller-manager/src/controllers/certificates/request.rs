//! What a certificate signing request asks for, and whether a signer of the cluster may grant it
//! (<https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers>).

use knarr_api::pem;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::extensions::{GeneralName, SubjectAlternativeName, X509Extension};
use x509_parser::oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME;
use x509_parser::prelude::FromDer;
use x509_parser::x509::AttributeTypeAndValue;

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
    let text = std::str::from_utf8(pem).map_err(|error| error.to_string())?;
    let request = pem::first(text, pem::CERTIFICATE_REQUEST)
        .ok_or("PEM block type must be CERTIFICATE REQUEST")?;
    let (_, request) =
        X509CertificationRequest::from_der(&request).map_err(|error| error.to_string())?;
    request
        .verify_signature()
        .map_err(|error| error.to_string())?;
    let subject = &request.certification_request_info.subject;
    let text = |part: &AttributeTypeAndValue<'_>| match part.as_str() {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(format!("the subject cannot be read: {error}")),
    };
    // The subject is signed byte by byte: what is checked here must be all that it says.
    let mut common_names = subject.iter_common_name();
    let common_name = common_names.next().map(text).transpose()?;
    if common_names.next().is_some() {
        return Err("the subject has more than one common name".to_owned());
    }
    let mut asked = Asked {
        common_name: common_name.unwrap_or_default(),
        organizations: subject
            .iter_organization()
            .map(text)
            .collect::<Result<_, _>>()?,
        ..Asked::default()
    };
    if let Some(extension) = alternative_names(&request)? {
        asked.count(extension.value)?;
    }
    Ok(asked)
}

/// The extension of a request that holds the alternative names. What is checked and what is signed is this one: a
/// request that could be read in two ways is refused.
pub fn alternative_names<'a>(
    request: &'a X509CertificationRequest<'_>,
) -> Result<Option<&'a X509Extension<'a>>, String> {
    let attributes = request.certification_request_info.iter_attributes();
    let mut asked = attributes.filter_map(|attribute| match attribute.parsed_attribute() {
        ParsedCriAttribute::ExtensionRequest(asked) => Some(&asked.extensions),
        _ => None,
    });
    let Some(extensions) = asked.next() else {
        return Ok(None);
    };
    if asked.next().is_some() {
        return Err("extensions are requested more than once".to_owned());
    }
    let mut names = extensions
        .iter()
        .filter(|extension| extension.oid == OID_X509_EXT_SUBJECT_ALT_NAME);
    let first = names.next();
    match names.next() {
        Some(_) => Err("subjectAltNames are requested more than once".to_owned()),
        None => Ok(first),
    }
}

impl Asked {
    /// Counts alternative names, encoded; any that no signer knows is an error.
    fn count(&mut self, encoded: &[u8]) -> Result<(), String> {
        let names = match SubjectAlternativeName::from_der(encoded) {
            Ok(([], names)) => names.general_names,
            _ => return Err("the subjectAltNames cannot be read".to_owned()),
        };
        for name in names {
            match name {
                GeneralName::DNSName(_) => self.dns += 1,
                GeneralName::RFC822Name(_) => self.emails += 1,
                GeneralName::IPAddress(address) if matches!(address.len(), 4 | 16) => {
                    self.addresses += 1;
                }
                GeneralName::URI(_) => self.uris += 1,
                other => {
                    return Err(format!(
                        "a subjectAltName of this kind is not allowed: {other}"
                    ));
                }
            }
        }
        Ok(())
    }
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
    use rcgen::{
        Attribute, CertificateParams, CustomExtension, DistinguishedName, DnType, KeyPair,
        PKCS_ECDSA_P256_SHA256,
    };

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

    /// What is read of the request that is made with these parameters.
    fn read_made(
        change: impl FnOnce(&mut CertificateParams),
        attributes: Vec<Attribute>,
    ) -> Result<Asked, String> {
        let mut params = CertificateParams::new(vec!["a.local".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "system:node:a");
        change(&mut params);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let request = params
            .serialize_request_with_attributes(&key, attributes)
            .unwrap();
        read(request.pem().unwrap().as_bytes())
    }

    #[test]
    fn what_validation_passes_over_is_not_read() {
        let made = |name: &str| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
            params.serialize_request(&key).unwrap().pem().unwrap()
        };
        let hidden = made("hidden").replace("END CERTIFICATE REQUEST", "END X");
        let asked = read(format!("{hidden}{}", made("shown")).as_bytes()).unwrap();
        assert_eq!(asked.common_name, "shown");
    }

    #[test]
    fn a_plain_request_is_read() {
        let asked = read_made(|_| {}, Vec::new()).unwrap();
        assert_eq!(
            (asked.common_name.as_str(), asked.dns),
            ("system:node:a", 1)
        );
    }

    #[test]
    fn a_request_that_can_be_read_in_two_ways_is_refused() {
        const EMPTY_SET_OF_EXTENSIONS: &[u8] = &[0x31, 0x02, 0x30, 0x00];
        let again = Attribute {
            oid: &[1, 2, 840, 113_549, 1, 9, 14],
            values: EMPTY_SET_OF_EXTENSIONS.to_vec(),
        };
        assert_eq!(
            read_made(|_| {}, vec![again]),
            Err("extensions are requested more than once".to_owned())
        );
        let dns = b"\x30\x03\x82\x01b".to_vec();
        let second = CustomExtension::from_oid_content(&[2, 5, 29, 17], dns);
        assert_eq!(
            read_made(|params| params.custom_extensions.push(second), Vec::new()),
            Err("subjectAltNames are requested more than once".to_owned())
        );
        let name = DnType::CustomDnType(vec![2, 5, 4, 3]);
        assert_eq!(
            read_made(
                |params| params.distinguished_name.push(name, "kubernetes-admin"),
                Vec::new()
            ),
            Err("the subject has more than one common name".to_owned())
        );
    }

    #[test]
    fn alternative_names_are_of_four_kinds() {
        let mut asked = Asked::default();
        let good = b"\x30\x0f\x81\x01m\x82\x01d\x86\x01u\x87\x04\x0a\x00\x00\x01";
        asked.count(good).unwrap();
        let counts = (asked.emails, asked.dns, asked.uris, asked.addresses);
        assert_eq!(counts, (1, 1, 1, 1));
        for bad in [
            &b"\x30\x03\x88\x01\x2a"[..],
            b"\x30\x03\x87\x01\x0a",
            b"\x30\x03\x82\x01a!",
            b"\x30\x03\x82\x01\xff",
            b"\x30\x05",
            b"",
        ] {
            assert!(asked.count(bad).is_err(), "{bad:?}");
        }
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
