//! `kubectl kustomize`: prints the objects that a kustomization makes. Also what `-k` of other commands builds.

use crate::{
    client::{Download, download},
    error::{Error, Result},
    kustomize::{self, Built, Disk, Options, Restriction},
    session::{Session, error_line},
};

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
    let options = Options {
        restriction,
        enable_helm: args.enable_helm,
    };
    let built = build(folder, options).await?;
    match args.output.filter(|path| !path.is_empty()) {
        None => session.write(&built.text()),
        Some(path) => write_output(&path, &built),
    }
}

/// Writes to a file, or one file for each object into a folder.
fn write_output(path: &str, built: &Built) -> Result<()> {
    let folder = std::path::Path::new(path);
    if !folder.is_dir() {
        return std::fs::write(folder, built.text())
            .map_err(|error| Error::message(format!("open {path}: {error}")));
    }
    for object in &built.objects {
        let name = kustomize::file_name(object);
        let text = knarr_api::yaml::to_string(object);
        std::fs::write(folder.join(name), text)
            .map_err(|error| Error::message(format!("open {path}: {error}")))?;
    }
    Ok(())
}

/// Builds a folder, fetching what it takes from the web.
pub async fn build(folder: &str, options: Options) -> Result<Built> {
    let mut files = Disk::default();
    loop {
        let (warnings, result) = kustomize::build(&files, folder, options);
        let built = match result {
            Err(kustomize::Error::Wanted(url)) => {
                let content = fetch(&url).await;
                files.fetched.insert(url, content);
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
        Ok(Download { code, .. }) => Err(kustomize::Error::Http(format!(
            "HTTP Error: status code {code} ({})",
            http::StatusCode::from_u16(code)
                .ok()
                .and_then(|code| code.canonical_reason())
                .unwrap_or_default()
        ))),
        Err(error) => Err(kustomize::Error::text(error.to_string())),
    }
}
