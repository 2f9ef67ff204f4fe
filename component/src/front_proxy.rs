//! The front proxy: a client with a certificate of a CA of its own says in headers for whom it speaks.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy>

use http::{HeaderMap, HeaderName};
use rustls::pki_types::CertificateDer;
use std::collections::BTreeMap;

use crate::certificate::{self, CertificateAuthenticator};
use crate::credentials::text;
use crate::percent;
use crate::user::UserInfo;

/// Which headers are read, and whom to believe them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// PEM: who signs the proxies' certificates.
    pub client_ca: String,
    /// The common names of proxies; empty means any with a good certificate.
    pub allowed_names: Vec<String>,
    pub username_headers: Vec<String>,
    pub uid_headers: Vec<String>,
    pub group_headers: Vec<String>,
    pub extra_headers_prefix: Vec<String>,
}

/// See the module.
pub struct FrontProxy {
    certificates: CertificateAuthenticator,
    pub settings: Settings,
}

impl FrontProxy {
    /// Reads the CA bundle.
    pub fn new(settings: Settings) -> Result<Self, certificate::Error> {
        Ok(Self {
            certificates: CertificateAuthenticator::new(&settings.client_ca)?,
            settings,
        })
    }

    /// The user for whom a proxy speaks, and takes the headers that say so away. `None` when the peer is no proxy, or
    /// names nobody.
    pub fn user(
        &self,
        headers: &mut HeaderMap,
        chain: &[CertificateDer<'_>],
        now: i64,
    ) -> Option<UserInfo> {
        // Most requests name nobody: their certificates need not be looked at.
        let user = self.named(headers)?;
        let proxy = self.certificates.verify(chain, now).ok()?;
        let allowed = &self.settings.allowed_names;
        if !allowed.is_empty() && !allowed.contains(&proxy.user.name) {
            return None;
        }
        self.strip(headers);
        Some(user)
    }

    fn named(&self, headers: &HeaderMap) -> Option<UserInfo> {
        let first = |names: &[String]| {
            let values = names.iter().filter_map(|name| headers.get(name.as_str()));
            values.map(text).find(|text| !text.is_empty())
        };
        let name = first(&self.settings.username_headers)?;
        let group_headers = self.settings.group_headers.iter();
        let groups = group_headers
            .flat_map(|header| headers.get_all(header.as_str()))
            .map(text);
        let mut user = UserInfo::authenticated(name, groups);
        user.uid = first(&self.settings.uid_headers).unwrap_or_default();
        let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in headers {
            if let Some(key) = self.extra_key(name) {
                extra.entry(key).or_default().push(text(value));
            }
        }
        user.extra = extra;
        Some(user)
    }

    fn extra_key(&self, name: &HeaderName) -> Option<String> {
        let mut prefixes = self.settings.extra_headers_prefix.iter();
        let rest =
            prefixes.find_map(|prefix| name.as_str().strip_prefix(&prefix.to_lowercase()))?;
        Some(percent::decode(rest).to_lowercase())
    }

    fn strip(&self, headers: &mut HeaderMap) {
        let own = &self.settings;
        for name in own
            .username_headers
            .iter()
            .chain(&own.uid_headers)
            .chain(&own.group_headers)
        {
            headers.remove(name.as_str());
        }
        let extra: Vec<HeaderName> = headers
            .keys()
            .filter(|name| self.extra_key(name).is_some())
            .cloned()
            .collect();
        for name in extra {
            headers.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestCa;
    use http::HeaderValue;
    use rustls::pki_types::pem::PemObject;

    const NOW: i64 = 1_800_000_000;

    fn settings(ca: &TestCa) -> Settings {
        Settings {
            client_ca: ca.cert.clone(),
            allowed_names: vec!["front-proxy-client".to_owned()],
            username_headers: vec!["X-Remote-User".to_owned()],
            uid_headers: vec!["X-Remote-Uid".to_owned()],
            group_headers: vec!["X-Remote-Group".to_owned()],
            extra_headers_prefix: vec!["X-Remote-Extra-".to_owned()],
        }
    }

    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-remote-user", "jane"),
            ("x-remote-group", "a"),
            ("x-remote-group", "b"),
            ("x-remote-extra-acme.com%2fproject", "p"),
            ("accept", "*/*"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    fn certificate(ca: &TestCa, name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(ca.client(name, &[]).0.as_bytes()).unwrap()
    }

    #[test]
    fn a_proxy_speaks_for_a_user() {
        let ca = TestCa::new();
        let proxy = FrontProxy::new(settings(&ca)).unwrap_or_else(|error| panic!("{error}"));
        let mut headers = headers();
        let chain = [certificate(&ca, "front-proxy-client")];
        let user = proxy.user(&mut headers, &chain, NOW).unwrap();
        assert_eq!(user.name, "jane");
        assert_eq!(user.groups, ["a", "b", crate::user::ALL_AUTHENTICATED]);
        assert_eq!(user.extra["acme.com/project"], ["p"]);
        assert_eq!(headers.len(), 1, "{headers:?}");
    }

    #[test]
    fn names_may_be_in_any_script() {
        let ca = TestCa::new();
        let proxy = FrontProxy::new(settings(&ca)).unwrap_or_else(|error| panic!("{error}"));
        let mut headers = headers();
        for (name, value) in [("x-remote-user", "jürgen"), ("x-remote-group", "räte")] {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.insert(name, value);
        }
        let chain = [certificate(&ca, "front-proxy-client")];
        let user = proxy.user(&mut headers, &chain, NOW).unwrap();
        assert_eq!(user.name, "jürgen");
        assert_eq!(user.groups[0], "räte");
    }

    #[test]
    fn others_do_not() {
        let ca = TestCa::new();
        let proxy = FrontProxy::new(settings(&ca)).unwrap_or_else(|error| panic!("{error}"));
        let mut headers = headers();
        let other = [certificate(&ca, "jane")];
        assert!(proxy.user(&mut headers, &other, NOW).is_none());
        let foreign = [certificate(&TestCa::new(), "front-proxy-client")];
        assert!(proxy.user(&mut headers, &foreign, NOW).is_none());
        assert!(headers.contains_key("x-remote-user"));
    }
}
