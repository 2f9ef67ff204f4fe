//! An API server alone, on the memory or the sled store, for trying clients against it:
//! `serve DIRECTORY [PORT] [sled]` writes certificates (`ca.crt`, `admin.crt`, `admin.key`) and `DIRECTORY/kubeconfig`, and serves until it is killed.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use knarr_apiserver::{ApiServer, Config, tls};
use knarr_storage::Store;
use knarr_storage::memory::MemoryStore;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().ok_or("which directory?")?);
    let port: u16 = arguments.next().map_or(Ok(0), |port| port.parse())?;
    std::fs::create_dir_all(&directory)?;
    let ca_key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "knarr-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&ca_key)?.pem();
    let issuer = Issuer::new(params, ca_key);
    let mut serving = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?;
    serving
        .distinguished_name
        .push(DnType::CommonName, "kube-apiserver");
    serving.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let (cert, key) = sign(serving, &issuer)?;
    let mut admin = CertificateParams::default();
    admin
        .distinguished_name
        .push(DnType::CommonName, "kubernetes-admin");
    admin
        .distinguished_name
        .push(DnType::OrganizationName, "system:masters");
    admin.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let (admin_cert, admin_key) = sign(admin, &issuer)?;

    let store: Arc<dyn Store> = match arguments.next().as_deref() {
        Some("sled") => Arc::new(knarr_storage::sled_store::SledStore::open(
            directory.join("state"),
        )?),
        _ => Arc::new(MemoryStore::new()),
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let port = listener.local_addr()?.port();
    let mut config = Config::new(store, ca.clone(), KeyPair::generate()?.serialize_pem());
    config.secure_port = port;
    config.advertise_address = [10, 255, 255, 1].into();
    let server = ApiServer::new(config).await?;

    let encode = |text: &str| STANDARD.encode(text);
    let kubeconfig = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: knarr\nclusters:\n- name: knarr\n  cluster:\n    server: https://127.0.0.1:{port}\n    certificate-authority-data: {}\ncontexts:\n- name: knarr\n  context: {{cluster: knarr, user: admin}}\nusers:\n- name: admin\n  user:\n    client-certificate-data: {}\n    client-key-data: {}\n",
        encode(&ca),
        encode(&admin_cert),
        encode(&admin_key)
    );
    for (name, text) in [
        ("ca.crt", &ca),
        ("admin.crt", &admin_cert),
        ("admin.key", &admin_key),
    ] {
        std::fs::write(directory.join(name), text)?;
    }
    let path = directory.join("kubeconfig");
    std::fs::write(&path, kubeconfig)?;
    println!("export KUBECONFIG={}", path.display());
    server
        .serve(
            listener,
            tls::server_config(&cert, &key)?,
            CancellationToken::new(),
        )
        .await;
    Ok(())
}

fn sign(
    params: CertificateParams,
    issuer: &Issuer<'_, KeyPair>,
) -> Result<(String, String), Failure> {
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, issuer)?.pem(), key.serialize_pem()))
}
