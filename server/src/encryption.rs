//! Encryption at rest: the configuration file, which resource a storage key belongs to, and reading the file again when
//! it changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use knarr_api::kinds;
use knarr_apiserver::config_reloads::{ConfigReloads, Configuration};
use knarr_component::metrics::Registry;
use knarr_storage::encryption::ResourceOf;
use knarr_storage::{EncryptedStore, Encryption, EncryptionConfig, Store};
use tokio_util::sync::CancellationToken;

use crate::causes;

/// How often the file is looked at for changes.
const RELOAD_INTERVAL: Duration = Duration::from_secs(10);

/// Encryption at rest.
#[derive(Args, Clone, Debug, Default)]
pub struct EncryptionOptions {
    /// A file with an EncryptionConfiguration: which resources are encrypted in the store, with which keys
    #[arg(long, value_name = "FILE")]
    pub encryption_provider_config: Option<PathBuf>,
    /// Use the file of --encryption-provider-config anew whenever it changes
    #[arg(long, requires = "encryption_provider_config")]
    pub encryption_provider_config_automatic_reload: bool,
}

impl EncryptionOptions {
    /// Puts encryption before a store whose keys stand below `prefix`, if it is asked for. The answer's task reads the
    /// file again when it changes.
    pub fn apply(
        &self,
        store: Arc<dyn Store>,
        prefix: &str,
        registry: &Registry,
    ) -> anyhow::Result<(Arc<dyn Store>, Option<Reloader>)> {
        let Some(file) = &self.encryption_provider_config else {
            return Ok((store, None));
        };
        let (text, config) = read(file)?;
        let encryption = Encryption::new(config, resources()).below(prefix);
        let reloader = Reloader {
            file: file.clone(),
            text,
            encryption: encryption.clone(),
            reloads: ConfigReloads::new(registry, Configuration::Encryption),
        };
        reloader.reloads.started(&reloader.text);
        let store = Arc::new(EncryptedStore::new(store, encryption));
        let reloads = self.encryption_provider_config_automatic_reload;
        Ok((store, reloads.then_some(reloader)))
    }
}

fn read(file: &Path) -> anyhow::Result<(String, EncryptionConfig)> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let config = EncryptionConfig::parse(&text).with_context(|| file.display().to_string())?;
    Ok((text, config))
}

/// Reads the configuration file again when it has changed.
pub struct Reloader {
    file: PathBuf,
    text: String,
    encryption: Encryption,
    reloads: ConfigReloads,
}

impl Reloader {
    pub async fn run(mut self, cancel: CancellationToken) {
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(RELOAD_INTERVAL) => self.look(),
            }
        }
    }

    /// A file that can't be used leaves the keys as they are.
    fn look(&mut self) {
        match read(&self.file) {
            Ok((text, _)) if text == self.text => {}
            Ok((text, config)) => {
                tracing::info!(file = %self.file.display(), "the encryption keys have changed");
                self.encryption.reload(config);
                self.reloads.succeeded(&text);
                self.text = text;
            }
            Err(error) => {
                self.reloads.failed();
                let why = causes::line(&error);
                tracing::error!("the encryption keys stay as they are: {why}");
            }
        }
    }
}

/// From the key to the resource as an EncryptionConfiguration names it.
fn resources() -> ResourceOf {
    Arc::new(|key| kinds::of_storage_key(key).map(|(group, plural)| resource(group, plural)))
}

fn resource(group: &str, plural: &str) -> String {
    if group.is_empty() {
        plural.to_owned()
    } else {
        format!("{plural}.{group}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_belong_to_resources() {
        let of = resources();
        let check = |key: &str, expected: Option<&str>| {
            assert_eq!(of(key).as_deref(), expected, "{key}");
        };
        check("/registry/secrets/default/a", Some("secrets"));
        check("/registry/deployments/default/a", Some("deployments.apps"));
        check("/registry/services/specs/default/a", Some("services"));
        check("/registry/minions/a", Some("nodes"));
        check(
            "/registry/example.com/widgets/default/a",
            Some("widgets.example.com"),
        );
        check("/registry/unknown/default/a", None);
        check("/elsewhere/secrets/a", None);
    }
}
