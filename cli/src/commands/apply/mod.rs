//! `kubectl apply`: makes the server's objects what the files say, by a three-way patch made here or by the server.

mod patch;

pub use patch::{LAST_APPLIED, annotate, three_way};

use super::create::{matches_labels, validation_query};
use crate::{
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::{self, Info},
    session::{Session, errln},
};
use knarr_api::{meta, selector::Selector};
use serde_json::Value;

/// How often a patch is made anew after a concurrent change.
const ATTEMPTS: usize = 5;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Name of the manager used to track field ownership.
    #[arg(long)]
    field_manager: Option<String>,
    /// If true, immediately remove resources from API and bypass graceful deletion.
    #[arg(long)]
    force: bool,
    /// If true, server-side apply will force the changes against conflicts.
    #[arg(long)]
    force_conflicts: bool,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// If true, apply runs in the server instead of the client.
    #[arg(long)]
    server_side: bool,
    /// If specified, apply will operate on the subresource of the requested object.  Only allowed when using --server-side.
    #[arg(long)]
    subresource: Option<String>,
    /// Must be one of: strict (or true), warn, ignore (or false).
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "strict", default_value = "strict")]
    validate: String,
}

/// What is the same for every object of one call.
struct Apply<'a> {
    session: &'a Session,
    args: &'a Args,
    dry_run: DryRun,
    manager: String,
    validation: (&'static str, String),
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if args.files.filename.is_empty() {
        return Err(Error::message("must specify one of -f and -k"));
    }
    let dry_run = args.dry_run.strategy()?;
    if args.force_conflicts && !args.server_side {
        return Err(Error::message(
            "--force-conflicts only works with --server-side",
        ));
    }
    if dry_run == DryRun::Client && args.server_side {
        return Err(Error::message(
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ));
    }
    let default_manager = if args.server_side {
        "kubectl"
    } else {
        "kubectl-client-side-apply"
    };
    let apply = Apply {
        session,
        args: &args,
        dry_run,
        manager: args
            .field_manager
            .clone()
            .unwrap_or_else(|| default_manager.to_owned()),
        validation: validation_query(&args.validate)?,
    };
    let mut printer = ResultPrinter::new(&args.print, dry_run.suffix())?;
    let loaded = resource::manifests(session, &args.files).await?;
    let selector = Selector::parse(args.selector.as_deref().unwrap_or_default())
        .map_err(|error| Error::message(error.to_string()))?;
    let (mut errors, mut count) = (loaded.errors, 0);
    for mut info in loaded.infos {
        if !matches_labels(&selector, &info.object) {
            continue;
        }
        count += 1;
        match apply.one(&mut info).await {
            Ok(verb) => printer.print(session, &info, verb)?,
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    if count == 0 && errors.is_empty() {
        return Err(Error::message("no objects passed to apply"));
    }
    Error::all(errors)
}

impl Apply<'_> {
    async fn one(&self, info: &mut Info) -> Result<&'static str> {
        if info.name.is_empty() {
            let generate = meta::generate_name_base(&info.object);
            let text = match generate {
                "" => "resource name may not be empty".to_owned(),
                generate => format!("from {generate}: cannot use generate name with apply"),
            };
            return Err(Error::message(format!(
                "error when retrieving current configuration of:\n{text}"
            ))
            .in_source("", ""));
        }
        match self.args.server_side {
            true => self.server_side(info).await,
            false => self.client_side(info).await,
        }
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("fieldManager", self.manager.clone()),
            self.validation.clone(),
        ];
        query.extend(self.dry_run.query());
        query
    }

    async fn server_side(&self, info: &mut Info) -> Result<&'static str> {
        let mut query = self.query();
        query.push(("force", self.args.force_conflicts.to_string()));
        let mut path = info.path();
        if let Some(subresource) = self
            .args
            .subresource
            .as_deref()
            .filter(|name| !name.is_empty())
        {
            path = format!("{path}/{subresource}");
        }
        let request = crate::client::Request::new(http::Method::PATCH, path)
            .queries(query)
            .body(
                "application/apply-patch+yaml",
                info.object.to_string().into_bytes(),
            );
        match self.session.client()?.send(request).await {
            Ok(object) => {
                info.refresh(object);
                Ok("serverside-applied")
            }
            Err(Error::Status(status)) if status.reason == "Conflict" => Err(Error::message(
                format!("{}\n{CONFLICT_ADVICE}", status.message),
            )),
            Err(error) => Err(error),
        }
    }

    async fn client_side(&self, info: &mut Info) -> Result<&'static str> {
        let client = self.session.client()?;
        let modified = patch::with_annotation(&info.object);
        let live = match info.fetch(client).await {
            Ok(live) => live,
            Err(error) if error.is_not_found() => return self.create(info, modified).await,
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => {
                return Err(match error {
                    Error::Status(mut status) => {
                        status.message = format!(
                            "error when retrieving current configuration of:\nResource: \"{}, Resource={}\", \
                             GroupVersionKind: \"{}, Kind={}\"\nName: \"{}\", Namespace: \"{}\"\nfrom server for: \"{}\": {}",
                            info.mapping.api_version(),
                            info.mapping.plural,
                            info.mapping.api_version(),
                            info.mapping.kind,
                            info.name,
                            info.namespace,
                            info.source,
                            status.message
                        );
                        Error::Status(status)
                    }
                    other => other,
                });
            }
        };
        self.warn(info, &live);
        if self.dry_run == DryRun::Client {
            return self.pretend(info, &live, &modified);
        }
        self.update(info, live, &modified).await
    }

    async fn create(&self, info: &mut Info, modified: Value) -> Result<&'static str> {
        info.object = modified;
        if self.dry_run != DryRun::Client {
            let created = info.create(self.session.client()?, self.query()).await;
            let object = created.map_err(|error| error.in_source("creating", &info.source))?;
            info.refresh(object);
        }
        Ok("created")
    }

    fn warn(&self, info: &Info, live: &Value) {
        let title = format!("{}/{}", info.mapping.plural, info.name);
        if meta::annotation(live, LAST_APPLIED).is_none() {
            errln!(
                self.session,
                "Warning: resource {title} is missing the {LAST_APPLIED} annotation which is required by kubectl \
                 apply. kubectl apply should only be used on resources created declaratively by either kubectl create \
                 --save-config or kubectl apply. The missing annotation will be patched automatically."
            );
        }
        if meta::deletion_timestamp(live).is_some() {
            errln!(
                self.session,
                "Warning: Detected changes to resource {} which is currently being deleted.",
                info.name
            );
        }
    }

    /// What a dry run here can tell: whether there is anything to change.
    fn pretend(&self, info: &mut Info, live: &Value, modified: &Value) -> Result<&'static str> {
        let patch = three_way(&info.mapping, live, modified)?;
        info.refresh(match patch {
            Some(_) => modified.clone(),
            None => live.clone(),
        });
        Ok(if patch.is_some() {
            "configured"
        } else {
            "unchanged"
        })
    }

    async fn update(
        &self,
        info: &mut Info,
        mut live: Value,
        modified: &Value,
    ) -> Result<&'static str> {
        let client = self.session.client()?;
        for attempt in 1.. {
            let Some(patch) = three_way(&info.mapping, &live, modified)? else {
                info.refresh(live);
                return Ok("unchanged");
            };
            let sent = info
                .patch(client, patch.content_type, &patch.body, self.query())
                .await;
            match sent {
                Ok(object) => {
                    info.refresh(object);
                    return Ok("configured");
                }
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => {
                    live = info.fetch(client).await?
                }
                Err(error @ Error::Connection { .. }) => return Err(error),
                Err(error) if self.args.force && may_recreate(&error) => {
                    return self.recreate(info, modified).await;
                }
                Err(Error::Status(mut status)) => {
                    status.message = format!(
                        "error when applying patch:\n{}\nto:\nResource: \"{}, Resource={}\", GroupVersionKind: \"{}, \
                         Kind={}\"\nName: \"{}\", Namespace: \"{}\"\nfor: \"{}\": error when patching \"{}\": {}",
                        patch.body,
                        slashed(info),
                        info.mapping.plural,
                        slashed(info),
                        info.mapping.kind,
                        info.name,
                        info.namespace,
                        info.source,
                        info.source,
                        status.message
                    );
                    return Err(Error::Status(status));
                }
                Err(error) => return Err(error),
            }
        }
        unreachable!("the loop above only ends by returning")
    }

    async fn recreate(&self, info: &mut Info, modified: &Value) -> Result<&'static str> {
        let client = self.session.client()?;
        super::delete::delete_and_wait(self.session, info).await?;
        info.object = modified.clone();
        let object = info.create(client, self.query()).await?;
        info.refresh(object);
        Ok("configured")
    }
}

fn may_recreate(error: &Error) -> bool {
    error
        .status()
        .is_some_and(|status| matches!(status.reason.as_ref(), "Conflict" | "Invalid"))
}

/// Group and version as Go prints a GroupVersionResource: the core group leaves a leading slash.
fn slashed(info: &Info) -> String {
    format!("{}/{}", info.mapping.group, info.mapping.version)
}

const CONFLICT_ADVICE: &str =
    "Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";
