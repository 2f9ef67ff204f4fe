//! Who signs the certificates of the node server's clients, as a file says it that others renew.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use knarr_client::delegated::Delegated;
use knarr_component::certificate::CertificateAuthenticator;

/// How often the file is looked at.
const INTERVAL: Duration = Duration::from_secs(60);

/// Reads the file again and again, until it is dropped. What cannot be used leaves things as they are. `used` is what
/// is trusted now.
pub(crate) async fn follow(file: PathBuf, mut used: String, delegated: Arc<Delegated>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        match look(&file, &used, &delegated).await {
            Ok(Some(new)) => {
                tracing::info!(file = %file.display(), "the clients' authority has changed");
                used = new;
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error, file = %file.display(), "the clients' authority stays as it is");
            }
        }
    }
}

/// What is trusted from now on; `None` when the file has not changed.
async fn look(file: &Path, used: &str, delegated: &Delegated) -> Result<Option<String>, String> {
    let read = tokio::fs::read_to_string(file).await;
    let pem = read.map_err(|error| error.to_string())?;
    if pem == used {
        return Ok(None);
    }
    let authority = CertificateAuthenticator::new(&pem).map_err(|error| error.to_string())?;
    delegated.trust(authority);
    Ok(Some(pem))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use knarr_client::delegated::Settings;
    use knarr_component::testing::{TestCa, der};
    use knarr_component::tls::PeerCertificates;

    use super::*;

    #[tokio::test]
    async fn who_signs_clients_certificates_is_read_again() {
        let (old, new) = (TestCa::new(), TestCa::new());
        let delegated = Delegated::new(Settings {
            tokens: None,
            reviews: None,
            anonymous: false,
            token_lifetime: Duration::ZERO,
            allowed_lifetime: Duration::ZERO,
            refused_lifetime: Duration::ZERO,
        });
        let (client, _) = new.client("jane", &[]);
        let peer = Arc::new(PeerCertificates::new(vec![der(&client)]));
        let knows = async || {
            let user = delegated
                .authenticate(&mut HeaderMap::new(), Some(&peer))
                .await;
            user.is_ok_and(|user| user.is_some_and(|user| user.name == "jane"))
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.crt");
        std::fs::write(&file, &old.cert).unwrap();
        let used = look(&file, "", &delegated).await.unwrap().unwrap();
        assert!(!knows().await);
        assert_eq!(look(&file, &used, &delegated).await, Ok(None));
        std::fs::write(&file, "garbage").unwrap();
        assert!(look(&file, &used, &delegated).await.is_err());
        std::fs::write(&file, &new.cert).unwrap();
        assert!(look(&file, &used, &delegated).await.unwrap().is_some());
        assert!(knows().await);
    }
}
