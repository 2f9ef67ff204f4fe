//! Which TLS and HTTP a server speaks, by upstream's flags.

use clap::Args;
use knarr_component::protocols::Protocols;

/// See the module.
#[derive(Args, Clone, Debug)]
pub struct ProtocolOptions {
    /// The oldest version of TLS that is spoken: VersionTLS12 or VersionTLS13; by default VersionTLS12
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "VERSION"
    )]
    tls_min_version: String,
    /// The cipher suites of TLS 1.2 that are spoken, by Go's names, as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; by default
    /// all that are safe. Those of TLS 1.3 cannot be chosen
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    tls_cipher_suites: Vec<String>,
    /// How many streams a client may have on one HTTP/2 connection; 0 for the default, 250
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    http2_max_streams_per_connection: u32,
    /// Speak HTTP/1.1 alone
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    disable_http2_serving: bool,
}

impl ProtocolOptions {
    /// What is spoken.
    pub fn protocols(&self) -> anyhow::Result<Protocols> {
        let mut protocols = Protocols::default();
        protocols.http2 = !self.disable_http2_serving;
        protocols.set_min_version(&self.tls_min_version)?;
        let names = self.tls_cipher_suites.iter().map(|name| name.trim());
        let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        for name in protocols.set_suites(&names)? {
            tracing::warn!(name, "a suite of --tls-cipher-suites is not spoken here");
        }
        if self.http2_max_streams_per_connection > 0 {
            protocols.max_streams = self.http2_max_streams_per_connection;
        }
        Ok(protocols)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::defaults;

    #[test]
    fn flags_say_what_is_spoken() {
        let mut options: ProtocolOptions = defaults();
        let usual = options.protocols().unwrap();
        assert_eq!((usual.http2, usual.max_streams), (true, 250));
        options.http2_max_streams_per_connection = 9;
        options.disable_http2_serving = true;
        let told = options.protocols().unwrap();
        assert_eq!((told.http2, told.max_streams), (false, 9));
        options.tls_min_version = "1.3".to_owned();
        let error = options.protocols().unwrap_err().to_string();
        assert_eq!(error, "unknown tls version \"1.3\"");
    }
}
