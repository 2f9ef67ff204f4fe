//! `apply --server-side`, and how an object that was applied by the client before comes over to it.

use super::{Apply, LAST_APPLIED};
use crate::{
    client::Request,
    error::{Error, Result},
    resource::Info,
    session::errln,
};
use http::Method;
use knarr_api::{
    apply::{Operation, upgrade},
    meta,
};
use serde_json::{Value, json};

/// The field manager of a server-side apply.
pub const MANAGER: &str = "kubectl";
/// Keeps the annotation of a client-side apply alive, so that one can go back to it.
const ANNOTATION_MANAGER: &str = "kubectl-last-applied";
/// How often the managers are handed over anew after a concurrent change.
const ATTEMPTS: usize = 5;

impl Apply<'_> {
    pub(super) async fn server_side(&self, info: &mut Info) -> Result<&'static str> {
        let configuration = info.object.clone();
        let object = self.apply_configuration(info, &configuration).await?;
        info.refresh(object);
        match self.migrate(info).await {
            Ok(true) => {
                let object = self.apply_configuration(info, &configuration).await?;
                info.refresh(object);
            }
            Ok(false) => {}
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errln!(
                self.session,
                "Warning: server rejected managed fields migration to Server-Side Apply. This is non-fatal and will \
                 be retried next time you apply. Error: {error}"
            ),
        }
        Ok("serverside-applied")
    }

    async fn apply_configuration(&self, info: &Info, configuration: &Value) -> Result<Value> {
        let mut query = self.query();
        query.push(("force", self.args.force_conflicts.to_string()));
        match self.send_configuration(info, configuration, query).await {
            Err(Error::Status(status)) if status.reason == "Conflict" => {
                let many = status.message.starts_with("Apply failed with");
                Err(Error::message(match many {
                    true => format!("{}\n{CONFLICT_ADVICE}", status.message),
                    false => status.message,
                }))
            }
            answer => answer,
        }
    }

    async fn send_configuration(
        &self,
        info: &Info,
        configuration: &Value,
        query: Vec<(&'static str, String)>,
    ) -> Result<Value> {
        let mut path = info.named_path()?;
        let subresource = self.args.subresource.as_deref().unwrap_or_default();
        if !subresource.is_empty() {
            path = format!("{path}/{subresource}");
        }
        let request = Request::new(Method::PATCH, path).queries(query).body(
            "application/apply-patch+yaml",
            configuration.to_string().into_bytes(),
        );
        self.session.client()?.send(request).await
    }

    /// Hands the fields of the client-side manager over; `true` when there were any.
    async fn migrate(&self, info: &mut Info) -> Result<bool> {
        self.keep_annotation(info).await?;
        let path = ["metadata", "annotations", LAST_APPLIED];
        let managers = upgrade::owners(&info.object, Operation::Update, &path);
        let client = self.session.client()?;
        for attempt in 1.. {
            let Some(patch) = upgrade::patch(&info.object, &managers, &self.manager) else {
                return Ok(false);
            };
            let patched = info
                .patch(client, "application/json-patch+json", &patch, self.query())
                .await;
            match patched {
                Ok(object) => {
                    info.refresh(object);
                    return Ok(true);
                }
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => {
                    let live = info.fetch(client).await?;
                    info.refresh(live);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Applies the annotation of the client-side apply under a manager of its own, or it would go with the first.
    async fn keep_annotation(&self, info: &mut Info) -> Result<()> {
        let path = ["metadata", "annotations", LAST_APPLIED];
        let Some(annotation) = meta::annotation(&info.object, LAST_APPLIED) else {
            return Ok(());
        };
        let owned = !upgrade::owners(&info.object, Operation::Apply, &path).is_empty();
        if self.manager != MANAGER || owned {
            return Ok(());
        }
        let mut bare = json!({
            "apiVersion": info.mapping.api_version(),
            "kind": info.mapping.kind,
            "metadata": {"annotations": {LAST_APPLIED: annotation}, "name": info.name},
        });
        if !info.namespace.is_empty() {
            meta::set_namespace(&mut bare, &info.namespace);
        }
        let mut query = self.query();
        query[0].1 = ANNOTATION_MANAGER.to_owned();
        let object = self.send_configuration(info, &bare, query).await?;
        info.refresh(object);
        Ok(())
    }
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
