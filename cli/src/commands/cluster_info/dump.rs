//! `kubectl cluster-info dump`: nodes, the main objects of some namespaces and the logs of their pods.

use crate::{
    client::{ACCEPT_ANY, Request},
    error::{Error, Result},
    flags::{self, PrintArgs},
    printers::Printer,
    session::{Session, outln},
};
use knarr_api::meta;
use serde_json::Value;
use std::{io::Write, path::PathBuf, time::Duration};

/// What is shown of each namespace.
const KINDS: &[(&str, &str)] = &[
    ("/api/v1", "events"),
    ("/api/v1", "replicationcontrollers"),
    ("/api/v1", "services"),
    ("/apis/apps/v1", "daemonsets"),
    ("/apis/apps/v1", "deployments"),
    ("/apis/apps/v1", "replicasets"),
    ("/api/v1", "pods"),
];
const FILES: &[&str] = &[
    "events",
    "replication-controllers",
    "services",
    "daemonsets",
    "deployments",
    "replicasets",
    "pods",
];

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// What upstream takes, and does nothing with.
    #[arg(hide = true)]
    words: Vec<String>,
    /// If true, dump all namespaces.  If true, --namespaces is ignored.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// A comma separated list of namespaces to dump.
    #[arg(long, value_delimiter = ',')]
    namespaces: Vec<String>,
    /// Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).
    #[arg(short, long, default_value = "json")]
    output: String,
    /// Where to output the files.  If empty or '-' uses stdout, otherwise creates a directory hierarchy in that directory
    #[arg(long)]
    output_directory: Option<String>,
    /// The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running
    #[arg(long, default_value = "20s", value_parser = flags::duration)]
    pod_running_timeout: Duration,
    /// If true, a field or map key that is missing is no error of a template (go-template and jsonpath).
    #[arg(long, action = clap::ArgAction::Set, default_value = "true")]
    allow_missing_template_keys: bool,
    /// If true, keep the managedFields when printing objects in JSON or YAML format.
    #[arg(long)]
    show_managed_fields: bool,
    /// Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].
    #[arg(long)]
    template: Option<String>,
}

/// Where the dump goes.
struct Target<'a> {
    session: &'a Session,
    printer: Printer,
    folder: Option<PathBuf>,
    extension: &'static str,
    keep_managed_fields: bool,
    printed: usize,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let print = PrintArgs {
        output: Some(args.output.clone()),
        template: args.template.clone(),
        allow_missing_template_keys: args.allow_missing_template_keys,
        show_managed_fields: args.show_managed_fields,
    };
    if args.pod_running_timeout.is_zero() {
        return Err(Error::message(
            "--pod-running-timeout must be higher than zero",
        ));
    }
    let printer = Printer::from_args(&print)?.ok_or_else(|| Error::message("no output format"))?;
    if matches!(printer, Printer::Name) {
        return Err(Error::message(
            "list types are not supported by name printing: *v1.NodeList",
        ));
    }
    let folder = args
        .output_directory
        .filter(|folder| !matches!(folder.as_str(), "" | "-"));
    let mut target = Target {
        session,
        printer,
        folder: folder.clone().map(PathBuf::from),
        extension: match args.output.as_str() {
            "json" => ".json",
            "yaml" => ".yaml",
            _ => ".txt",
        },
        keep_managed_fields: args.show_managed_fields,
        printed: 0,
    };
    let client = session.client()?;
    let nodes = client.send(Request::get("/api/v1/nodes").typed()).await?;
    target.object(nodes, "nodes")?;
    let namespaces = match (args.all_namespaces, args.namespaces.is_empty()) {
        (true, _) => {
            let list = client
                .send(Request::get("/api/v1/namespaces").typed())
                .await?;
            let items = list["items"].as_array().into_iter().flatten();
            items.map(|item| meta::name(item).to_owned()).collect()
        }
        (false, true) => vec!["kube-system".to_owned(), session.namespace()?.to_owned()],
        (false, false) => args.namespaces,
    };
    for namespace in &namespaces {
        target.namespace(namespace).await?;
    }
    match folder {
        Some(folder) => outln!(session, "Cluster info dumped to {folder}"),
        None => Ok(()),
    }
}

impl Target<'_> {
    async fn namespace(&mut self, namespace: &str) -> Result<()> {
        let client = self.session.client()?;
        let mut pods = Value::Null;
        for ((root, plural), file) in KINDS.iter().zip(FILES) {
            let path = format!("{root}/namespaces/{namespace}/{plural}");
            let list = client.send(Request::get(path).typed()).await?;
            self.object(list.clone(), &format!("{namespace}/{file}"))?;
            pods = list;
        }
        for pod in pods["items"].as_array().into_iter().flatten() {
            self.logs(namespace, pod).await?;
        }
        Ok(())
    }

    /// The logs of every container; those that can't be had are left out.
    async fn logs(&mut self, namespace: &str, pod: &Value) -> Result<()> {
        let name = meta::name(pod);
        let mut file = match &self.folder {
            Some(folder) => {
                let folder = folder.join(namespace).join(name);
                std::fs::create_dir_all(&folder)?;
                Some(std::fs::File::create(folder.join("logs.txt"))?)
            }
            None => None,
        };
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        for container in crate::commands::logs::container_names(pod, &lists) {
            let title = format!("logs for container {container} of pod {namespace}/{name}");
            let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/log");
            let request = Request::get(path)
                .accept(ACCEPT_ANY)
                .query("container", container);
            let text = match self.session.client()?.send_raw(request).await {
                Ok(bytes) => bytes.to_vec(),
                Err(error @ Error::Connection { .. }) => return Err(error),
                Err(error) => format!("Request log error: {error}\n").into_bytes(),
            };
            let whole = [
                format!("==== START {title} ====\n").into_bytes(),
                text,
                format!("==== END {title} ====\n").into_bytes(),
            ]
            .concat();
            match &mut file {
                Some(file) => file.write_all(&whole)?,
                None => self.session.write_bytes(&whole)?,
            }
        }
        Ok(())
    }

    fn object(&mut self, object: Value, name: &str) -> Result<()> {
        // One printer writes all of them, also where each has a file: it parts what it writes in YAML.
        self.printed += 1;
        let (position, keeps) = (self.printed - 1, self.keep_managed_fields);
        let Some(folder) = &self.folder else {
            let printer = &self.printer;
            return printer.print_typed(self.session, &object, position, keeps);
        };
        let path = folder.join(format!("{name}{}", self.extension));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut text = Vec::new();
        let printed = self
            .printer
            .append_typed(&mut text, &object, position, keeps);
        std::fs::write(path, text)?;
        printed
    }
}
