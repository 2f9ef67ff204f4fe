//! A real etcd with TLS, which a test starts; also for the tests of other crates.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use knarr_storage::{EtcdConfig, EtcdStore};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

/// An etcd of its own, killed when it is dropped.
pub struct Etcd {
    process: Child,
    directory: tempfile::TempDir,
    client_port: u16,
    peer_port: u16,
    certificates: Certificates,
}

pub struct Certificates {
    pub ca: String,
    pub server: (String, String),
    pub client: (String, String),
}

/// Whether a program that a test needs is there: without it the test is skipped on a laptop and fails in CI.
pub fn require_program(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    });
    if !found {
        assert!(
            std::env::var_os("CI").is_none(),
            "{program} is not installed"
        );
        eprintln!("SKIPPED: {program} is not installed");
    }
    found
}

pub fn certificates() -> Certificates {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(ca, ca_key);
    let issue = |names: &[&str]| {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        (
            parameters.signed_by(&key, &issuer).unwrap().pem(),
            key.serialize_pem(),
        )
    };
    Certificates {
        ca: ca_certificate.pem(),
        server: issue(&["localhost", "127.0.0.1"]),
        client: issue(&["client"]),
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Etcd {
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let certificates = certificates();
        let write =
            |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("ca.pem", &certificates.ca);
        write("server.pem", &certificates.server.0);
        write("server.key", &certificates.server.1);
        let (client_port, peer_port) = (free_port(), free_port());
        let process = spawn(directory.path(), client_port, peer_port);
        Self {
            process,
            directory,
            client_port,
            peer_port,
            certificates,
        }
    }

    pub fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub fn start_again(&mut self) {
        self.process = spawn(self.directory.path(), self.client_port, self.peer_port);
    }

    pub fn config(&self) -> EtcdConfig {
        let (certificate, key) = self.certificates.client.clone();
        EtcdConfig {
            endpoints: vec![format!("https://127.0.0.1:{}", self.client_port)],
            ca: Some(self.certificates.ca.clone().into_bytes()),
            client_cert: Some(certificate.into_bytes()),
            client_key: Some(key.into_bytes()),
        }
    }

    pub async fn connect(&self) -> EtcdStore {
        connect(&self.config()).await
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        let _already_dead = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn spawn(directory: &Path, client_port: u16, peer_port: u16) -> Child {
    let file = |name: &str| directory.join(name);
    let client = format!("https://127.0.0.1:{client_port}");
    let peer = format!("http://127.0.0.1:{peer_port}");
    Command::new("etcd")
        .args([
            "--name",
            "contract",
            "--client-cert-auth",
            "--logger",
            "zap",
        ])
        .args([
            "--listen-client-urls",
            &client,
            "--advertise-client-urls",
            &client,
        ])
        .args([
            "--listen-peer-urls",
            &peer,
            "--initial-advertise-peer-urls",
            &peer,
        ])
        .args(["--initial-cluster", &format!("contract={peer}")])
        .arg("--data-dir")
        .arg(file("data"))
        .arg("--cert-file")
        .arg(file("server.pem"))
        .arg("--key-file")
        .arg(file("server.key"))
        .arg("--trusted-ca-file")
        .arg(file("ca.pem"))
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(file("log")).unwrap())
        .spawn()
        .unwrap()
}

/// Connects as soon as etcd answers.
pub async fn connect(config: &EtcdConfig) -> EtcdStore {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match EtcdStore::connect(config).await {
            Ok(store) => return store,
            Err(error) if Instant::now() > deadline => panic!("etcd does not answer: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
