//! `kubectl proxy`: the API server on a local address, with the user's credentials, and perhaps a folder of files.

mod filter;

use crate::{
    client::{Client, log_line_of},
    error::{Error, Result, go_words},
    flags,
    session::{Session, outln},
};
use bytes::Bytes;
use filter::Filter;
use futures::{
    TryStreamExt,
    stream::{FuturesUnordered, StreamExt},
};
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Body as _, Frame, Incoming},
    upgrade::OnUpgrade,
};
use hyper_util::rt::TokioIo;
use reqwest::Upgraded;
use std::{
    cell::RefCell,
    convert::Infallible,
    os::unix::fs::PermissionsExt,
    path::{Component, Path, PathBuf},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener},
};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Taken, and not looked at
    #[arg(hide = true)]
    _ignored: Vec<String>,
    /// Regular expression for hosts that the proxy should accept.
    #[arg(long, default_value = r"^localhost$,^127\.0\.0\.1$,^\[::1\]$")]
    accept_hosts: String,
    /// Regular expression for paths that the proxy should accept.
    #[arg(long, default_value = "^.*")]
    accept_paths: String,
    /// The IP address on which to serve on.
    #[arg(long, default_value = "127.0.0.1")]
    address: String,
    /// Prefix to serve the proxied API under.
    #[arg(long, default_value = "/")]
    api_prefix: String,
    /// If true, enables automatic path appending of the kube context server path to each request.
    #[arg(long)]
    append_server_path: bool,
    /// If true, disable request filtering in the proxy. This is dangerous, and can leave you vulnerable to XSRF attacks, when used with an accessible port.
    #[arg(long)]
    disable_filter: bool,
    /// keepalive specifies the keep-alive period for an active network connection. Set to 0 to disable keepalive.
    #[arg(long, default_value = "0s", value_parser = flags::duration)]
    keepalive: Duration,
    /// The port on which to run the proxy. Set to 0 to pick a random port.
    #[arg(short, long, default_value = "8001", value_parser = flags::int64)]
    port: i64,
    /// Regular expression for HTTP methods that the proxy should reject (example --reject-methods='POST,PUT,PATCH').
    #[arg(long, default_value = "^$")]
    reject_methods: String,
    /// Regular expression for paths that the proxy should reject. Paths specified here will be rejected even accepted by --accept-paths.
    #[arg(long, default_value = "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach")]
    reject_paths: String,
    /// Unix socket on which to run the proxy.
    #[arg(short, long, value_parser = flags::path())]
    unix_socket: Option<PathBuf>,
    /// Also serve static files from the given directory under the specified prefix.
    #[arg(short, long, value_parser = flags::path())]
    www: Option<PathBuf>,
    /// Prefix to serve static files under, if static file directory is specified.
    #[arg(short = 'P', long, default_value = "/static/")]
    www_prefix: String,
}

/// What is served to whom.
struct Proxy<'a> {
    client: &'a Client,
    /// `None` when every request is let through.
    filter: Option<Filter>,
    api_prefix: String,
    server_path: String,
    www: Option<(String, PathBuf)>,
}

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if args.port != 8001 && args.unix_socket.is_some() {
        return Err(Error::message(
            "cannot set --unix-socket and --port at the same time",
        ));
    }
    warn_of_no_folder(args.www.as_deref());
    let filter = match args.disable_filter {
        true if args.unix_socket.is_none() => {
            log_line_of(
                'W',
                "proxy.go:177",
                "Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious",
            );
            None
        }
        true => None,
        false => Some(Filter::new(&args)?),
    };
    let with_slashes = |prefix: &str| match prefix.trim_matches('/') {
        "" => "/".to_owned(),
        inner => format!("/{inner}/"),
    };
    let client = session.client()?;
    client.keep_upgraded_alive(args.keepalive);
    let server_path = client
        .server()
        .split_once("://")
        .and_then(|(_, rest)| Some(format!("/{}", rest.split_once('/')?.1)))
        .filter(|_| args.append_server_path)
        .unwrap_or_default();
    let proxy = Proxy {
        client,
        filter,
        api_prefix: with_slashes(&args.api_prefix),
        server_path: server_path.trim_end_matches('/').to_owned(),
        www: args
            .www
            .clone()
            .map(|folder| (with_slashes(&args.www_prefix), folder)),
    };
    match &args.unix_socket {
        Some(path) => proxy.serve_unix(session, path).await,
        None => proxy.serve_tcp(session, &args).await,
    }
}

/// A folder of files that is not there keeps nothing from being served.
fn warn_of_no_folder(folder: Option<&Path>) {
    let Some(folder) = folder else { return };
    let shown = folder.display();
    match std::fs::metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => {
            let text = format!("Static file directory {shown} is not a directory");
            log_line_of('W', "proxy.go:202", &text);
        }
        Err(error) => {
            let why = go_words(&error);
            let text = format!("Failed to stat static file directory {shown}: stat {shown}: {why}");
            log_line_of('W', "proxy.go:200", &text);
        }
    }
}

impl Proxy<'_> {
    async fn serve_tcp(&self, session: &Session, args: &Args) -> Result<()> {
        let port = u16::try_from(args.port).map_err(|_| {
            Error::message(format!("listen tcp: address {}: invalid port", args.port))
        })?;
        let listener = TcpListener::bind((args.address.trim_matches(['[', ']']), port))
            .await
            .map_err(|error| {
                Error::message(format!(
                    "listen tcp {}:{port}: bind: {}",
                    args.address,
                    go_words(&error)
                ))
            })?;
        outln!(session, "Starting to serve on {}", listener.local_addr()?)?;
        session.flush()?;
        self.serve(async || Ok(listener.accept().await?.0)).await
    }

    async fn serve_unix(&self, session: &Session, path: &Path) -> Result<()> {
        // A socket that an earlier run left is in the way.
        if path.exists() {
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path).map_err(|error| {
            let (path, why) = (path.display(), go_words(&error));
            Error::message(format!("listen unix {path}: bind: {why}"))
        })?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        outln!(session, "Starting to serve on {}", path.display())?;
        session.flush()?;
        self.serve(async || Ok(listener.accept().await?.0)).await
    }

    /// Serves whoever is accepted until the user ends it.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        accept: impl AsyncFn() -> std::io::Result<S>,
    ) -> Result<()> {
        let mut connections = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = accept() => if let Ok(stream) = accepted {
                    connections.push(self.connection(stream));
                },
                Some(()) = connections.next() => {}
            }
        }
    }

    async fn connection(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let upgraded = RefCell::new(None);
        let service = hyper::service::service_fn(|request| async {
            Ok::<_, Infallible>(self.answer(request, &upgraded).await)
        });
        // A client that went away needs no answer.
        let _ = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
            .await;
        let Some((near, mut far)) = upgraded.take() else {
            return;
        };
        if let Ok(near) = near.await {
            // Whichever side ends, ends both.
            let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(near), &mut far).await;
        }
    }

    async fn answer(
        &self,
        mut request: Request<Incoming>,
        upgraded: &RefCell<Option<(OnUpgrade, Upgraded)>>,
    ) -> Response<Body> {
        let path = request.uri().path().to_owned();
        let host = request
            .headers()
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let host = host_without_port(host);
        let accepted = self
            .filter
            .as_ref()
            .is_none_or(|filter| filter.accepts(request.method().as_str(), &path, host));
        if !accepted {
            return plain(StatusCode::FORBIDDEN, "Forbidden\n");
        }
        if let Some((prefix, folder)) = &self.www
            && let Some(file) = path.strip_prefix(prefix.as_str())
        {
            return static_file(folder, file);
        }
        let Some(rest) = path.strip_prefix(&self.api_prefix) else {
            return plain(StatusCode::NOT_FOUND, "404 page not found\n");
        };
        let query = request
            .uri()
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let target = format!("{}/{rest}{query}", self.server_path);
        let upgrades = request.headers().contains_key(header::UPGRADE);
        let near = upgrades.then(|| hyper::upgrade::on(&mut request));
        let (parts, body) = request.into_parts();
        let body = match body.is_end_stream() {
            true => reqwest::Body::default(),
            false => reqwest::Body::wrap(body),
        };
        let headers = forwarded(&parts.headers, upgrades);
        let answer = self.client.pass(parts.method, &target, headers, body);
        let answer = match answer.await {
            Ok(answer) => answer,
            Err(error) => return plain(StatusCode::BAD_GATEWAY, &format!("{error}\n")),
        };
        let mut response = Response::new(
            Full::default()
                .map_err(|never| match never {})
                .boxed_unsync(),
        );
        match near {
            Some(near) if answer.status() == StatusCode::SWITCHING_PROTOCOLS => {
                *response.status_mut() = answer.status();
                *response.headers_mut() = answer.headers().clone();
                match answer.upgrade().await {
                    Ok(far) => upgraded.replace(Some((near, far))),
                    Err(error) => return plain(StatusCode::BAD_GATEWAY, &format!("{error}\n")),
                };
                response
            }
            _ => passed_back(answer),
        }
    }
}

/// `localhost:8001` without the port; an IPv6 address keeps its brackets.
fn host_without_port(host: &str) -> &str {
    match (host.rfind(':'), host.rfind(']')) {
        (Some(colon), bracket) if bracket.is_none_or(|bracket| colon > bracket) => &host[..colon],
        _ => host,
    }
}

/// The headers that concern more than this connection; an upgrade concerns both.
fn forwarded(headers: &HeaderMap, upgrades: bool) -> HeaderMap {
    let mut kept = headers.clone();
    for name in [
        header::HOST,
        header::TRANSFER_ENCODING,
        header::CONTENT_LENGTH,
        header::ACCEPT_ENCODING,
        header::AUTHORIZATION,
        header::ORIGIN,
    ] {
        kept.remove(name);
    }
    if !upgrades {
        kept.remove(header::CONNECTION);
    }
    kept
}

fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let body = Full::new(Bytes::copy_from_slice(text.as_bytes())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    let kind = http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    let untouched = http::HeaderValue::from_static("nosniff");
    response
        .headers_mut()
        .insert(header::X_CONTENT_TYPE_OPTIONS, untouched);
    response
}

fn passed_back(answer: reqwest::Response) -> Response<Body> {
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    for name in [header::CONNECTION, header::TRANSFER_ENCODING] {
        headers.remove(name);
    }
    let frames = answer
        .bytes_stream()
        .map_ok(Frame::data)
        .map_err(std::io::Error::other);
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// A file of the folder, never one outside; a folder shows its `index.html`, or what is in it.
fn static_file(folder: &Path, name: &str) -> Response<Body> {
    let missing = || plain(StatusCode::NOT_FOUND, "404 page not found\n");
    let relative = Path::new(name);
    let mut parts = relative.components();
    if !parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return missing();
    }
    let mut path = folder.join(relative);
    let found = match path.is_dir() {
        true => {
            let index = path.join("index.html");
            let page = std::fs::read(&index).map(Bytes::from);
            page.or_else(|_| listing(&path)).inspect(|_| path = index)
        }
        false => std::fs::read(&path).map(Bytes::from),
    };
    let Ok(bytes) = found else {
        return missing();
    };
    let kind = match path.extension().and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let body = Full::new(bytes).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    let kind = http::HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The names in a folder that has no page of its own.
fn listing(folder: &Path) -> std::io::Result<Bytes> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let slash = if entry.path().is_dir() { "/" } else { "" };
        names.push(format!("{}{slash}", entry.file_name().to_string_lossy()));
    }
    names.sort();
    let head = "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n";
    let lines = names.iter().map(|name| {
        let address = name.split('/').map(crate::client::encode);
        let address = address.collect::<Vec<_>>().join("/");
        let shown = name
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&#34;")
            .replace('\'', "&#39;");
        format!("<a href=\"{address}\">{shown}</a>\n")
    });
    Ok(Bytes::from(format!(
        "{head}{}</pre>\n",
        lines.collect::<String>()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_outside_the_folder_are_not_served() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("in")).expect("writable");
        std::fs::write(folder.path().join("secret"), "x").expect("writable");
        std::fs::write(folder.path().join("in/index.html"), "x").expect("writable");
        let inside = folder.path().join("in");
        assert_eq!(static_file(&inside, "").status(), StatusCode::OK);
        assert_eq!(
            static_file(&inside, "../secret").status(),
            StatusCode::NOT_FOUND
        );
    }
}
