//! The rounds of an edit: the editor, then the server, and the editor again while the server finds fault.

use super::{
    file::{self, meaning, without_comments},
    outcome::{Outcomes, Reason, shown},
};
use crate::{
    client::Request,
    commands::{apply, create::validation_query},
    error::{Error, Result},
    flags::{DryRun, PrintArgs},
    printers::{Printer, ResultPrinter, sorted},
    resource::{self, Info},
    session::{Session, errln, outln},
    terminal::Interruptions,
};
use http::Method;
use knarr_api::{meta, patch, quote::quote, schema::Schema, yaml};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const BANNER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will \
                      abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n";
const BANNER_LAST_APPLIED: &str = "# Please edit the 'last-applied-configuration' annotations below.\n# Lines beginning with a \
                                   '#' will be ignored, and an empty file will abort the edit.\n#\n";
const CHANGED: &str = "At least one of apiVersion, kind and name was changed";

/// What is edited, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Objects of the server, which are patched.
    Live,
    /// Objects of files, which are created.
    Create,
    /// What was applied last, which goes back into its annotation.
    LastApplied,
}

/// How objects are edited.
pub struct Editing<'a> {
    pub session: &'a Session,
    pub mode: Mode,
    pub print: &'a PrintArgs,
    pub field_manager: &'a str,
    pub output_patch: bool,
    pub save_config: bool,
    pub subresource: &'a str,
    pub validate: &'a str,
    pub windows_line_endings: bool,
    /// Of a creation only.
    pub dry_run: DryRun,
}

/// How a round ended.
enum Round {
    /// Nothing is left to do with the file.
    Done,
    /// The server did not take all of it, and may later.
    Retryable,
    /// Objects of the file are gone.
    Missing,
    /// The file is to be edited again.
    Again(Vec<Reason>),
}

impl<'a> Editing<'a> {
    pub fn new(session: &'a Session, mode: Mode, print: &'a PrintArgs) -> Self {
        Editing {
            session,
            mode,
            print,
            field_manager: "",
            output_patch: false,
            save_config: false,
            subresource: "",
            validate: "strict",
            windows_line_endings: false,
            dry_run: DryRun::None,
        }
    }

    /// Has the user edit the objects in one file until all is said.
    pub async fn edit(&self, infos: Vec<Info>) -> Result<()> {
        let format = self.print.output.as_deref().unwrap_or_default();
        let (printer, extension) = match format {
            "" | "yaml" => (Printer::Yaml, ".yaml"),
            "kyaml" => (Printer::Kyaml, ".yaml"),
            "json" => (Printer::Json, ".json"),
            other => {
                return Err(Error::message(format!(
                    "unable to match a printer suitable for the output format {}, allowed formats are: json,kyaml,yaml",
                    quote(other)
                )));
            }
        };
        let mut original = Vec::new();
        printer.append(&mut original, &sorted(&whole(&infos)), 0, false)?;
        let original = String::from_utf8_lossy(&original).into_owned();
        let mut interruptions = Interruptions::new()?;
        let (mut reasons, mut body) = (Vec::new(), original.clone());
        let mut last: Option<(PathBuf, String)> = None;
        loop {
            self.session.flush()?;
            let text = match extension {
                ".json" => body,
                _ => self.head(&reasons) + &body,
            };
            let path = file::write(&self.with_line_ends(text.clone()), extension)?;
            let launched = file::launch(&path, &mut interruptions).await;
            let edited = std::fs::read_to_string(&path)?;
            if let Err(error) = launched {
                return self.abandoned(error, &path, edited != self.with_line_ends(text), last);
            }
            if let Some((path_before, before)) = last.take() {
                if meaning(&before) == meaning(&edited) {
                    file::remove(&path_before);
                    let error = Error::message("Edit cancelled, no valid changes were saved.");
                    return self.preserved(error, &path);
                }
                file::remove(&path_before);
            }
            let round = tokio::select! {
                round = self.round(&infos, &original, &edited) => round,
                code = interruptions.any() => Err(Error::Exit(code)),
            };
            match round {
                Ok(Round::Done) => {
                    file::remove(&path);
                    return Ok(());
                }
                Ok(Round::Retryable) => return Err(self.kept(&path)),
                Ok(Round::Missing) => {
                    errln!(
                        self.session,
                        "The edits you made on deleted resources have been saved to {}",
                        quote(&path.display().to_string())
                    );
                    return Err(Error::Exit(1));
                }
                Ok(Round::Again(again)) => reasons = again,
                Err(error) => return self.preserved(error, &path),
            }
            body = without_comments(&edited);
            last = Some((path, edited));
        }
    }

    fn head(&self, reasons: &[Reason]) -> String {
        let banner = match self.mode {
            Mode::LastApplied => BANNER_LAST_APPLIED,
            Mode::Live | Mode::Create => BANNER,
        };
        reasons
            .iter()
            .fold(banner.to_owned(), |head, reason| head + &reason.comment())
    }

    fn with_line_ends(&self, text: String) -> String {
        match self.windows_line_endings {
            true => text.replace('\n', "\r\n"),
            false => text,
        }
    }

    fn preserved(&self, error: Error, path: &Path) -> Result<()> {
        file::tell_of(self.session, path);
        Err(error)
    }

    /// The editor failed or was interrupted: what the user has changed so far stays.
    fn abandoned(
        &self,
        error: Error,
        path: &Path,
        changed: bool,
        last: Option<(PathBuf, String)>,
    ) -> Result<()> {
        match last {
            _ if changed => file::tell_of(self.session, path),
            Some((before, _)) => {
                file::remove(path);
                file::tell_of(self.session, &before);
            }
            None => file::remove(path),
        }
        Err(error)
    }

    /// What the user may do with a file that the server took only in part.
    fn kept(&self, path: &Path) -> Error {
        let program = &self.session.program;
        errln!(
            self.session,
            "You can run `{program} replace -f {}` to try this update again.",
            path.display()
        );
        Error::Exit(1)
    }

    async fn round(&self, infos: &[Info], original: &str, edited: &str) -> Result<Round> {
        let checks = validation_query(self.validate)?.1 != "Ignore";
        if let Some(fault) = checks.then(|| fault(edited)).flatten() {
            let info = &infos[0];
            errln!(self.session, "error: {} is invalid", shown(info));
            let detail =
                format!("<nil>: Invalid value: \"The edited file failed validation\": {fault}");
            return Ok(Round::Again(vec![Reason::invalid(info, vec![detail])]));
        }
        if meaning(original) == meaning(edited) {
            errln!(self.session, "Edit cancelled, no changes made.");
            return Ok(Round::Done);
        }
        if without_comments(edited).trim().is_empty() {
            errln!(self.session, "Edit cancelled, saved file was empty.");
            return Ok(Round::Done);
        }
        let syntax = |error: Error| {
            let head = format!("The edited file had a syntax error: {error}");
            let details = Vec::new();
            Ok(Round::Again(vec![Reason { head, details }]))
        };
        let objects = match objects(edited) {
            Ok(objects) => objects,
            Err(error) => return syntax(error),
        };
        self.require_namespace(&objects)?;
        let mut updated = Vec::new();
        for object in objects {
            match resource::info_of(self.session, "edited-file", object).await {
                Ok(info) => updated.push(info),
                Err(error) => return syntax(error),
            }
        }
        self.submit(infos, updated).await
    }

    /// Sends what was edited.
    async fn submit(&self, infos: &[Info], updated: Vec<Info>) -> Result<Round> {
        let mut outcomes = Outcomes::default();
        let mut printer = ResultPrinter::new(self.print, self.dry_run.suffix())?;
        for mut info in updated {
            if self.save_config {
                apply::annotate(&mut info.object);
            }
            let done = match self.mode {
                Mode::Live => self.patch(infos, &mut info, &mut outcomes).await?,
                Mode::Create => self.create(&mut info).await?,
                Mode::LastApplied => self.apply_annotation(infos, &mut info).await?,
            };
            if let Some(verb) = done {
                printer.print(self.session, &info, verb)?;
            }
        }
        self.session.flush()?;
        Ok(match outcomes {
            outcomes if outcomes.retryable > 0 => Round::Retryable,
            outcomes if outcomes.missing > 0 => Round::Missing,
            outcomes if !outcomes.reasons.is_empty() => Round::Again(outcomes.reasons),
            _ => Round::Done,
        })
    }

    /// An edit does not move objects.
    fn require_namespace(&self, objects: &[Value]) -> Result<()> {
        let here = self.session.namespace()?;
        let mut namespaces = objects.iter().map(meta::namespace);
        match namespaces.find(|namespace| !namespace.is_empty() && *namespace != here) {
            None => Ok(()),
            Some(namespace) => Err(Error::message(format!(
                "the namespace from the provided object {} does not match the namespace {}. You must pass \
                 '--namespace={namespace}' to perform this operation.",
                quote(namespace),
                quote(here),
            ))),
        }
    }

    fn query(&self) -> Result<Vec<(&'static str, String)>> {
        let mut query = vec![
            ("fieldManager", self.field_manager.to_owned()),
            validation_query(self.validate)?,
        ];
        query.extend(self.dry_run.query());
        Ok(query)
    }

    async fn patch(
        &self,
        originals: &[Info],
        info: &mut Info,
        outcomes: &mut Outcomes,
    ) -> Result<Option<&'static str>> {
        let mut before = original_of(originals, info)?.object.clone();
        meta::remove(&mut before, "managedFields");
        if before == info.object {
            return Ok(Some("skipped"));
        }
        let (content_type, patch) = difference(&before, info)?;
        if self.output_patch {
            outln!(self.session, "Patch: {patch}")?;
        }
        let path = match self.subresource {
            "" => info.named_path()?,
            subresource => format!("{}/{subresource}", info.named_path()?),
        };
        let request = Request::new(Method::PATCH, path)
            .queries(self.query()?)
            .body(content_type, patch.to_string().into_bytes());
        match self.session.client()?.send(request).await {
            Ok(object) => {
                info.refresh(object);
                Ok(Some("edited"))
            }
            Err(error) => {
                errln!(self.session, "{}", outcomes.add(&error, info));
                Ok(None)
            }
        }
    }

    async fn create(&self, info: &mut Info) -> Result<Option<&'static str>> {
        if self.dry_run != DryRun::Client {
            let created = info.create(self.session.client()?, self.query()?).await?;
            info.refresh(created);
        }
        Ok(Some("created"))
    }

    async fn apply_annotation(
        &self,
        originals: &[Info],
        info: &mut Info,
    ) -> Result<Option<&'static str>> {
        if original_of(originals, info)?.object == info.object {
            return Ok(Some("skipped"));
        }
        let (patch, _) = apply::annotation_patch(&info.object);
        info.patch(self.session.client()?, apply::MERGE, &patch, self.query()?)
            .await?;
        Ok(Some("edited"))
    }
}

/// The objects as one: a single one alone, several as a list.
fn whole(infos: &[Info]) -> Value {
    match infos {
        [info] => info.object.clone(),
        infos => {
            let items: Vec<&Value> = infos.iter().map(|info| &info.object).collect();
            json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}})
        }
    }
}

/// The objects of an edited file.
fn objects(edited: &str) -> Result<Vec<Value>> {
    let mut objects = Vec::new();
    for document in yaml::documents(edited) {
        let document = document.map_err(|error| Error::message(error.to_string()))?;
        objects.extend(resource::flatten(document));
    }
    Ok(objects)
}

/// What makes a text unfit to be an object, before any server sees it.
fn fault(text: &str) -> Option<String> {
    match yaml::from_str(text) {
        Ok(object) if object.is_object() => resource::missing_type(&object),
        Ok(_) => Some("invalid object to validate".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// The object that was edited: the one with the same UID.
fn original_of<'i>(originals: &'i [Info], info: &Info) -> Result<&'i Info> {
    let uid = meta::uid(&info.object);
    let found = originals.iter().find(|one| meta::uid(&one.object) == uid);
    found.ok_or_else(|| {
        let (object, mut shown) = (&info.object, String::new());
        go_syntax(&sorted(object), &mut shown);
        Error::message(format!(
            "no original object found for &unstructured.Unstructured{{Object:{shown}}}"
        ))
    })
}

/// A value in the syntax of Go, as upstream's message has it.
fn go_syntax(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("interface {}(nil)"),
        Value::String(string) => text.push_str(&quote(string)),
        Value::Array(items) => {
            text.push_str("[]interface {}{");
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                go_syntax(item, text);
            }
            text.push('}');
        }
        Value::Object(fields) => {
            text.push_str("map[string]interface {}{");
            for (index, (name, value)) in fields.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                text.push_str(&format!("{}:", quote(name)));
                go_syntax(value, text);
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// The patch from the original to the edited object, and its media type.
fn difference(before: &Value, info: &Info) -> Result<(&'static str, Value)> {
    let after = &info.object;
    let same = meta::kind(before) == meta::kind(after)
        && meta::api_version(before) == meta::api_version(after)
        && meta::name(before) == meta::name(after);
    if !same {
        return Err(Error::message(CHANGED));
    }
    let mapping = &info.mapping;
    Ok(
        match Schema::for_gvk(&mapping.group, &mapping.version, &mapping.kind) {
            Some(schema) => (
                apply::STRATEGIC,
                patch::create_two_way_merge(before, after, schema)
                    .map_err(|error| Error::message(error.to_string()))?,
            ),
            None => {
                let patch = patch::create_merge_patch(before, after);
                (apply::MERGE, patch.unwrap_or_else(|| json!({})))
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_written_as_go_writes_them() {
        let mut text = String::new();
        go_syntax(&json!({"a": ["b", 1, true, null]}), &mut text);
        assert_eq!(
            text,
            "map[string]interface {}{\"a\":[]interface {}{\"b\", 1, true, interface {}(nil)}}"
        );
    }

    #[test]
    fn a_text_without_a_type_is_no_object() {
        assert_eq!(fault("apiVersion: v1\n"), Some("kind not set".to_owned()));
        assert_eq!(
            fault("# nothing\n"),
            Some("invalid object to validate".to_owned())
        );
        assert_eq!(fault("apiVersion: v1\nkind: Pod\n"), None);
    }
}
