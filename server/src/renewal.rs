//! Keeps what the API server shows and trusts fresh while it runs: our own certificates are made anew before they end,
//! files that others renew are read again, and the server takes the new ones over without a restart.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use knarr_apiserver::tls::ServingCertificate;
use knarr_apiserver::{ApiServer, KubeletClient, Reload};
use tokio_util::sync::CancellationToken;

use crate::auth_options::read;
use crate::control_plane::{serving_certificate, write_kubeconfig};
use crate::options::ApiServerOptions;
use crate::pki::{self, Pair, Pki};

/// How often it is looked.
const INTERVAL: Duration = Duration::from_secs(60);

/// The identities whose kubeconfig files lie in the data directory.
const KUBECONFIGS: &[pki::Identity] = &[
    pki::ADMIN,
    pki::CONTROLLER_MANAGER,
    pki::SCHEDULER,
    pki::PROXY,
];

/// See the module.
pub struct Renewal {
    options: ApiServerOptions,
    api: ApiServer,
    serving: Arc<ServingCertificate>,
    /// What was last read, by what it is for.
    last: HashMap<String, String>,
}

impl Renewal {
    /// Notes what is in use now.
    pub fn new(
        options: ApiServerOptions,
        api: ApiServer,
        serving: Arc<ServingCertificate>,
    ) -> Self {
        let mut own = Self {
            options,
            api,
            serving,
            last: HashMap::new(),
        };
        own.look(false);
        own
    }

    /// Looks again and again, until cancelled.
    pub async fn run(mut self, cancel: CancellationToken) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.tick().await;
        loop {
            tokio::select! {
                _ = ticks.tick() => self.look(true),
                () = cancel.cancelled() => return,
            }
        }
    }

    /// Renews and reads everything once; what changed is put to use. What cannot be read stays as it was.
    pub fn look(&mut self, apply: bool) {
        let attempts = [
            self.certificates(apply),
            self.files(apply),
            self.kubeconfigs(apply),
        ];
        for error in attempts.into_iter().filter_map(Result::err) {
            tracing::warn!(
                error = format!("{error:#}"),
                "certificates and configuration stay as they are"
            );
        }
    }

    /// Whether this is new, and not the first that is seen.
    fn changed(&mut self, what: &str, now: &str, apply: bool) -> bool {
        let old = self.last.insert(what.to_owned(), now.to_owned());
        let changed = apply && old.as_deref() != Some(now);
        if changed {
            tracing::info!(what, "changed, and is used from now on");
        }
        changed
    }

    fn certificates(&mut self, apply: bool) -> anyhow::Result<()> {
        let options = self.options.clone();
        let pki = Pki::open(&options.data_dir.join("pki"))?;
        let serving = serving_certificate(&options, &pki)?;
        if self.changed("the serving certificate", &serving.cert, apply) {
            self.serving.replace(&serving.cert, &serving.key)?;
        }
        let kubelet = options.serving.kubelet_client(&pki)?;
        if self.changed("the client certificate for kubelets", &kubelet.cert, apply) {
            self.api.reload(Reload::KubeletClient(kubelet))?;
        }
        let client_ca = options.authentication.client_ca(&pki)?;
        if self.changed("the client CA", &client_ca, apply) {
            self.api.reload(Reload::ClientCa(client_ca))?;
        }
        let header = &options.authentication.request_header;
        let proxies = header.client_ca(&pki)?;
        if self.changed("the front proxies' CA", &proxies, apply) {
            self.api.reload(Reload::RequestHeaderCa(proxies))?;
        }
        let Pair { cert, key } = header.client(&pki)?;
        if self.changed("the proxy client certificate", &cert, apply) {
            self.api.reload(Reload::ProxyClient { cert, key })?;
        }
        Ok(())
    }

    fn files(&mut self, apply: bool) -> anyhow::Result<()> {
        if let Some(file) = self.options.authentication.authentication_config.clone() {
            let text = read(&file)?;
            if self.changed("the authentication configuration", &text, apply) {
                self.api.reload(Reload::Authentication(text))?;
            }
        }
        if let Some(file) = self.options.authorization.authorization_config.clone() {
            let text = read(&file)?;
            if self.changed("the authorization configuration", &text, apply) {
                self.api.reload(Reload::Authorization(text))?;
            }
        }
        Ok(())
    }

    fn kubeconfigs(&mut self, apply: bool) -> anyhow::Result<()> {
        let pki = Pki::open(&self.options.data_dir.join("pki"))?;
        let node = crate::options::host_name();
        let mut all = vec![("node".to_owned(), pki.node_client(&node)?)];
        for identity in KUBECONFIGS {
            all.push((identity.file.to_owned(), pki.client(*identity)?));
        }
        for (name, client) in all {
            let what = format!("{name}.kubeconfig");
            if self.changed(&what, &client.cert.clone(), apply) || !apply {
                write_kubeconfig(&self.options, &pki, &name, client)?;
            }
        }
        Ok(())
    }
}

impl crate::options::ServingOptions {
    /// How the API server shows itself to kubelets.
    pub fn kubelet_client(&self, pki: &Pki) -> anyhow::Result<KubeletClient> {
        let Pair { cert, key } = match (&self.kubelet_client_certificate, &self.kubelet_client_key)
        {
            (Some(cert), Some(key)) => Pair {
                cert: read(cert)?,
                key: read(key)?,
            },
            _ => pki.client(pki::KUBELET_CLIENT)?,
        };
        let ca = self.kubelet_certificate_authority.as_deref().map(read);
        Ok(KubeletClient {
            cert,
            key,
            ca: ca.transpose()?,
        })
    }
}
