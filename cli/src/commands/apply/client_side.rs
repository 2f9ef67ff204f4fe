//! `apply` as the client does it: what the object was, is and shall be, put together to a patch here.

use super::{
    Apply, LAST_APPLIED, ahead::Live, described, patch, patch::three_way, warn_if_deleting,
};
use crate::{
    error::{Error, Result},
    flags::DryRun,
    resource::Info,
    session::errln,
};
use knarr_api::{json::without_nulls, meta, quote::quote};
use serde_json::Value;
use std::time::Duration;

/// How often a patch is made anew after a concurrent change.
const ATTEMPTS: usize = 5;
/// How long `--force` waits for the old object to be gone.
const RECREATE_LIMIT: Duration = Duration::from_secs(5 * 60);

impl Apply<'_> {
    pub(super) async fn client_side(&self, info: &mut Info, live: Live) -> Result<&'static str> {
        let modified = patch::with_annotation(&info.object);
        let live = match live {
            Live::Found(live) => live,
            Live::Absent => match self.create(info, modified.clone()).await {
                // Made by somebody else since it was looked at.
                Err(error) if error.is_already_there() => self.fetch(info).await?,
                outcome => return outcome,
            },
            Live::Unknown => match self.fetch(info).await {
                Err(error) if error.is_not_found() => return self.create(info, modified).await,
                fetched => fetched?,
            },
        };
        self.warn(info, &live);
        if self.dry_run == DryRun::Client {
            return self.pretend(info, &live, &modified);
        }
        self.update(info, live, &modified).await
    }

    async fn fetch(&self, info: &Info) -> Result<Value> {
        info.fetch(self.session.client()?).await.map_err(|error| match error {
            Error::Status(mut status) if status.code != 404 => {
                status.message = format!(
                    "error when retrieving current configuration of:\n{}\nfrom server for: \"{}\": {}",
                    described(info),
                    info.source,
                    status.message
                );
                Error::Status(status)
            }
            other => other,
        })
    }

    async fn create(&self, info: &mut Info, modified: Value) -> Result<&'static str> {
        info.object = without_nulls(modified);
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
        warn_if_deleting(self.session, live);
    }

    /// What a dry run here can tell: whether there is anything to change.
    fn pretend(&self, info: &mut Info, live: &Value, modified: &Value) -> Result<&'static str> {
        let Some(patch) = three_way(&info.mapping, live, modified)? else {
            info.refresh(live.clone());
            return Ok("unchanged");
        };
        info.refresh(patch.applied(&info.mapping, live)?);
        Ok("configured")
    }

    async fn update(
        &self,
        info: &mut Info,
        mut live: Value,
        modified: &Value,
    ) -> Result<&'static str> {
        let client = self.session.client()?;
        for attempt in 1.. {
            let patch = three_way(&info.mapping, &live, modified)?;
            if let Some(patch) = patch.as_ref().filter(|_| !self.args.overwrite) {
                self.refuse_conflict(info, &live, modified, patch)?;
            }
            let Some(patch) = patch else {
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
                        "error when applying patch:\n{}\nto:\n{}\nfor: \"{}\": error when patching \"{}\": {}",
                        patch.body,
                        described(info),
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

    /// Upstream tries what each version of OpenAPI says of the kind, and then what it knows itself.
    fn refuse_conflict(
        &self,
        info: &Info,
        live: &Value,
        modified: &Value,
        patch: &patch::Patch,
    ) -> Result<()> {
        let Some(conflict) = patch::conflict(&info.mapping, live, patch)? else {
            return Ok(());
        };
        for specification in ["openapi v3 spec", "openapi spec"] {
            let conflict = format!("{conflict}\n");
            errln!(
                self.session,
                "warning: error calculating patch from {specification}: {conflict}"
            );
        }
        Err(Error::message(format!(
            "error when applying patch:\n\nto:\n{}\nfor: {}: error when patching {}: {} {conflict}",
            described(info),
            quote(&info.source),
            quote(&info.source),
            patch::ingredients(live, modified)
        )))
    }

    async fn recreate(&self, info: &mut Info, modified: &Value) -> Result<&'static str> {
        let client = self.session.client()?;
        self.deletion.delete(self.session, info).await?;
        let limit = match self.args.timeout.is_zero() {
            true => RECREATE_LIMIT,
            false => self.args.timeout,
        };
        crate::commands::delete::until_gone(self.session, info, "", limit).await?;
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
