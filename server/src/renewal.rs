//! Keeps what the API server shows and trusts fresh while it runs: our own certificates are made anew before they end,
//! files that others renew are read again, and the server takes the new ones over without a restart.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use knarr_apiserver::config_reloads::Configuration;
use knarr_apiserver::tls::ServingCertificate;
use knarr_apiserver::{ApiServer, KubeletClient, Reload};
use knarr_component::machine;
use tokio_util::sync::CancellationToken;

use crate::auth_options::read;
use crate::causes;
use crate::control_plane::{access, serving_certificate};
use crate::kubeconfig::{self, Access};
use crate::options::ApiServerOptions;
use crate::pki::{self, Pair, Pki};

/// How often it is looked.
const INTERVAL: Duration = Duration::from_secs(60);

/// Something that is renewed, as it is now.
#[derive(Clone, Debug, PartialEq)]
enum Content {
    /// How the server shows itself.
    Serving(Pair),
    /// What the server takes over as it is.
    Server(Reload),
    /// A kubeconfig file in the data directory, named as what it is for.
    Kubeconfig(Access),
}

/// By what it is for.
type Named = (&'static str, anyhow::Result<Content>);
type OfAuthority = fn(&ApiServerOptions, &Pki) -> anyhow::Result<Content>;
type OfFile = fn(&ApiServerOptions) -> anyhow::Result<Option<Content>>;

/// What the cluster's authority signs, or files in its place hold.
const CERTIFICATES: &[(&str, OfAuthority)] = &[
    ("the serving certificate", |options, pki| {
        serving_certificate(options, pki).map(Content::Serving)
    }),
    ("the client certificate for kubelets", |options, pki| {
        let client = options.serving.kubelet.kubelet_client(pki)?;
        Ok(Content::Server(Reload::KubeletClient(client)))
    }),
    ("the client CA", |options, pki| {
        let ca = options.authentication.client_ca(pki)?;
        Ok(Content::Server(Reload::ClientCa(ca)))
    }),
    ("the front proxies' CA", |options, pki| {
        let ca = options.authentication.request_header.client_ca(pki)?;
        Ok(Content::Server(Reload::RequestHeaderCa(ca)))
    }),
    ("the proxy client certificate", |options, pki| {
        let Pair { cert, key } = options.authentication.proxy_client.client(pki)?;
        Ok(Content::Server(Reload::ProxyClient { cert, key }))
    }),
    ("node.kubeconfig", |options, pki| {
        let client = pki.node_client(&machine::name())?;
        Ok(Content::Kubeconfig(access(options, pki, client)))
    }),
    ("admin.kubeconfig", |options, pki| {
        own_kubeconfig(options, pki, pki::ADMIN)
    }),
    ("controller-manager.kubeconfig", |options, pki| {
        own_kubeconfig(options, pki, pki::CONTROLLER_MANAGER)
    }),
    ("scheduler.kubeconfig", |options, pki| {
        own_kubeconfig(options, pki, pki::SCHEDULER)
    }),
    ("proxy.kubeconfig", |options, pki| {
        own_kubeconfig(options, pki, pki::PROXY)
    }),
];

const AUTHENTICATION: &str = "the authentication configuration";
const AUTHORIZATION: &str = "the authorization configuration";

/// What files say that have nothing to do with the cluster's authority.
const FILES: &[(&str, OfFile)] = &[
    (AUTHENTICATION, |options| {
        let file = options.authentication.authentication_config.as_ref();
        let text = file.map(|file| read(file)).transpose()?;
        Ok(text.map(|text| Content::Server(Reload::Authentication(text))))
    }),
    (AUTHORIZATION, |options| {
        let file = options.authorization.authorization_config.as_ref();
        let text = file.map(|file| read(file)).transpose()?;
        Ok(text.map(|text| Content::Server(Reload::Authorization(text))))
    }),
];

fn own_kubeconfig(
    options: &ApiServerOptions,
    pki: &Pki,
    identity: pki::Identity,
) -> anyhow::Result<Content> {
    let client = pki.client(identity)?;
    Ok(Content::Kubeconfig(access(options, pki, client)))
}

/// All of it; what cannot be read does not keep the rest.
fn contents(options: &ApiServerOptions, pki: &Pki) -> Vec<Named> {
    let signed = CERTIFICATES
        .iter()
        .map(|(what, read)| (*what, read(options, pki)));
    signed.chain(files(options)).collect()
}

fn files(options: &ApiServerOptions) -> impl Iterator<Item = Named> {
    FILES
        .iter()
        .filter_map(move |(what, read)| Some((*what, read(options).transpose()?)))
}

/// What is in use, by what it is for.
#[derive(Default)]
struct Used(HashMap<&'static str, Content>);

impl Used {
    /// Puts to use what is not yet in use. What fails is not noted, and so is tried again the next time.
    fn renew(
        &mut self,
        (what, now): Named,
        apply: impl FnOnce(&'static str, &Content) -> anyhow::Result<()>,
    ) {
        let done = now.and_then(|now| {
            if self.0.get(what) != Some(&now) {
                apply(what, &now)?;
                tracing::info!(what, "changed, and is used from now on");
                self.0.insert(what, now);
            }
            Ok(())
        });
        if let Err(error) = done {
            tracing::warn!(what, error = causes::line(&error), "stays as it is");
        }
    }
}

/// See the module.
pub struct Renewal {
    options: ApiServerOptions,
    api: ApiServer,
    serving: Arc<ServingCertificate>,
    used: Used,
}

impl Renewal {
    /// Notes what is in use now, and writes the kubeconfig files. Whatever cannot be read or written is an error.
    pub fn new(
        options: ApiServerOptions,
        pki: &Pki,
        api: ApiServer,
        serving: Arc<ServingCertificate>,
    ) -> anyhow::Result<Self> {
        let mut used = Used::default();
        for (what, now) in contents(&options, pki) {
            let now = now.context(what)?;
            if let Content::Kubeconfig(access) = &now {
                write_kubeconfig(&options, what, access)?;
            }
            if let Content::Server(content) = &now {
                api.started_with(content);
            }
            used.0.insert(what, now);
        }
        Ok(Self {
            options,
            api,
            serving,
            used,
        })
    }

    /// Looks again and again, until cancelled.
    pub async fn run(self, cancel: CancellationToken) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.tick().await;
        let mut own = self;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = cancel.cancelled() => return,
            }
            // Files are read and written, and keys are made.
            let look = tokio::task::spawn_blocking(move || {
                own.look();
                own
            });
            own = match look.await {
                Ok(own) => own,
                Err(error) => {
                    tracing::error!(%error, "certificates and configuration are not renewed any more");
                    return;
                }
            };
        }
    }

    /// Reads everything once, which renews what is near its end, and puts to use what changed.
    fn look(&mut self) {
        let all = match Pki::open(&self.options.data_dir.join("pki")) {
            Ok(pki) => contents(&self.options, &pki),
            Err(error) => {
                let broken = ("the certificate authority", Err(error.into()));
                std::iter::once(broken)
                    .chain(files(&self.options))
                    .collect()
            }
        };
        let (options, api, serving) = (&self.options, &self.api, &self.serving);
        for named in all {
            match named {
                (AUTHENTICATION, Err(_)) => api.reload_failed(Configuration::Authentication),
                (AUTHORIZATION, Err(_)) => api.reload_failed(Configuration::Authorization),
                _ => {}
            }
            self.used.renew(named, |what, now| match now {
                Content::Serving(Pair { cert, key }) => Ok(serving.replace(cert, key)?),
                Content::Server(change) => Ok(api.reload(change.clone())?),
                Content::Kubeconfig(access) => write_kubeconfig(options, what, access),
            });
        }
    }
}

/// Writes a kubeconfig for a component that may run on this machine.
fn write_kubeconfig(options: &ApiServerOptions, name: &str, access: &Access) -> anyhow::Result<()> {
    let file = options.data_dir.join("kubeconfig").join(name);
    Ok(kubeconfig::write(&file, access)?)
}

impl crate::apiserver_options::KubeletOptions {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        api: ApiServerOptions,
    }

    fn serving(cert: &str, key: &str) -> Content {
        let (cert, key) = (cert.to_owned(), key.to_owned());
        Content::Serving(Pair { cert, key })
    }

    #[test]
    fn what_could_not_be_put_to_use_is_tried_again() {
        let (mut used, mut tried) = (Used::default(), Vec::new());
        let mut renew = |content: Content, works: bool| {
            used.renew(("it", Ok(content)), |_, now| {
                tried.push(now.clone());
                if works {
                    Ok(())
                } else {
                    Err(anyhow::anyhow!("the key is another's"))
                }
            });
        };
        renew(serving("new", "old"), false);
        renew(serving("new", "old"), false);
        renew(serving("new", "new"), true);
        renew(serving("new", "new"), true);
        let (halfway, whole) = (serving("new", "old"), serving("new", "new"));
        assert_eq!(tried, [halfway.clone(), halfway, whole]);
    }

    #[test]
    fn what_cannot_be_read_does_not_keep_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name).display().to_string();
        fs::write(place("policy"), "one").unwrap();
        let options = Flags::parse_from([
            "knarr",
            "--data-dir",
            &place(""),
            "--tls-cert-file",
            &place("missing"),
            "--tls-private-key-file",
            &place("missing"),
            "--authorization-config",
            &place("policy"),
        ])
        .api;
        let pki = Pki::open(&options.data_dir.join("pki")).unwrap();
        let all = contents(&options, &pki);
        let failed: Vec<&str> = all
            .iter()
            .filter(|(_, now)| now.is_err())
            .map(|(what, _)| *what)
            .collect();
        assert_eq!(failed, ["the serving certificate"]);
        let (what, policy) = all.into_iter().next_back().unwrap();
        assert_eq!(what, "the authorization configuration");
        let expected = Reload::Authorization("one".to_owned());
        assert_eq!(policy.unwrap(), Content::Server(expected));
    }
}
