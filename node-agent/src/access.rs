//! What a node is told on the command line about who may use the kubelet's server. Names and meanings are the kubelet's
//! (<https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/>); the defaults are those of kubeadm.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};
use knarr_api::duration;
use knarr_kubelet::Access;

/// Upstream's port of the kubelet's health.
const HEALTHZ_PORT: u16 = 10248;

/// Go's form of a duration, as `1h30m`.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let parsed = duration::parse(text).map_err(|error| error.to_string())?;
    Duration::try_from(parsed).map_err(|error| error.to_string())
}

/// Who decides what clients of the kubelet's server may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "verbatim")]
pub enum Mode {
    AlwaysAllow,
    Webhook,
}

/// Who may use the kubelet's server.
#[derive(Args, Clone, Debug)]
pub struct AccessOptions {
    /// Whether clients that show nothing are heard, as system:anonymous
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", action = ArgAction::Set, value_name = "BOOL")]
    anonymous_auth: bool,
    /// Whether the API server is asked whose a token is
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", action = ArgAction::Set, value_name = "BOOL")]
    authentication_token_webhook: bool,
    /// How long answers about tokens are remembered
    #[arg(long, default_value = "2m", value_parser = parse_duration, value_name = "DURATION")]
    authentication_token_webhook_cache_ttl: Duration,
    /// Who decides what clients may: with Webhook the API server is asked
    #[arg(long, default_value = "Webhook", value_name = "MODE")]
    authorization_mode: Mode,
    /// How long it is remembered what clients may
    #[arg(long, default_value = "5m", value_parser = parse_duration, value_name = "DURATION")]
    authorization_webhook_cache_authorized_ttl: Duration,
    /// How long it is remembered what clients may not
    #[arg(long, default_value = "30s", value_parser = parse_duration, value_name = "DURATION")]
    authorization_webhook_cache_unauthorized_ttl: Duration,
    /// The address on which the kubelet's health is served, without TLS
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "IP")]
    healthz_bind_address: IpAddr,
    /// The port on which the kubelet's health is served, without TLS; 0 for none
    #[arg(long, default_value_t = HEALTHZ_PORT, value_name = "PORT")]
    healthz_port: u16,
}

impl AccessOptions {
    /// What the kubelet is told.
    pub fn access(&self) -> Access {
        Access {
            anonymous: self.anonymous_auth,
            tokens: self.authentication_token_webhook,
            reviews: self.authorization_mode == Mode::Webhook,
            token_lifetime: self.authentication_token_webhook_cache_ttl,
            allowed_lifetime: self.authorization_webhook_cache_authorized_ttl,
            refused_lifetime: self.authorization_webhook_cache_unauthorized_ttl,
        }
    }

    /// Where its health is served.
    pub fn healthz(&self) -> Option<SocketAddr> {
        let address = SocketAddr::new(self.healthz_bind_address, self.healthz_port);
        (self.healthz_port > 0).then_some(address)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Parsed {
        #[command(flatten)]
        options: AccessOptions,
    }

    #[test]
    fn by_default_a_kubelet_is_as_kubeadm_sets_it_up() {
        let parse = |flags: &[&str]| {
            let all = ["x"].iter().chain(flags);
            Parsed::parse_from(all).options
        };
        let usual = parse(&[]);
        assert_eq!(
            format!("{:?}", usual.access()),
            format!("{:?}", Access::default())
        );
        assert_eq!(usual.healthz().unwrap().to_string(), "127.0.0.1:10248");
        let open = parse(&[
            "--anonymous-auth",
            "--authorization-mode=AlwaysAllow",
            "--healthz-port=0",
        ]);
        assert!(open.access().anonymous && !open.access().reviews);
        assert_eq!(open.healthz(), None);
    }
}
