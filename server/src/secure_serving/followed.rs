//! What the server shows and whom it knows, which may change while it serves: files that others renew, and what the API
//! server says of the cluster's authorities.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use k8s_openapi::api::core::v1::ConfigMap;
use knarr_client::Api;
use knarr_client::delegated::Delegated;
use knarr_component::certificate::CertificateAuthenticator;
use knarr_component::front_proxy::{self, FrontProxy};
use knarr_component::tls::ServingCertificate;
use kube::Client;

use super::{SecureServingOptions, Usual};
use crate::auth_options::read;
use crate::causes;
use crate::pki::Pair;

/// Where the API server says who signs certificates.
const NAMESPACE: &str = "kube-system";
const CONFIG_MAP: &str = "extension-apiserver-authentication";
/// How often it is looked.
const INTERVAL: Duration = Duration::from_secs(60);

/// See the module.
pub struct Followed {
    options: SecureServingOptions,
    program: &'static str,
    delegated: Arc<Delegated>,
    shown: Arc<ServingCertificate>,
    /// Where the API server says what the flags do not.
    config_maps: Option<Api<ConfigMap>>,
    pair: Pair,
    client_ca: String,
    proxies: front_proxy::Settings,
}

/// What is to be known of clients.
#[derive(Default)]
struct Authorities {
    /// PEM, empty when there is none.
    client_ca: String,
    /// Of an authority that may be empty.
    proxies: front_proxy::Settings,
}

impl Followed {
    /// Shows and trusts what is said now.
    pub async fn start(
        options: SecureServingOptions,
        usual: &Usual,
        client: Option<Client>,
        delegated: Arc<Delegated>,
    ) -> anyhow::Result<(Arc<ServingCertificate>, Self)> {
        let program = usual.program;
        let pair = options.files.given_or_made(program)?;
        let shown = ServingCertificate::new(&pair.cert, &pair.key)?;
        let skips = options.authentication_skip_lookup;
        let tolerated = options
            .authentication_tolerate_lookup_failure
            .unwrap_or(usual.tolerates_failed_lookup);
        let mut own = Self {
            config_maps: client
                .filter(|_| !skips)
                .map(|client| Api::namespaced(client, NAMESPACE)),
            options,
            program,
            delegated,
            shown: shown.clone(),
            pair,
            client_ca: String::new(),
            proxies: front_proxy::Settings::default(),
        };
        let said = own.ask().await;
        let said = match said {
            Err(error) if tolerated => {
                tracing::warn!(
                    "unable to get configmap/{CONFIG_MAP} in {NAMESPACE}: {error:#}; certificates of clients are not known until it is there"
                );
                Authorities::default()
            }
            said => said.with_context(|| {
                format!("unable to load configmap based request-header-client-ca-file: configmap/{CONFIG_MAP} in {NAMESPACE}")
            })?,
        };
        let authorities = own.with_flags(said)?;
        own.trust(authorities)?;
        Ok((shown, own))
    }

    /// Looks again and again.
    pub async fn run(mut self) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            if let Err(error) = self.look().await {
                let error = causes::line(&error);
                tracing::warn!(error, "certificates and authorities stay as they are");
            }
        }
    }

    async fn look(&mut self) -> anyhow::Result<()> {
        let pair = self.options.files.given_or_made(self.program);
        // Without a file or a folder it is another each time.
        let kept = self.options.files.cert_dir.is_some() || self.options.files.given()?.is_some();
        let pair = pair?;
        if kept && pair != self.pair {
            self.shown.replace(&pair.cert, &pair.key)?;
            self.pair = pair;
        }
        let said = self.ask().await?;
        let authorities = self.with_flags(said)?;
        self.trust(authorities)
    }

    /// What the API server says.
    async fn ask(&self) -> anyhow::Result<Authorities> {
        let Some(config_maps) = &self.config_maps else {
            return Ok(Authorities::default());
        };
        let found = config_maps.get(CONFIG_MAP).await?;
        let data = found.data.unwrap_or_default();
        let text = |key: &str| data.get(key).cloned().unwrap_or_default();
        let list =
            |key: &str| -> Vec<String> { serde_json::from_str(&text(key)).unwrap_or_default() };
        Ok(Authorities {
            client_ca: text("client-ca-file"),
            proxies: front_proxy::Settings {
                client_ca: text("requestheader-client-ca-file"),
                allowed_names: list("requestheader-allowed-names"),
                username_headers: list("requestheader-username-headers"),
                uid_headers: list("requestheader-uid-headers"),
                group_headers: list("requestheader-group-headers"),
                extra_headers_prefix: list("requestheader-extra-headers-prefix"),
            },
        })
    }

    /// Flags come before what the API server says.
    fn with_flags(&self, said: Authorities) -> anyhow::Result<Authorities> {
        let of = |file: &Option<std::path::PathBuf>| {
            file.as_deref().map(|file: &Path| read(file)).transpose()
        };
        let client_ca = of(&self.options.client_ca_file)?;
        let headers = &self.options.request_header;
        let proxies = of(&headers.requestheader_client_ca_file)?;
        Ok(Authorities {
            client_ca: client_ca.unwrap_or(said.client_ca),
            proxies: match proxies {
                Some(client_ca) => headers.of_authority(client_ca),
                None => said.proxies,
            },
        })
    }

    /// Uses what is new. What is empty is not: an authority that was once there stays.
    fn trust(&mut self, new: Authorities) -> anyhow::Result<()> {
        if !new.client_ca.is_empty() && new.client_ca != self.client_ca {
            let authority = CertificateAuthenticator::new(&new.client_ca)?;
            self.delegated.trust(authority);
            self.client_ca = new.client_ca;
        }
        if !new.proxies.client_ca.is_empty() && new.proxies != self.proxies {
            self.delegated
                .believe(FrontProxy::new(new.proxies.clone())?);
            self.proxies = new.proxies;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use http::HeaderMap;
    use knarr_client::delegated::Settings;
    use knarr_component::testing::{TestCa, der};
    use knarr_component::tls::PeerCertificates;

    use super::*;

    #[derive(Parser)]
    struct Parsed {
        #[command(flatten)]
        options: SecureServingOptions,
    }

    #[tokio::test]
    async fn files_that_change_are_used_without_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let (old, new) = (TestCa::new(), TestCa::new());
        let write = |ca: &TestCa| {
            let (cert, key) = ca.server();
            for (name, text) in [
                ("tls.crt", &cert),
                ("tls.key", &key),
                ("ca.crt", &ca.cert),
                ("proxy-ca.crt", &ca.cert),
            ] {
                std::fs::write(file(name), text).unwrap();
            }
            cert
        };
        write(&old);
        let flag = |name: &str, value: &str| format!("--{name}={}", file(value).display());
        let options = Parsed::parse_from([
            "x".to_owned(),
            flag("tls-cert-file", "tls.crt"),
            flag("tls-private-key-file", "tls.key"),
            flag("client-ca-file", "ca.crt"),
            flag("requestheader-client-ca-file", "proxy-ca.crt"),
            "--requestheader-allowed-names=proxy".to_owned(),
        ])
        .options;
        let delegated = Arc::new(Delegated::new(Settings {
            tokens: None,
            reviews: None,
            anonymous: false,
            token_lifetime: Duration::ZERO,
            allowed_lifetime: Duration::ZERO,
            refused_lifetime: Duration::ZERO,
        }));
        let usual = Usual {
            program: "kube-scheduler",
            port: 0,
            tolerates_failed_lookup: false,
            tells_whether_ready: true,
        };
        let started = Followed::start(options, &usual, None, delegated.clone()).await;
        let (_, mut followed) = started.unwrap_or_else(|error| panic!("{error:#}"));
        let user = async |ca: &TestCa, name: &str, headers: &mut HeaderMap| {
            let peer = Arc::new(PeerCertificates::new(vec![der(&ca.client(name, &[]).0)]));
            let user = delegated.authenticate(headers, Some(&peer)).await;
            user.ok().flatten().map(|user| user.name.clone())
        };
        let jane = async |ca: &TestCa| user(ca, "jane", &mut HeaderMap::new()).await;
        assert_eq!(jane(&old).await.as_deref(), Some("jane"));
        assert_eq!(jane(&new).await, None);
        let cert = write(&new);
        followed
            .look()
            .await
            .unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(followed.pair.cert, cert);
        assert_eq!(jane(&old).await, None);
        assert_eq!(jane(&new).await.as_deref(), Some("jane"));
        let mut headers = HeaderMap::new();
        headers.insert("x-remote-user", "joe".parse().unwrap());
        assert_eq!(
            user(&new, "other", &mut headers).await.as_deref(),
            Some("other")
        );
        assert_eq!(
            user(&new, "proxy", &mut headers).await.as_deref(),
            Some("joe")
        );
        assert!(headers.is_empty());
    }
}
