//! The rules in a real kernel, in a network namespace of the test's own, with real connections.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use super::*;
use crate::model::{Protocol, ServicePortRow, Target};

const POD_A: Ipv4Addr = Ipv4Addr::new(10, 244, 0, 2);
const POD_B: Ipv4Addr = Ipv4Addr::new(10, 244, 0, 3);
const SERVICE: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 7);
const NODE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);

/// Whether this process may make namespaces. A missing need skips loudly on a laptop and fails in CI.
fn require_root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        assert!(
            std::env::var_os("CI").is_none(),
            "this test needs root, and CI must have it"
        );
        eprintln!("SKIPPED: this test needs root");
    }
    root
}

/// Runs a test on a thread with a network of its own: two "pods" and a node on one machine.
fn in_own_network(test: impl FnOnce() + Send + 'static) {
    if !require_root() {
        return;
    }
    let thread = std::thread::spawn(move || {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET)
            .expect("root may make a network namespace");
        for line in [
            "link set lo up".to_owned(),
            format!("addr add {POD_A}/32 dev lo"),
            format!("addr add {POD_B}/32 dev lo"),
            "link add eth0 type veth peer name peer0".to_owned(),
            format!("addr add {NODE}/24 dev eth0"),
            "link set eth0 up".to_owned(),
            "link set peer0 up".to_owned(),
            "route add default dev eth0".to_owned(),
        ] {
            let status = Command::new("ip")
                .args(line.split(' '))
                .status()
                .expect("iproute2 is needed");
            assert!(status.success(), "ip {line}");
        }
        test();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn row(targets: &[Ipv4Addr]) -> ServicePortRow {
    let targets: Vec<Target> = targets
        .iter()
        .map(|ip| Target {
            ip: *ip,
            port: 8080,
        })
        .collect();
    ServicePortRow {
        id: "n/web:http".into(),
        protocol: Protocol::Tcp,
        cluster_ips: vec![SERVICE],
        external_ips: Vec::new(),
        port: 80,
        node_port: Some(30080),
        has_endpoints: !targets.is_empty(),
        external_targets: targets.clone(),
        targets,
        keep_source: false,
    }
}

fn node() -> Node {
    Node {
        cluster_cidr: (Ipv4Addr::new(10, 244, 0, 0), 16),
        local_addresses: Vec::new(),
    }
}

/// A pod that tells every client its address.
fn pod(ip: Ipv4Addr) {
    let listener = TcpListener::bind((ip, 8080)).expect("the address is there");
    // A thread inherits the network of the one that starts it, and ends with the test's process.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = write!(stream, "{ip}");
        }
    });
}

fn ask(address: impl Into<SocketAddr>) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address.into(), Duration::from_secs(2))?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn connections_reach_the_endpoints_and_no_others() {
    in_own_network(|| {
        pod(POD_A);
        pod(POD_B);
        let mut rules = Nftables::set_up(node()).unwrap();
        rules.apply(&[row(&[POD_A])]).unwrap();
        assert_eq!(ask((SERVICE, 80)).unwrap(), POD_A.to_string());
        assert_eq!(ask((NODE, 30080)).unwrap(), POD_A.to_string());
        let loopback = ask((Ipv4Addr::LOCALHOST, 30080)).unwrap_err();
        assert_eq!(loopback.kind(), std::io::ErrorKind::ConnectionRefused);
        rules.apply(&[row(&[POD_A, POD_B])]).unwrap();
        let answers: std::collections::BTreeSet<String> =
            (0..64).map(|_| ask((SERVICE, 80)).unwrap()).collect();
        assert_eq!(answers.len(), 2, "both endpoints are used");
        rules.apply(&[row(&[POD_B])]).unwrap();
        assert_eq!(ask((SERVICE, 80)).unwrap(), POD_B.to_string());
        rules.apply(&[row(&[])]).unwrap();
        let refused = ask((SERVICE, 80)).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        assert!(ask((NODE, 30080)).is_err());
        rules.apply(&[row(&[POD_A])]).unwrap();
        assert_eq!(ask((SERVICE, 80)).unwrap(), POD_A.to_string());
        rules.apply(&[]).unwrap();
    });
}

#[test]
fn a_second_start_replaces_what_the_first_left() {
    in_own_network(|| {
        pod(POD_A);
        let mut rules = Nftables::set_up(node()).unwrap();
        rules.apply(&[row(&[POD_B])]).unwrap();
        drop(rules);
        let mut rules = Nftables::set_up(node()).unwrap();
        rules.apply(&[row(&[POD_A])]).unwrap();
        assert_eq!(ask((SERVICE, 80)).unwrap(), POD_A.to_string());
    });
}

#[test]
fn many_services_fit_and_change() {
    in_own_network(|| {
        let many = |first: u8| -> Vec<ServicePortRow> {
            (0..1000u16)
                .map(|index| {
                    let mut row = row(&[POD_A, POD_B]);
                    let [high, low] = index.to_be_bytes();
                    row.id = format!("n/s{index}:http");
                    row.cluster_ips = vec![Ipv4Addr::new(10, 96 + first, high, low)];
                    row.node_port = None;
                    row
                })
                .collect()
        };
        let mut rules = Nftables::set_up(node()).unwrap();
        rules.apply(&many(0)).unwrap();
        rules.apply(&many(1)).unwrap();
        pod(POD_A);
        pod(POD_B);
        assert!(ask((Ipv4Addr::new(10, 97, 3, 231), 80)).is_ok());
    });
}
