//! `kubectl version`.

use crate::{
    client::{Request, UNREAD},
    error::{Error, Result},
    session::{Session, errln, out, outln},
};
use knarr_api::{json::type_name, quote::quote, yaml};
use serde_json::{Value, json};

/// The Kubernetes release whose kubectl this program stands for.
const MAJOR: &str = "1";
const MINOR: &str = "36";
/// That release as a version of its own.
pub const GIT_VERSION: &str = knarr_api::version::KUBERNETES;
/// The release of kustomize whose trees `-k` builds as it does.
const KUSTOMIZE_VERSION: &str = "v5.8.1";

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// None
    #[arg(hide = true)]
    words: Vec<String>,
    /// If true, shows client version only (no server required).
    #[arg(long)]
    client: bool,
    /// One of 'yaml' or 'json'.
    #[arg(short, long)]
    output: Option<String>,
}

fn client_version() -> Value {
    json!({
        "major": MAJOR,
        "minor": MINOR,
        "gitVersion": format!("{GIT_VERSION}+knarr-{}", env!("CARGO_PKG_VERSION")),
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "",
        "goVersion": "",
        "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, go_architecture()),
    })
}

fn go_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if !args.words.is_empty() && !args.client {
        let words = args.words.join(" ");
        return Err(Error::message(format!("extra arguments: [{words}]")));
    }
    let output = args.output.as_deref().unwrap_or_default();
    if !matches!(output, "" | "json" | "yaml") {
        return Err(Error::message("--output must be 'yaml' or 'json'"));
    }
    let mut versions =
        json!({"clientVersion": client_version(), "kustomizeVersion": KUSTOMIZE_VERSION});
    let mut failure = None;
    if !args.client {
        match server_version(session).await {
            Ok(server) => versions["serverVersion"] = server,
            Err(error) => failure = Some(error),
        }
    }
    match output {
        "json" => outln!(
            session,
            "{}",
            crate::printers::pretty(&versions).replace("    ", "  ")
        )?,
        "yaml" => out!(session, "{}\n", yaml::to_string(&versions))?,
        _ => {
            outln!(
                session,
                "Client Version: {}",
                text(&versions["clientVersion"]["gitVersion"])
            )?;
            outln!(session, "Kustomize Version: {KUSTOMIZE_VERSION}")?;
            if !versions["serverVersion"].is_null() {
                outln!(
                    session,
                    "Server Version: {}",
                    text(&versions["serverVersion"]["gitVersion"])
                )?;
            }
        }
    }
    session.flush()?;
    warn_of_skew(session, &versions["serverVersion"]);
    failure.map_or(Ok(()), Err)
}

/// What the server says of itself.
async fn server_version(session: &Session) -> Result<Value> {
    let unreadable =
        |why: &str| Error::Foreign(format!("unable to parse the server version: {why}"));
    let request = Request::get("/version").raw().query("timeout", "32s");
    match session.client()?.send(request).await {
        Ok(version) if version.is_object() || version.is_null() => Ok(version),
        Ok(other) => Err(unreadable(&format!(
            "json: cannot unmarshal {} into Go value of type version.Info",
            type_name(&other)
        ))),
        Err(Error::Foreign(why)) if !why.starts_with(UNREAD) => Err(unreadable(&why)),
        Err(error) => Err(error),
    }
}

/// Refuses a server of another version when `--match-server-version` asks for that.
pub async fn refuse_mismatch(session: &Session) -> Result<()> {
    if !session.globals.match_server_version {
        return Ok(());
    }
    let server = server_version(session).await?;
    let client = client_version();
    if server["gitVersion"] == client["gitVersion"] {
        return Ok(());
    }
    Err(Error::message(format!(
        "server version (&{}) differs from client version ({})",
        as_go(&server),
        as_go(&client)
    )))
}

/// A version as Go's `%#v` shows it.
fn as_go(version: &Value) -> String {
    let fields: Vec<String> = [
        ("Major", "major"),
        ("Minor", "minor"),
        ("EmulationMajor", "emulationMajor"),
        ("EmulationMinor", "emulationMinor"),
        ("MinCompatibilityMajor", "minCompatibilityMajor"),
        ("MinCompatibilityMinor", "minCompatibilityMinor"),
        ("GitVersion", "gitVersion"),
        ("GitCommit", "gitCommit"),
        ("GitTreeState", "gitTreeState"),
        ("BuildDate", "buildDate"),
        ("GoVersion", "goVersion"),
        ("Compiler", "compiler"),
        ("Platform", "platform"),
    ]
    .into_iter()
    .map(|(name, field)| format!("{name}:{}", quote(text(&version[field]))))
    .collect();
    format!("version.Info{{{}}}", fields.join(", "))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// One minor release of difference is supported.
fn warn_of_skew(session: &Session, server: &Value) {
    let minor = text(&server["minor"])
        .trim_end_matches('+')
        .parse::<i64>()
        .ok();
    let own = MINOR.parse::<i64>().ok();
    let (Some(minor), Some(own)) = (minor, own) else {
        return;
    };
    if (minor - own).abs() > 1 {
        errln!(
            session,
            "Warning: version difference between client ({MAJOR}.{MINOR}) and server ({}.{minor}) exceeds the supported minor version skew of +/-1",
            text(&server["major"])
        );
    }
}
