//! `kubectl kustomize`: prints the objects that a kustomization makes. Also what `-k` of other commands builds.

use crate::{
    client::{Download, download, log_line},
    error::{Error, Result, go_words},
    kustomize::{self, Built, Disk, Helm, Options, Reorder, Repository, Restriction, Wanted},
    session::{Session, errln, error_line},
};
use knarr_api::quote::quote;
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;

/// What kustomize says of a prefix that other tools know.
const FORCED_GIT: &str = "Warning: Forcing the git protocol using the 'git::' URL prefix is not supported. Kustomize \
                          currently strips this invalid prefix, but will stop doing so in a future release. Please \
                          remove the 'git::' prefix from your configuration.";

const REORDER_DEPRECATED: &str = "Flag --reorder has been deprecated, use the new 'sortOptions' field in kustomization.yaml instead.";
const MANAGED_BY_DEPRECATED: &str = "Flag --enable-managedby-label has been deprecated, The flag `enable-managedby-label` has been deprecated. Use the \
     `managedByLabel` option in the `buildMetadata` field instead.";

/// The flags of `kubectl kustomize`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The folder with the kustomization file; the current one if it is left out.
    #[arg(value_name = "DIR")]
    folders: Vec<String>,
    /// use the uid and gid of the command executor to run the function in the container
    #[arg(long)]
    as_current_user: bool,
    /// enable kustomize plugins
    #[arg(long)]
    enable_alpha_plugins: bool,
    #[arg(long, hide = true)]
    enable_managedby_label: bool,
    /// Enable use of the Helm chart inflator generator.
    #[arg(long)]
    enable_helm: bool,
    /// a list of environment variables to be used by functions
    #[arg(short, long)]
    env: Vec<String>,
    /// Kubernetes api versions used by Helm for Capabilities.APIVersions
    #[arg(long, value_delimiter = ',')]
    helm_api_versions: Vec<String>,
    /// helm command (path to executable)
    #[arg(long, default_value = "helm")]
    helm_command: String,
    /// Enable debug output from the Helm chart inflator generator.
    #[arg(long)]
    helm_debug: bool,
    /// Kubernetes version used by Helm for Capabilities.KubeVersion
    #[arg(long)]
    helm_kube_version: Option<String>,
    /// if set to 'LoadRestrictionsNone', local kustomizations may load files from outside their root. This does, however, break the relocatability of the kustomization.
    #[arg(long, default_value = "LoadRestrictionsRootOnly")]
    load_restrictor: String,
    /// a list of storage options read from the filesystem
    #[arg(long, value_delimiter = ',')]
    mount: Vec<String>,
    /// enable network access for functions that declare it
    #[arg(long)]
    network: bool,
    /// the docker network to run the container in
    #[arg(long, default_value = "bridge")]
    network_name: String,
    /// If specified, write output to this path.
    #[arg(short, long)]
    output: Option<String>,
    #[arg(long, hide = true)]
    reorder: Option<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let folder = match args.folders.as_slice() {
        [] => ".",
        [folder] => folder,
        _ => {
            return Err(Error::message("specify one path to kustomization.yaml"));
        }
    };
    let restriction = match args.load_restrictor.as_str() {
        "LoadRestrictionsRootOnly" => Restriction::RootOnly,
        "LoadRestrictionsNone" => Restriction::None,
        other => {
            return Err(Error::message(format!(
                "illegal flag value --load-restrictor {other}; legal values: [LoadRestrictionsRootOnly \
                 LoadRestrictionsNone]"
            )));
        }
    };
    let order = reorder(session, args.reorder.as_deref())?;
    if args.enable_managedby_label {
        errln!(session, "{MANAGED_BY_DEPRECATED}");
    }
    let options = Options {
        restriction,
        helm: match (args.enable_helm, args.helm_command.is_empty()) {
            (false, _) => Helm::Disabled,
            (true, true) => Helm::WithoutCommand,
            (true, false) => Helm::Enabled,
        },
        order,
        managed_by_label: match std::env::var_os("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL") {
            Some(word) => word == "on",
            None => args.enable_managedby_label,
        },
    };
    let built = build(folder, options).await?;
    match args.output.filter(|path| !path.is_empty()) {
        None => session.write(&built.text()),
        Some(path) => write_output(&path, &built),
    }
}

fn reorder(session: &Session, word: Option<&str>) -> Result<Option<Reorder>> {
    let Some(word) = word else {
        return Ok(None);
    };
    errln!(session, "{REORDER_DEPRECATED}");
    match word {
        "" => Ok(None),
        "legacy" => Ok(Some(Reorder::Legacy)),
        "none" => Ok(Some(Reorder::None)),
        other => Err(Error::message(format!(
            "illegal flag value --reorder {other}; legal values: [legacy none]"
        ))),
    }
}

/// Writes to a file, or one file for each object into a folder.
fn write_output(path: &str, built: &Built) -> Result<()> {
    let folder = std::path::Path::new(path);
    if !folder.is_dir() {
        return std::fs::write(folder, built.text())
            .map_err(|error| Error::message(format!("open {path}: {}", go_words(&error))));
    }
    for object in &built.objects {
        let name = kustomize::file_name(object);
        let text = knarr_api::yaml::to_string(object);
        std::fs::write(folder.join(name), text)
            .map_err(|error| Error::message(format!("open {path}: {}", go_words(&error))))?;
    }
    Ok(())
}

/// Builds a folder, fetching what it takes from the web.
pub async fn build(folder: &str, options: Options) -> Result<Built> {
    let mut files = Disk::default();
    loop {
        let (warnings, result) = kustomize::build(&files, folder, options);
        let built = match result {
            Err(kustomize::Error::Wanted(Wanted::Content(url))) => {
                let content = fetch(&url).await;
                files.fetched.insert(url, content);
                continue;
            }
            Err(kustomize::Error::Wanted(Wanted::Repository(repository))) => {
                let folder = cloned(&repository).await;
                files.cloned.insert(repository, folder);
                continue;
            }
            result => result,
        };
        let all = built.as_ref().map_or(&warnings, |built| &built.warnings);
        all.iter().for_each(|line| error_line(line));
        return built.map_err(|error| Error::message(error.to_string()));
    }
}

async fn fetch(url: &str) -> Result<Vec<u8>, kustomize::Error> {
    match download(url).await {
        Ok(answer) if (200..300).contains(&answer.code) => Ok(answer.content),
        // The page of a repository is no file.
        Ok(_) if Repository::parse(url).is_some() => {
            Err(kustomize::Error::text("URL is a git repository"))
        }
        Ok(Download { code, .. }) => Err(kustomize::Error::Http(format!(
            "HTTP Error: status code {code} ({})",
            http::StatusCode::from_u16(code)
                .ok()
                .and_then(|code| code.canonical_reason())
                .unwrap_or_default()
        ))),
        Err(error) => Err(kustomize::Error::text(format!(
            "Get {}: {error}",
            quote(url)
        ))),
    }
}

/// Fetches one state of a repository with the user's own git, which knows their credentials.
async fn cloned(repository: &Repository) -> Result<TempDir, kustomize::Error> {
    if repository.forces_git() {
        log_line("log.go:244", FORCED_GIT);
    }
    let folder = tempfile::Builder::new()
        .prefix("kustomize-")
        .tempdir()
        .map_err(|error| kustomize::Error::text(error.to_string()))?;
    let (url, reference) = (repository.url.as_str(), repository.reference.as_str());
    let mut steps = vec![
        vec!["init"],
        vec!["remote", "add", "origin", url],
        vec!["fetch", "--depth=1", url, reference],
        vec!["checkout", "FETCH_HEAD"],
    ];
    if repository.submodules {
        steps.push(vec!["submodule", "update", "--init", "--recursive"]);
    }
    let limit = Duration::from_secs(repository.seconds);
    for words in steps {
        git(folder.path(), &words, limit)
            .await
            .map_err(kustomize::Error::text)?;
    }
    Ok(folder)
}

/// Runs git in a folder; what it says is the error.
async fn git(folder: &Path, words: &[&str], limit: Duration) -> Result<(), String> {
    let program = on_path("git")
        .ok_or("no 'git' program on path: exec: \"git\": executable file not found in $PATH")?;
    let shown = format!("{} {}", program.display(), words.join(" "));
    let running = tokio::process::Command::new(&program)
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = match tokio::time::timeout(limit, running).await {
        Err(_) => {
            return Err(format!(
                "hit {}s timeout running '{shown}'",
                limit.as_secs()
            ));
        }
        Ok(Err(error)) => return Err(format!("failed to run '{shown}': {error}")),
        Ok(Ok(output)) => output,
    };
    match output.status.success() {
        true => Ok(()),
        false => {
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            let code = output.status.code().unwrap_or(-1);
            Err(format!(
                "failed to run '{shown}': {said}: exit status {code}"
            ))
        }
    }
}

/// Where a program stands that is called by its name.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(name));
    places.find(|place| place.is_file())
}
