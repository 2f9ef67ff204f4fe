//! The ways through proxies: those of the environment, and the kubeconfig's.

use crate::{
    certificates::Authority,
    cluster::{Cluster, Options},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    process::Command,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::TlsAcceptor;

/// What a proxy speaks.
#[derive(Clone)]
enum Kind {
    Http,
    Https(Arc<rustls::ServerConfig>),
    Socks5,
}

/// A proxy that leads to one server, whatever it is asked for; it ends with the test.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Proxy {
    fn start(kind: Kind, target: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = asked.clone();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kind, notes) = (kind.clone(), notes.clone());
                tokio::spawn(async move {
                    let _ = match kind {
                        Kind::Http => http(stream, target, &notes).await,
                        Kind::Socks5 => socks5(stream, target, &notes).await,
                        Kind::Https(config) => {
                            match TlsAcceptor::from(config).accept(stream).await {
                                Ok(stream) => http(stream, target, &notes).await,
                                Err(error) => Err(error),
                            }
                        }
                    };
                });
            }
        });
        Proxy {
            address,
            asked,
            _runtime: runtime,
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics").clone()
    }
}

async fn http(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    target: SocketAddr,
    notes: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let line = text.lines().next().unwrap_or_default();
    let allowed = text
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            (name.eq_ignore_ascii_case("proxy-authorization")).then(|| format!(" ({value})"))
        })
        .unwrap_or_default();
    let words: Vec<&str> = line.split(' ').take(2).collect();
    let note = format!("{}{allowed}", words.join(" "));
    notes.lock().expect("nobody panics").push(note);
    let mut server = TcpStream::connect(target).await?;
    match line.starts_with("CONNECT ") {
        true => stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?,
        false => server.write_all(&head).await?,
    }
    copy_bidirectional(&mut stream, &mut server).await?;
    Ok(())
}

/// RFC 1928, without authentication.
async fn socks5(
    mut stream: TcpStream,
    target: SocketAddr,
    notes: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let _version = stream.read_u8().await?;
    let methods = stream.read_u8().await?;
    stream.read_exact(&mut vec![0; methods.into()]).await?;
    stream.write_all(&[5, 0]).await?;
    let mut request = [0; 4];
    stream.read_exact(&mut request).await?;
    let host = match request[3] {
        3 => {
            let length = stream.read_u8().await?;
            let mut name = vec![0; length.into()];
            stream.read_exact(&mut name).await?;
            String::from_utf8_lossy(&name).into_owned()
        }
        _ => format!("an address of kind {}", request[3]),
    };
    let port = stream.read_u16().await?;
    notes
        .lock()
        .expect("nobody panics")
        .push(format!("{host}:{port}"));
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    let mut server = TcpStream::connect(target).await?;
    copy_bidirectional(&mut stream, &mut server).await?;
    Ok(())
}

fn encoded(text: &str) -> Value {
    STANDARD.encode(text).into()
}

/// A server that is reached by a name that only proxies know.
fn cluster(authority: Option<&Authority>, cluster: Value) -> Cluster {
    let mut cluster = cluster;
    if let Some(authority) = authority {
        cluster["certificate-authority-data"] = encoded(&authority.pem);
    }
    Cluster::start(Options {
        tls: authority.map(|authority| authority.server("api.example", None)),
        host: Some("api.example"),
        cluster,
        ..Options::default()
    })
}

fn check(command: &mut Command) {
    let output = command.output().expect("the program starts");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!((&*stdout, &*stderr), ("pod/web\n", ""));
}

const GET: &[&str] = &["get", "pod", "web", "-o", "name"];

#[test]
fn the_environment_s_proxies_lead_to_the_server() {
    let authority = Authority::new();
    let cluster = cluster(Some(&authority), json!({}));
    let port = cluster.address.port();
    let tls = authority.server("localhost", None);
    for (kind, scheme, want) in [
        (Kind::Http, "http", format!("CONNECT api.example:{port}")),
        (
            Kind::Https(tls),
            "https",
            format!("CONNECT api.example:{port}"),
        ),
        (Kind::Socks5, "socks5", format!("api.example:{port}")),
        (Kind::Socks5, "socks5h", format!("api.example:{port}")),
    ] {
        let proxy = Proxy::start(kind, cluster.address);
        let url = format!("{scheme}://localhost:{}", proxy.address.port());
        for variable in ["HTTPS_PROXY", "https_proxy"] {
            check(cluster.kubectl(GET).env(variable, &url));
        }
        let asked = proxy.asked();
        assert!(
            !asked.is_empty() && asked.iter().all(|one| *one == want),
            "{scheme}: {asked:?}"
        );
    }
}

#[test]
fn a_proxy_is_told_who_asks() {
    let authority = Authority::new();
    let cluster = cluster(Some(&authority), json!({}));
    let proxy = Proxy::start(Kind::Http, cluster.address);
    let url = format!("http://joe:secret@127.0.0.1:{}", proxy.address.port());
    check(cluster.kubectl(GET).env("HTTPS_PROXY", url));
    let want = format!("(Basic {})", STANDARD.encode("joe:secret"));
    assert!(proxy.asked()[0].ends_with(&want), "{:?}", proxy.asked());
}

#[test]
fn a_server_without_tls_has_a_proxy_of_its_own() {
    let cluster = cluster(None, json!({}));
    let proxy = Proxy::start(Kind::Http, cluster.address);
    let url = format!("http://127.0.0.1:{}", proxy.address.port());
    check(
        cluster
            .kubectl(GET)
            .env("HTTP_PROXY", &url)
            .env("HTTPS_PROXY", "http://127.0.0.1:1"),
    );
    let asked = proxy.asked();
    let start = format!("GET http://api.example:{}/", cluster.address.port());
    assert!(asked[0].starts_with(&start), "{asked:?}");
}

#[test]
fn the_kubeconfig_s_proxy_comes_first() {
    let authority = Authority::new();
    let served = cluster(Some(&authority), json!({}));
    let port = served.address.port();
    let tls = authority.server("localhost", None);
    for (kind, scheme, want) in [
        (Kind::Http, "http", format!("CONNECT api.example:{port}")),
        (
            Kind::Https(tls),
            "https",
            format!("CONNECT api.example:{port}"),
        ),
        (Kind::Socks5, "socks5", format!("api.example:{port}")),
    ] {
        let proxy = Proxy::start(kind, served.address);
        let url = format!("{scheme}://localhost:{}", proxy.address.port());
        let config = served.folder().join("config");
        let text = std::fs::read_to_string(&config).expect("it is there");
        let mut changed: Value = serde_json::from_str(&text).expect("it is JSON");
        changed["clusters"][0]["cluster"]["proxy-url"] = url.into();
        std::fs::write(&config, changed.to_string()).expect("it is writable");
        check(
            served
                .kubectl(GET)
                .env("HTTPS_PROXY", "http://127.0.0.1:1")
                .env("NO_PROXY", "*"),
        );
        let asked = proxy.asked();
        assert!(asked.iter().all(|one| *one == want), "{scheme}: {asked:?}");
        // Streams go the same way.
        let output = served
            .kubectl(&["exec", "web", "--", "echo", "hello"])
            .output()
            .expect("the program starts");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "hello\n",
            "{scheme}"
        );
        assert!(proxy.asked().iter().all(|one| *one == want), "{scheme}");
    }
}

#[test]
fn servers_that_are_excepted_are_reached_directly() {
    let cluster = Cluster::start(Options::default());
    let nobody = "http://127.0.0.1:1";
    // This machine itself never needs a proxy.
    check(cluster.kubectl(GET).env("HTTP_PROXY", nobody));
    let named = Cluster::start(Options {
        host: Some("api.example"),
        ..Options::default()
    });
    let proxy = Proxy::start(Kind::Http, named.address);
    let url = format!("http://127.0.0.1:{}", proxy.address.port());
    let output = named
        .kubectl(GET)
        .env("HTTP_PROXY", &url)
        .env("NO_PROXY", ".example")
        .output()
        .expect("the program starts");
    assert!(!output.status.success());
    assert_eq!(proxy.asked(), [""; 0]);
}
