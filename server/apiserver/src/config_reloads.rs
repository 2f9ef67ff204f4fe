//! How often configuration files were read anew, and which is in use, under upstream's names. Servers and files are told by
//! their digests, as upstream tells them.

use jiff::Timestamp;
use knarr_component::metrics::{Counter, Definition, Gauge, Registry};
use sha2::{Digest, Sha256};

use crate::bootstrap::Identity;

const BY_RESULT: &[&str] = &["apiserver_id_hash", "status"];
const BY_DIGEST: &[&str] = &["apiserver_id_hash", "hash"];

/// A file that is read again when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    Authentication,
    Authorization,
    Encryption,
}

/// The figures of one file.
struct Figures {
    total: Definition,
    last: Definition,
    info: Definition,
}

static AUTHENTICATION: Figures = Figures {
    total: Definition::beta(
        "apiserver_authentication_config_controller_automatic_reloads_total",
        BY_RESULT,
        "Total number of automatic reloads of authentication configuration split by status and apiserver identity.",
    ),
    last: Definition::beta(
        "apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds",
        BY_RESULT,
        "Timestamp of the last automatic reload of authentication configuration split by status and apiserver identity.",
    ),
    info: Definition::alpha(
        "apiserver_authentication_config_controller_last_config_info",
        BY_DIGEST,
        "Information about the last applied authentication configuration with hash as label, split by apiserver identity.",
    ),
};
static AUTHORIZATION: Figures = Figures {
    total: Definition::beta(
        "apiserver_authorization_config_controller_automatic_reloads_total",
        BY_RESULT,
        "Total number of automatic reloads of authorization configuration split by status and apiserver identity.",
    ),
    last: Definition::beta(
        "apiserver_authorization_config_controller_automatic_reload_last_timestamp_seconds",
        BY_RESULT,
        "Timestamp of the last automatic reload of authorization configuration split by status and apiserver identity.",
    ),
    info: Definition::alpha(
        "apiserver_authorization_config_controller_last_config_info",
        BY_DIGEST,
        "Information about the last applied authorization configuration with hash as label, split by apiserver identity.",
    ),
};
static ENCRYPTION: Figures = Figures {
    total: Definition::alpha(
        "apiserver_encryption_config_controller_automatic_reloads_total",
        BY_RESULT,
        "Total number of reload successes and failures of encryption configuration split by apiserver identity.",
    ),
    last: Definition::alpha(
        "apiserver_encryption_config_controller_automatic_reload_last_timestamp_seconds",
        BY_RESULT,
        "Timestamp of the last successful or failed automatic reload of encryption configuration split by apiserver identity.",
    ),
    info: Definition::alpha(
        "apiserver_encryption_config_controller_last_config_info",
        BY_DIGEST,
        "Information about the last applied encryption configuration with hash as label, split by apiserver identity.",
    ),
};

/// Counts what becomes of one file.
pub struct ConfigReloads {
    server: String,
    total: Counter,
    last: Gauge,
    info: Gauge,
}

impl ConfigReloads {
    pub fn new(registry: &Registry, configuration: Configuration) -> Self {
        let figures = match configuration {
            Configuration::Authentication => &AUTHENTICATION,
            Configuration::Authorization => &AUTHORIZATION,
            Configuration::Encryption => &ENCRYPTION,
        };
        Self {
            server: digest(Identity::new().name()),
            total: registry.counter(&figures.total),
            last: registry.gauge(&figures.last),
            info: registry.gauge(&figures.info),
        }
    }

    /// What the file says is in use from the start.
    pub fn started(&self, text: &str) {
        self.info.set_alone(&[&self.server, &digest(text)], 1.0);
    }

    /// What the file says now is in use.
    pub fn succeeded(&self, text: &str) {
        self.add("success");
        self.started(text);
    }

    /// What became of what the file says now.
    pub fn count<T, E>(&self, text: &str, result: &Result<T, E>) {
        match result {
            Ok(_) => self.succeeded(text),
            Err(_) => self.failed(),
        }
    }

    /// What the file says now cannot be used.
    pub fn failed(&self) {
        self.add("failure");
    }

    fn add(&self, status: &str) {
        let labels = [self.server.as_str(), status];
        self.total.add(&labels, 1);
        self.last
            .set(&labels, Timestamp::now().as_duration().as_secs_f64());
    }
}

fn digest(text: &str) -> String {
    let bytes = Sha256::digest(text);
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{}", digits.concat())
}

#[cfg(test)]
mod tests {
    use knarr_component::metrics::Page;

    use super::*;

    #[test]
    fn what_is_read_anew_is_counted_and_one_digest_is_told() {
        let registry = Registry::default();
        let reloads = ConfigReloads::new(&registry, Configuration::Authentication);
        reloads.started("old");
        reloads.succeeded("new");
        reloads.failed();
        let mut page = Page::default();
        registry.write(&mut page);
        let name = "apiserver_authentication_config_controller";
        let of = |figure: &str| -> Vec<&str> {
            let begin = format!("{name}_{figure}{{");
            page.text()
                .lines()
                .filter(|line| line.starts_with(&begin))
                .collect()
        };
        let totals = of("automatic_reloads_total");
        assert!(totals[0].ends_with("status=\"failure\"} 1"), "{totals:?}");
        assert!(totals[1].ends_with("status=\"success\"} 1"), "{totals:?}");
        assert_eq!(of("automatic_reload_last_timestamp_seconds").len(), 2);
        // The digest of "new", by sha256sum.
        let expected =
            "hash=\"sha256:11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437\"} 1";
        let info = of("last_config_info");
        assert!(info.len() == 1 && info[0].ends_with(expected), "{info:?}");
    }
}
