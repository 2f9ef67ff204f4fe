//! A machine for one test: its own network, mount and process namespaces, in which the real binary runs. When it
//! is dropped, every process, mount, bridge and packet rule in it goes with it.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The address that the machine has on its one network interface.
pub const MACHINE_IP: &str = "192.0.2.10";

/// Whether the tests that need root can run. A missing need skips loudly on a laptop and fails in CI.
pub fn require_root() -> bool {
    need(nix_is_root(), "root")
}

/// Whether `name` can be run, by the same rule.
pub fn require_program(name: &str) -> bool {
    need(find_program(name).is_some(), name)
}

fn need(met: bool, what: &str) -> bool {
    if !met {
        assert!(
            std::env::var_os("CI").is_none(),
            "this test needs {what}, and CI must have it"
        );
        eprintln!("SKIPPED: this test needs {what}");
    }
    met
}

fn nix_is_root() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status
            .lines()
            .any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
    })
}

/// Where on the PATH `name` is.
pub fn find_program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
}

/// The real kubectl, when the machine has one: `KNARR_REAL_KUBECTL`, or the one on the PATH.
pub fn real_kubectl() -> Option<PathBuf> {
    let found = std::env::var_os("KNARR_REAL_KUBECTL")
        .map(PathBuf::from)
        .or_else(|| find_program("kubectl"));
    if found.is_none() {
        eprintln!("SKIPPED: the comparison with the real kubectl, which is not installed");
    }
    found
}

/// Waits until `probe` gives a value; fails with what it last said when the deadline passes.
pub fn wait_for<T>(
    what: &str,
    deadline: Duration,
    mut probe: impl FnMut() -> Result<T, String>,
) -> T {
    let start = Instant::now();
    loop {
        match probe() {
            Ok(value) => return value,
            Err(last) => assert!(
                start.elapsed() < deadline,
                "{what}: still not after {deadline:?}; last: {last}"
            ),
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A machine of a test's own.
pub struct Machine {
    pub dir: tempfile::TempDir,
    holder: Child,
    /// The process id, as the host sees it, of the machine's process 1.
    init: u32,
}

impl Machine {
    /// Boots one: an empty network but for a loopback and one interface that leads nowhere.
    pub fn boot() -> Self {
        let script = format!(
            "mount -t tmpfs tmpfs /run && ip link set lo up && ip link add eth0 type veth peer name peer0 && ip link set peer0 up && ip addr add {MACHINE_IP}/24 dev eth0 && \
             ip link set eth0 up && ip route add default dev eth0 && echo booted; sleep infinity & wait"
        );
        let mut holder = Command::new("unshare")
            .args([
                "--net",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-c",
                &script,
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare, of util-linux, is needed");
        let mut line = String::new();
        let stdout = holder.stdout.take().expect("stdout is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the machine says when it has booted");
        assert_eq!(
            line.trim(),
            "booted",
            "the machine's network could not be made"
        );
        let children = format!("/proc/{0}/task/{0}/children", holder.id());
        let init = fs::read_to_string(children)
            .expect("unshare has a child")
            .trim()
            .parse()
            .expect("a process id");
        let dir = tempfile::Builder::new()
            .prefix("knarr-test-")
            .tempdir()
            .expect("a temporary folder");
        Self { dir, holder, init }
    }

    /// Runs `work` on a thread whose sockets are of this machine's network.
    pub fn on_network<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let namespace =
            fs::File::open(format!("/proc/{}/ns/net", self.init)).expect("the machine runs");
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                nix::sched::setns(&namespace, nix::sched::CloneFlags::CLONE_NEWNET)
                    .expect("root may enter it");
                work()
            });
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// The body of the answer to a plain HTTP GET from this machine itself.
    pub fn get(&self, address: &str) -> Result<String, String> {
        use std::io::{Read, Write};
        let ask = || {
            let mut stream = std::net::TcpStream::connect_timeout(
                &address.parse().map_err(std::io::Error::other)?,
                Duration::from_secs(2),
            )?;
            stream.set_read_timeout(Some(Duration::from_secs(2)))?;
            stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer
                .split_once("\r\n\r\n")
                .map(|(_, body)| body.to_owned())
                .unwrap_or(answer))
        };
        self.on_network(|| ask().map_err(|error: std::io::Error| error.to_string()))
    }

    /// A command that runs on this machine, with a home of its own.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args([
                "--net",
                "--mount",
                "--pid",
                "--target",
                &self.init.to_string(),
                "--",
            ])
            .arg(program);
        command
            .env("HOME", self.dir.path())
            .env_remove("KUBECONFIG")
            .env_remove("CI")
            .stdin(Stdio::null());
        command
    }

    /// The binary under test, on this machine.
    pub fn knarr(&self) -> Command {
        self.command(env!("CARGO_BIN_EXE_knarr"))
    }

    /// Starts a program of the machine that keeps running; its output is kept for when something fails.
    pub fn start(&self, command: &mut Command) -> Program {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = Arc::new(Mutex::new(String::new()));
        let streams: [Box<dyn std::io::Read + Send>; 2] = [
            Box::new(child.stdout.take().expect("piped")),
            Box::new(child.stderr.take().expect("piped")),
        ];
        for stream in streams {
            let output = output.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut output = output.lock().expect("no reader panics");
                    output.push_str(&line);
                    output.push('\n');
                }
            });
        }
        Program { child, output }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // --kill-child ends process 1 of the namespace with unshare, and every other process goes with process 1.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
        // Control groups belong to no namespace: what the pods leave there has to be removed by name.
        let instance = knarr_node::instance(&self.path("data"));
        let mounts = fs::read_dir("/sys/fs/cgroup")
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path());
        for root in mounts.chain([PathBuf::from("/sys/fs/cgroup")]) {
            remove_groups(&root.join(&instance));
        }
    }
}

/// Removes a control group and all below it, once nothing runs in them any more.
fn remove_groups(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove_groups(&entry.path());
        }
    }
    let deadline = Instant::now() + Duration::from_secs(5);
    while group.exists() && fs::remove_dir(group).is_err() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A running program of a machine.
pub struct Program {
    child: Child,
    output: Arc<Mutex<String>>,
}

impl Program {
    pub fn output(&self) -> String {
        self.output.lock().expect("no reader panics").clone()
    }

    /// Waits until the program has printed `text`.
    pub fn wait_for_output(&mut self, text: &str, deadline: Duration) {
        let start = Instant::now();
        while !self.output().contains(text) {
            let ended = self.child.try_wait().expect("the program can be asked");
            assert!(
                ended.is_none(),
                "the program ended with {ended:?} before it printed {text:?}:\n{}",
                self.output()
            );
            assert!(
                start.elapsed() < deadline,
                "no {text:?} after {deadline:?}:\n{}",
                self.output()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The process id of the program itself: nsenter stays as its parent when it enters a process namespace.
    fn pid(&self) -> u32 {
        let children = format!("/proc/{0}/task/{0}/children", self.child.id());
        let child = fs::read_to_string(children)
            .ok()
            .and_then(|text| text.split_whitespace().next()?.parse().ok());
        child.unwrap_or(self.child.id())
    }

    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args([signal, &self.pid().to_string()])
            .status();
        assert!(
            status.expect("kill can be run").success(),
            "the program is no longer there:\n{}",
            self.output()
        );
    }

    /// Waits for the end and gives the exit code.
    pub fn wait(mut self, deadline: Duration) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the program can be asked") {
                return status.code();
            }
            assert!(
                start.elapsed() < deadline,
                "the program did not end:\n{}",
                self.output()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- output of the program ---\n{}", self.output());
        }
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = Command::new("kill")
                .args(["-KILL", &self.pid().to_string()])
                .status();
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// What a finished command printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }
}

/// Runs a command to its end.
pub fn said(command: &mut Command) -> Said {
    command.output().expect("the command can be run").into()
}

/// Runs a command that has to succeed, and gives its standard output.
pub fn ok(command: &mut Command) -> String {
    let said = said(command);
    assert_eq!(
        said.code,
        Some(0),
        "{command:?}\n{}{}",
        said.stdout,
        said.stderr
    );
    said.stdout
}

/// One of the two kubectls, at one cluster.
pub struct Kubectl<'a> {
    pub machine: &'a Machine,
    pub program: Vec<String>,
    pub kubeconfig: PathBuf,
}

impl<'a> Kubectl<'a> {
    /// Ours.
    pub fn ours(machine: &'a Machine, kubeconfig: &Path) -> Self {
        let program = vec![env!("CARGO_BIN_EXE_knarr").to_owned(), "kubectl".to_owned()];
        Self {
            machine,
            program,
            kubeconfig: kubeconfig.to_owned(),
        }
    }

    /// The real one.
    pub fn real(machine: &'a Machine, kubeconfig: &Path) -> Option<Self> {
        let program = vec![real_kubectl()?.to_str()?.to_owned()];
        Some(Self {
            machine,
            program,
            kubeconfig: kubeconfig.to_owned(),
        })
    }

    pub fn command(&self, line: &str) -> Command {
        let mut command = self.machine.command(&self.program[0]);
        command
            .args(&self.program[1..])
            .args(line.split_whitespace())
            .env("KUBECONFIG", &self.kubeconfig);
        command
    }

    pub fn ok(&self, line: &str) -> String {
        ok(&mut self.command(line))
    }

    pub fn said(&self, line: &str) -> Said {
        said(&mut self.command(line))
    }

    /// Waits until the command prints exactly this.
    pub fn until(&self, line: &str, wanted: &str, deadline: Duration) {
        self.until_that(line, deadline, |stdout| stdout.trim() == wanted);
    }

    /// Waits until what the command prints is as wanted.
    pub fn until_that(&self, line: &str, deadline: Duration, wanted: impl Fn(&str) -> bool) {
        wait_for(line, deadline, || {
            let said = self.said(line);
            if wanted(&said.stdout) {
                Ok(())
            } else {
                Err(format!("{}{}", said.stdout, said.stderr))
            }
        });
    }
}
