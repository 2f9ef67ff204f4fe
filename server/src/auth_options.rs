//! The API server's flags about who asks, and what they may do. Names and meanings are upstream's
//! (<https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>).

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use knarr_api::duration;
use knarr_apiserver::authentication::jwt::config::OidcFlags;
use knarr_apiserver::authentication::{front_proxy, service_account, webhook as token_webhook};
use knarr_apiserver::authorization::config::AuthorizationFlags;
use knarr_apiserver::authorization::webhook as authorization_webhook;
use knarr_apiserver::config::TokenWebhookConfig;

use crate::go_url;
use crate::pki::Pki;

/// Reads a file of the command line.
pub fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn read_all(file: Option<&PathBuf>) -> anyhow::Result<Option<String>> {
    file.map(|file| read(file)).transpose()
}

/// Go's form of a duration, as `1h30m`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let parsed = duration::parse(text).map_err(|error| error.to_string())?;
    Duration::try_from(parsed).map_err(|error| error.to_string())
}

/// Who asks.
#[derive(Args, Clone, Debug)]
pub struct AuthenticationOptions {
    /// The certificate authority that signs client certificates; by default the cluster's own
    #[arg(long, value_name = "FILE")]
    pub client_ca_file: Option<PathBuf>,
    /// A file of static tokens: token,user,uid,"group1,group2"
    #[arg(long, value_name = "FILE")]
    pub token_auth_file: Option<PathBuf>,
    /// Whether requests without credentials are heard at all
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub anonymous_auth: bool,
    /// Whether secrets of type bootstrap.kubernetes.io/token in kube-system are tokens
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub enable_bootstrap_token_auth: bool,
    /// A file with an AuthenticationConfiguration: token issuers, and whom nobody is; it is read again when it changes
    #[arg(long, value_name = "FILE", conflicts_with = "oidc_issuer_url")]
    pub authentication_config: Option<PathBuf>,
    /// A kubeconfig file of the webhook that is asked about tokens
    #[arg(long, value_name = "FILE")]
    pub authentication_token_webhook_config_file: Option<PathBuf>,
    /// The version of TokenReview that the token webhook is sent
    #[arg(long, default_value = "v1beta1", value_parser = ["v1", "v1beta1"], value_name = "VERSION")]
    pub authentication_token_webhook_version: String,
    /// How long the token webhook's answers are remembered
    #[arg(long, default_value = "2m", value_parser = parse_duration, value_name = "DURATION")]
    pub authentication_token_webhook_cache_ttl: Duration,
    #[command(flatten)]
    pub request_header: RequestHeaderOptions,
    #[command(flatten)]
    pub proxy_client: ProxyClientOptions,
    #[command(flatten)]
    pub oidc: OidcOptions,
    #[command(flatten)]
    pub service_account: ServiceAccountOptions,
}

/// Front proxies.
#[derive(Args, Clone, Debug)]
pub struct RequestHeaderOptions {
    /// The certificate authority that signs the certificates of front proxies; by default the cluster's
    #[arg(long, value_name = "FILE")]
    pub requestheader_client_ca_file: Option<PathBuf>,
    /// The common names of front proxies; without any, every certificate of their authority is good
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub requestheader_allowed_names: Vec<String>,
    /// The headers in which a front proxy names the user
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "X-Remote-User",
        value_name = "HEADERS"
    )]
    pub requestheader_username_headers: Vec<String>,
    /// The headers in which a front proxy gives the user's identity
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "X-Remote-Uid",
        value_name = "HEADERS"
    )]
    pub requestheader_uid_headers: Vec<String>,
    /// The headers in which a front proxy names the user's groups
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "X-Remote-Group",
        value_name = "HEADERS"
    )]
    pub requestheader_group_headers: Vec<String>,
    /// The beginnings of the headers in which a front proxy says more about the user
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "X-Remote-Extra-",
        value_name = "PREFIXES"
    )]
    pub requestheader_extra_headers_prefix: Vec<String>,
}

/// As whom this server asks others on behalf of its clients.
#[derive(Args, Clone, Debug)]
pub struct ProxyClientOptions {
    /// The certificate by which extension servers know this one as their front proxy
    #[arg(long, value_name = "FILE", requires = "proxy_client_key_file")]
    pub proxy_client_cert_file: Option<PathBuf>,
    /// The key of the certificate by which extension servers know this one
    #[arg(long, value_name = "FILE", requires = "proxy_client_cert_file")]
    pub proxy_client_key_file: Option<PathBuf>,
}

/// One OpenID Connect issuer.
#[derive(Args, Clone, Debug)]
pub struct OidcOptions {
    /// The OpenID Connect issuer whose ID tokens are good
    #[arg(long, value_name = "URL", requires = "oidc_client_id")]
    pub oidc_issuer_url: Option<String>,
    /// The audience that ID tokens must be for
    #[arg(long, value_name = "ID", requires = "oidc_issuer_url")]
    pub oidc_client_id: Option<String>,
    /// The certificate authority of the issuer; by default the machine's
    #[arg(long, value_name = "FILE", requires = "oidc_issuer_url")]
    pub oidc_ca_file: Option<PathBuf>,
    /// The claim that names the user
    #[arg(long, default_value = "sub", value_name = "CLAIM")]
    pub oidc_username_claim: String,
    /// What is put before names of users; '-' for nothing
    #[arg(
        long,
        value_name = "PREFIX",
        allow_hyphen_values = true,
        requires = "oidc_issuer_url"
    )]
    pub oidc_username_prefix: Option<String>,
    /// The claim that names the groups
    #[arg(long, value_name = "CLAIM", requires = "oidc_issuer_url")]
    pub oidc_groups_claim: Option<String>,
    /// What is put before names of groups
    #[arg(long, default_value = "", value_name = "PREFIX")]
    pub oidc_groups_prefix: String,
    /// The signature algorithms that are accepted
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "RS256",
        value_name = "ALGORITHMS"
    )]
    pub oidc_signing_algs: Vec<String>,
    /// A claim that must be there with this value; may be given several times
    #[arg(long, value_name = "CLAIM=VALUE", requires = "oidc_issuer_url")]
    pub oidc_required_claim: Vec<String>,
}

/// The tokens of service accounts.
#[derive(Args, Clone, Debug)]
pub struct ServiceAccountOptions {
    /// The issuer of service account tokens; of several, the first issues and all are accepted
    #[arg(long, default_value = knarr_apiserver::config::ISSUER, value_name = "URL")]
    pub service_account_issuer: Vec<String>,
    /// Keys that verify service account tokens; by default the one that signs them
    #[arg(long, value_name = "FILE")]
    pub service_account_key_file: Vec<PathBuf>,
    /// The key that signs service account tokens; by default the cluster's own
    #[arg(long, value_name = "FILE")]
    pub service_account_signing_key_file: Option<PathBuf>,
    /// The audiences that mean this server; by default the issuers
    #[arg(long, value_delimiter = ',', value_name = "AUDIENCES")]
    pub api_audiences: Vec<String>,
    /// The longest life of a service account token
    #[arg(long, value_parser = parse_duration, value_name = "DURATION")]
    pub service_account_max_token_expiration: Option<Duration>,
    /// Whether the tokens that are mounted into pods live a year, for programs that read them only once
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub service_account_extend_token_expiration: bool,
    /// Whether a token of a secret ends with the secret
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub service_account_lookup: bool,
    /// Where the keys are said to be published; by default at this server's own address
    #[arg(long, value_name = "URL")]
    pub service_account_jwks_uri: Option<String>,
}

/// What they may do.
#[derive(Args, Clone, Debug)]
pub struct AuthorizationOptions {
    /// The authorizers in the order in which they are asked: Node, RBAC, Webhook, AlwaysAllow, AlwaysDeny
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "Node,RBAC",
        value_name = "MODES"
    )]
    pub authorization_mode: Vec<String>,
    /// A kubeconfig file of the webhook that is asked what may be done
    #[arg(long, value_name = "FILE")]
    pub authorization_webhook_config_file: Option<PathBuf>,
    /// The version of SubjectAccessReview that the webhook is sent
    #[arg(long, default_value = "v1beta1", value_parser = ["v1", "v1beta1"], value_name = "VERSION")]
    pub authorization_webhook_version: String,
    /// How long it is remembered that the webhook has allowed something
    #[arg(long, default_value = "5m", value_parser = parse_duration, value_name = "DURATION")]
    pub authorization_webhook_cache_authorized_ttl: Duration,
    /// How long it is remembered that the webhook has not allowed something
    #[arg(long, default_value = "30s", value_parser = parse_duration, value_name = "DURATION")]
    pub authorization_webhook_cache_unauthorized_ttl: Duration,
    /// A file with an AuthorizationConfiguration, in place of the other flags; it is read again when it changes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["authorization_mode", "authorization_webhook_config_file"])]
    pub authorization_config: Option<PathBuf>,
}

impl AuthenticationOptions {
    /// Who signs client certificates, PEM.
    pub fn client_ca(&self, pki: &Pki) -> anyhow::Result<String> {
        match &self.client_ca_file {
            Some(file) => read(file),
            None => Ok(pki.ca_cert().to_owned()),
        }
    }

    /// Fills in what the flags say.
    pub fn apply(&self, config: &mut knarr_apiserver::Config, pki: &Pki) -> anyhow::Result<()> {
        config.anonymous = self.anonymous_auth;
        config.bootstrap_tokens = self.enable_bootstrap_token_auth;
        config.token_file = read_all(self.token_auth_file.as_ref())?;
        config.authentication_config = read_all(self.authentication_config.as_ref())?;
        config.service_accounts = self.service_account.settings(pki)?;
        config.oidc = self.oidc.flags()?;
        config.front_proxy = Some(self.request_header.settings(pki)?);
        let proxy = self.proxy_client.client(pki)?;
        config.proxy_client = Some(knarr_apiserver::config::ProxyClient {
            cert: proxy.cert,
            key: proxy.key,
        });
        config.token_webhook = self
            .authentication_token_webhook_config_file
            .as_ref()
            .map(|file| TokenWebhookConfig {
                file: file.clone(),
                settings: token_webhook::Settings {
                    version: self.authentication_token_webhook_version.clone(),
                    remembered_for: self.authentication_token_webhook_cache_ttl,
                },
            });
        Ok(())
    }
}

impl RequestHeaderOptions {
    /// Who signs the certificates of front proxies, PEM.
    pub fn client_ca(&self, pki: &Pki) -> anyhow::Result<String> {
        match &self.requestheader_client_ca_file {
            Some(file) => read(file),
            None => Ok(pki.front_proxy()?.ca_cert().to_owned()),
        }
    }

    fn settings(&self, pki: &Pki) -> anyhow::Result<front_proxy::Settings> {
        let mut allowed_names = self.requestheader_allowed_names.clone();
        if allowed_names.is_empty() && self.requestheader_client_ca_file.is_none() {
            allowed_names.push(crate::pki::FRONT_PROXY_CLIENT.user.to_owned());
        }
        Ok(front_proxy::Settings {
            allowed_names,
            ..self.of_authority(self.client_ca(pki)?)
        })
    }

    /// What the flags say of the proxies whose certificates this authority signs.
    pub fn of_authority(&self, client_ca: String) -> front_proxy::Settings {
        front_proxy::Settings {
            client_ca,
            allowed_names: self.requestheader_allowed_names.clone(),
            username_headers: self.requestheader_username_headers.clone(),
            uid_headers: self.requestheader_uid_headers.clone(),
            group_headers: self.requestheader_group_headers.clone(),
            extra_headers_prefix: self.requestheader_extra_headers_prefix.clone(),
        }
    }
}

impl ProxyClientOptions {
    /// The certificate by which extension servers know this one.
    pub fn client(&self, pki: &Pki) -> anyhow::Result<crate::pki::Pair> {
        match (&self.proxy_client_cert_file, &self.proxy_client_key_file) {
            (Some(cert), Some(key)) => Ok(crate::pki::Pair {
                cert: read(cert)?,
                key: read(key)?,
            }),
            _ => Ok(pki.front_proxy()?.client(crate::pki::FRONT_PROXY_CLIENT)?),
        }
    }
}

impl OidcOptions {
    fn flags(&self) -> anyhow::Result<Option<OidcFlags>> {
        let Some(issuer_url) = self.oidc_issuer_url.clone() else {
            return Ok(None);
        };
        Ok(Some(OidcFlags {
            issuer_url,
            client_id: self.oidc_client_id.clone().unwrap_or_default(),
            certificate_authority: read_all(self.oidc_ca_file.as_ref())?,
            username_claim: self.oidc_username_claim.clone(),
            username_prefix: self.oidc_username_prefix.clone(),
            groups_claim: self.oidc_groups_claim.clone(),
            groups_prefix: self.oidc_groups_prefix.clone(),
            signing_algorithms: self.oidc_signing_algs.clone(),
            required_claims: self.oidc_required_claim.clone(),
        }))
    }
}

impl ServiceAccountOptions {
    /// Upstream's bounds of `--service-account-max-token-expiration`.
    const MAXIMA: RangeInclusive<Duration> =
        Duration::from_secs(3600)..=Duration::from_secs(1 << 32);

    fn settings(&self, pki: &Pki) -> anyhow::Result<service_account::Settings> {
        // As upstream, none is said by zero.
        let max = self
            .service_account_max_token_expiration
            .filter(|max| !max.is_zero());
        if max.is_some_and(|max| !Self::MAXIMA.contains(&max)) {
            bail!(
                "the service-account-max-token-expiration must be between 1 hour and 2^32 seconds"
            );
        }
        self.check_addresses()?;
        let keys = self.service_account_key_file.iter().map(|file| read(file));
        let signing_key = match &self.service_account_signing_key_file {
            Some(file) => read(file)?,
            None => pki.service_account_key()?,
        };
        Ok(service_account::Settings {
            signing_key,
            keys: keys.collect::<anyhow::Result<_>>()?,
            issuers: self.service_account_issuer.clone(),
            audiences: self.api_audiences.clone(),
            max_seconds: max.map(|max| i64::try_from(max.as_secs()).unwrap_or(i64::MAX)),
            extend: self.service_account_extend_token_expiration,
            jwks_uri: self.service_account_jwks_uri.clone(),
            skips_lookup: !self.service_account_lookup,
        })
    }
}

impl ServiceAccountOptions {
    /// Whether issuers and the address of the keys are such as upstream takes, in its words.
    fn check_addresses(&self) -> anyhow::Result<()> {
        for (index, issuer) in self.service_account_issuer.iter().enumerate() {
            if issuer.contains(':')
                && let Some(why) = go_url::fault(issuer)
            {
                bail!(
                    "service-account-issuer {issuer:?} contained a ':' but was not a valid URL: {why}"
                );
            }
            ensure!(
                !issuer.is_empty(),
                "service-account-issuer should not be an empty string"
            );
            ensure!(
                !self.service_account_issuer[..index].contains(issuer),
                "service-account-issuer {issuer:?} is already specified"
            );
        }
        if let Some(uri) = &self.service_account_jwks_uri {
            if let Some(why) = go_url::fault(uri) {
                bail!("service-account-jwks-uri must be a valid URL: {why}");
            }
            ensure!(
                uri.starts_with("https://"),
                "service-account-jwks-uri requires https scheme, parsed as: {uri}"
            );
        }
        Ok(())
    }
}

impl AuthorizationOptions {
    /// Fills in what the flags say.
    pub fn apply(&self, config: &mut knarr_apiserver::Config) -> anyhow::Result<()> {
        config.authorization = match &self.authorization_config {
            Some(file) => knarr_apiserver::authorization::config::parse(&read(file)?)
                .with_context(|| file.display().to_string())?,
            None => AuthorizationFlags {
                modes: self.authorization_mode.clone(),
                webhook_file: self.authorization_webhook_config_file.clone(),
                webhook: authorization_webhook::Settings {
                    version: self.authorization_webhook_version.clone(),
                    allowed_for: self.authorization_webhook_cache_authorized_ttl,
                    refused_for: self.authorization_webhook_cache_unauthorized_ttl,
                    ..authorization_webhook::Settings::default()
                },
            }
            .chain()?,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::defaults;

    #[test]
    fn the_defaults_are_upstreams_or_kubeadms() {
        let (authentication, authorization) = (
            defaults::<AuthenticationOptions>(),
            defaults::<AuthorizationOptions>(),
        );
        assert_eq!(authorization.authorization_mode, ["Node", "RBAC"]);
        assert!(authentication.anonymous_auth && !authentication.enable_bootstrap_token_auth);
        assert_eq!(authentication.oidc.oidc_username_claim, "sub");
    }

    #[test]
    fn how_long_tokens_may_live_at_most_has_bounds() {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::open(dir.path()).unwrap();
        let fits = |seconds| {
            let options = ServiceAccountOptions {
                service_account_max_token_expiration: Some(Duration::from_secs(seconds)),
                ..defaults::<AuthenticationOptions>().service_account
            };
            options.settings(&pki).is_ok()
        };
        assert!(fits(3600) && fits(1 << 32) && fits(0));
        assert!(!fits(3599) && !fits((1 << 32) + 1));
    }

    #[test]
    fn issuers_are_such_as_upstream_takes() {
        let fault = |issuers: &[&str], jwks: Option<&str>| {
            let options = ServiceAccountOptions {
                service_account_issuer: issuers.iter().map(|one| (*one).to_owned()).collect(),
                service_account_jwks_uri: jwks.map(str::to_owned),
                ..defaults::<AuthenticationOptions>().service_account
            };
            let checked = options.check_addresses();
            checked.map_or_else(|error| error.to_string(), |()| String::new())
        };
        assert_eq!(fault(&["https://a", "b"], Some("https://a/keys")), "");
        for (issuers, jwks, expected) in [
            (
                ["http://[::1]:named", "b"],
                None,
                r#"service-account-issuer "http://[::1]:named" contained a ':' but was not a valid URL: parse "http://[::1]:named": invalid port ":named" after host"#,
            ),
            (
                ["a", ""],
                None,
                "service-account-issuer should not be an empty string",
            ),
            (
                ["a", "a"],
                None,
                r#"service-account-issuer "a" is already specified"#,
            ),
            (
                ["a", "b"],
                Some("http://a"),
                "service-account-jwks-uri requires https scheme, parsed as: http://a",
            ),
        ] {
            assert_eq!(fault(&issuers, jwks), expected);
        }
    }

    #[test]
    fn the_clusters_own_front_proxy_is_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::open(dir.path()).unwrap();
        let settings = defaults::<AuthenticationOptions>()
            .request_header
            .settings(&pki)
            .unwrap();
        assert_eq!(settings.allowed_names, ["front-proxy-client"]);
        assert_ne!(settings.client_ca, pki.ca_cert());
    }
}
