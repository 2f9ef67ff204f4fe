//! Files from anywhere on the web, which know nothing of clusters and users: `-f https://…`.

use super::{built, failure::unreachable_server, http_client, proxy};
use crate::{
    error::Result,
    kubeconfig::{Credentials, Resolved},
};
use std::time::Duration;

/// How often a server that fails is asked, and how long it has to recover.
const ATTEMPTS: usize = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// What a web server answered.
pub struct Download {
    pub code: u16,
    /// The words behind the code, as the server has them.
    pub reason: String,
    pub content: Vec<u8>,
}

/// Reads a URL. A server that can't be reached or says that it failed is asked again.
pub async fn download(url: &str) -> Result<Download> {
    let resolved = Resolved {
        server: url.to_owned(),
        ..Resolved::default()
    };
    let http = built(http_client(
        &resolved,
        &Credentials::default(),
        true,
        &[b"h2", b"http/1.1"],
    )?)?;
    let mut attempt = 1;
    loop {
        let answer = once(&http, url).await;
        let failed = answer.as_ref().map_or(true, |answer| answer.code >= 500);
        if !failed || attempt == ATTEMPTS {
            let proxy = proxy::for_server(&resolved);
            return answer.map_err(|error| {
                unreachable_server(&http::Method::GET, url, proxy.as_deref(), &error)
            });
        }
        tokio::time::sleep(PAUSE).await;
        attempt += 1;
    }
}

async fn once(http: &reqwest::Client, url: &str) -> reqwest::Result<Download> {
    let response = http.get(url).send().await?;
    let status = response.status();
    let own_words = response.extensions().get::<hyper::ext::ReasonPhrase>();
    let reason = match own_words {
        Some(words) => String::from_utf8_lossy(words.as_bytes()).into_owned(),
        None => status.canonical_reason().unwrap_or_default().to_owned(),
    };
    Ok(Download {
        code: status.as_u16(),
        reason,
        content: response.bytes().await?.to_vec(),
    })
}
