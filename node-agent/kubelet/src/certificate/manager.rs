//! Asks for a new certificate before the one that is in use ends, for as long as the node runs.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::sign::CertifiedKey;
use tokio::sync::watch;

use super::store::Usable;
use super::{Error, Store, Wanted, request};

/// First and longest wait after a request that came to nothing, as upstream.
const RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(256));
/// How long is slept at most: the clock of the machine may be set, and a machine may have been suspended.
const NAP: Duration = Duration::from_secs(60);

/// Keeps one certificate fresh.
#[derive(Clone, Debug)]
pub struct Manager {
    /// Where it is kept.
    pub store: Store,
    /// What is asked for.
    pub wanted: Wanted,
}

/// The certificate that is shown to peers; `None` while there is none.
pub type Shown = watch::Sender<Option<Arc<CertifiedKey>>>;

impl Manager {
    /// Runs until dropped; tells the certificate that is there already, and each new one.
    pub async fn run(self, client: kube::Client, shown: Shown) {
        let mut current = self.known();
        loop {
            if let Some(usable) = current {
                shown.send_replace(Some(usable.shown));
                let at = rotate_at(usable.from, usable.until, rand::random());
                sleep_until(at).await;
            }
            current = Some(self.rotate(&client).await);
        }
    }

    /// The certificate of an earlier run, if it is still good.
    fn known(&self) -> Option<Usable> {
        match self.store.current() {
            Ok(current) => current.filter(|usable| !usable.has_ended()),
            Err(error) => {
                tracing::warn!(%error, "a new certificate is asked for");
                None
            }
        }
    }

    async fn rotate(&self, client: &kube::Client) -> Usable {
        let signer = self.wanted.signer;
        let mut wait = RETRY.0;
        loop {
            tracing::info!(signer, "asking for a certificate");
            match self.once(client).await {
                Ok(usable) => {
                    tracing::info!(signer, "there is a new certificate");
                    return usable;
                }
                Err(error) => tracing::warn!(signer, %error, "no new certificate"),
            }
            tokio::time::sleep(wait.mul_f64(rand::random_range(1.0..1.1))).await;
            wait = (wait * 2).min(RETRY.1);
        }
    }

    async fn once(&self, client: &kube::Client) -> Result<Usable, Error> {
        let pair = request::ask(client, &self.wanted).await?;
        self.store.update(&pair)
    }
}

/// When a new certificate is asked for: after 70 to 90 % of the life of this one, so that not all nodes ask at once.
fn rotate_at(from: i64, until: i64, random: f64) -> i64 {
    let life = (until - from) as f64;
    from + (life * (0.7 + 0.2 * random)).round() as i64
}

async fn sleep_until(time: i64) {
    loop {
        let left = time - Timestamp::now().as_second();
        match u64::try_from(left) {
            Ok(0) | Err(_) => return,
            Ok(seconds) => tokio::time::sleep(Duration::from_secs(seconds).min(NAP)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_replaced_before_it_ends() {
        let at = |random| rotate_at(1000, 2000, random);
        assert_eq!([at(0.0), at(0.5), at(1.0)], [1700, 1800, 1900]);
    }
}
