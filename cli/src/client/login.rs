//! As whom requests are sent, and over which connections: both change when credentials do.

use super::{Client, built, http_client};
use crate::{
    error::{Error, Result},
    kubeconfig::Credentials,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use std::{
    cell::{Cell, OnceCell},
    rc::Rc,
    time::Duration,
};

/// Credentials in use.
pub(super) struct Login {
    credentials: Credentials,
    fetched: Timestamp,
    /// Whether the server did not accept them.
    refused: Cell<bool>,
    /// What every request carries.
    pub headers: HeaderMap,
    pub http: reqwest::Client,
    /// For what becomes another protocol: HTTP/1.1 only.
    upgrading: OnceCell<reqwest::Client>,
}

impl Client {
    /// The login of now: the last one, or another when its credentials have ended or were refused and there may be
    /// others.
    pub(super) fn login(&self) -> Result<Rc<Login>> {
        let now = Timestamp::now();
        let last = self.shared.login.borrow().clone();
        if let Some(last) = &last
            && !last.refused.get()
            && !self
                .shared
                .resolved
                .source
                .is_stale(&last.credentials, last.fetched, now)
        {
            return Ok(last.clone());
        }
        let credentials = self
            .shared
            .resolved
            .fetch_credentials(last.as_ref().map(|last| &last.credentials))?;
        let same_certificate = last
            .as_ref()
            .filter(|last| last.credentials.certificate == credentials.certificate);
        let (http, upgrading) = match same_certificate {
            Some(last) => (last.http.clone(), last.upgrading.clone()),
            None => (self.connections(&credentials)?, OnceCell::new()),
        };
        let login = Rc::new(Login {
            headers: self.headers_of(&credentials)?,
            credentials,
            fetched: now,
            refused: Cell::new(false),
            http,
            upgrading,
        });
        *self.shared.login.borrow_mut() = Some(login.clone());
        Ok(login)
    }

    /// Refuses what no connection can be made with before anything is asked, as client-go does.
    pub fn check(&self) -> Result<()> {
        let resolved = &self.shared.resolved;
        if resolved.has_plugin()? {
            // Its credentials come with the first request.
            return Ok(());
        }
        self.login().map(drop).map_err(|error| match error {
            Error::Connection { cause, .. } => Error::Message(cause),
            other => other,
        })
    }

    /// Connections for requests that are answered.
    fn connections(&self, credentials: &Credentials) -> Result<reqwest::Client> {
        let protocols: &[&[u8]] = &[b"h2", b"http/1.1"];
        built(http_client(
            &self.shared.resolved,
            credentials,
            self.shared.compresses,
            protocols,
        )?)
    }

    fn headers_of(&self, credentials: &Credentials) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        if let Some(mut value) = authorization(credentials)? {
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        headers.extend(self.shared.headers.clone());
        Ok(headers)
    }

    /// Has the system look after upgraded connections on which nothing happens; zero: not at all.
    pub fn keep_upgraded_alive(&self, period: Duration) {
        self.shared.keepalive.set(Some(period));
    }
}

impl Login {
    /// Takes note of what the server thinks of the credentials; upstream does not ask again for the same request.
    pub fn note(&self, status: StatusCode) {
        if status == StatusCode::UNAUTHORIZED {
            self.refused.set(true);
        }
    }

    /// Connections for upgrades, made when first asked for.
    pub fn upgrading(&self, client: &Client) -> Result<&reqwest::Client> {
        if let Some(upgrading) = self.upgrading.get() {
            return Ok(upgrading);
        }
        let shared = &client.shared;
        let mut builder = http_client(
            &shared.resolved,
            &self.credentials,
            shared.compresses,
            &[b"http/1.1"],
        )?;
        if let Some(period) = shared.keepalive.get() {
            builder = builder.tcp_keepalive((!period.is_zero()).then_some(period));
        }
        let upgrading = built(builder)?;
        Ok(self.upgrading.get_or_init(|| upgrading))
    }
}

fn authorization(credentials: &Credentials) -> Result<Option<HeaderValue>> {
    let text = match (&credentials.token, &credentials.basic) {
        (Some(token), _) => format!("Bearer {token}"),
        (None, Some((user, password))) => {
            format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
        }
        (None, None) => return Ok(None),
    };
    let value = HeaderValue::from_str(&text);
    value.map(Some).map_err(|_| wrong_header())
}

/// Why a header can't be sent.
pub(super) fn wrong_header() -> Error {
    Error::message("a credential holds a character that no HTTP header may hold")
}
