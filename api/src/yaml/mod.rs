//! YAML as kubectl reads and writes it: YAML 1.1 scalars, JSON's data model, go-yaml's layout and words.
//!
//! Manifests and printed objects go through here; our own configuration files do not.

mod compose;
mod edit;
mod emit;
mod kyaml;
mod order;
mod resolve;
mod syntax;

use serde_json::Value;

pub use edit::{Step, with_field, with_scalar};
pub use emit::to_string;
pub use kyaml::to_kyaml;

/// Why a text can't be read. `Display` is what kubectl prints after `error parsing FILE: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// The text is no YAML, or can't be expressed in JSON. The line, counted as go-yaml counts it, is
    /// part of the text where go-yaml knows one.
    #[error("error converting YAML to JSON: {0}")]
    Convert(String),
    /// A `---` line with something other than a comment behind it.
    #[error("invalid Yaml document separator: {0}")]
    Separator(String),
    /// Keys that occur twice, of strict reading: every one of them, with its line.
    #[error("error converting YAML to JSON: yaml: unmarshal errors:\n{}", .0.join("\n"))]
    Duplicates(Vec<String>),
}

impl YamlError {
    /// What go-yaml itself says, without what the conversion to JSON puts in front.
    pub fn cause(self) -> String {
        match self {
            YamlError::Convert(text) => text,
            other => other.to_string(),
        }
    }

    /// A fault found by the YAML reader itself.
    fn yaml(message: impl std::fmt::Display) -> Self {
        Self::Convert(format!("yaml: {message}"))
    }
}

/// Reads the first document of a text; the last of duplicate keys wins. Nothing at all is null.
pub fn from_str(text: &str) -> Result<Value, YamlError> {
    compose::compose(text).map(|composed| composed.value)
}

/// Like [`from_str`], but duplicate keys are an error.
pub fn from_str_strict(text: &str) -> Result<Value, YamlError> {
    let composed = compose::compose(text)?;
    if composed.duplicates.is_empty() {
        Ok(composed.value)
    } else {
        Err(YamlError::Duplicates(composed.duplicates))
    }
}

/// Like [`from_str`], with what strict reading would have complained about (`line 2: key "a" already set
/// in map`), for warnings.
pub fn from_str_warn(text: &str) -> Result<(Value, Vec<String>), YamlError> {
    let composed = compose::compose(text)?;
    Ok((
        composed.value,
        composed
            .duplicates
            .iter()
            .map(|line| line.trim().to_owned())
            .collect(),
    ))
}

/// Reads every document of a text; those without content are left out. Lines in errors count from the
/// start of their document, as kubectl's do. JSON objects may follow each other without separators.
pub fn documents(text: &str) -> Vec<Result<Value, YamlError>> {
    if let Some(objects) = json_stream(text) {
        return objects.into_iter().map(Ok).collect();
    }
    raw_documents(text)
        .into_iter()
        .map(|document| from_str(document?))
        .filter(|result| !matches!(result, Ok(Value::Null)))
        .collect()
}

/// Reads every document of a text as kustomize reads resources: only `true` and `false` are booleans, dates become
/// times, duplicate keys are an error. The error is what go-yaml 3 says.
pub fn kustomize_documents(text: &str) -> Result<Vec<Value>, String> {
    let mut documents = Vec::new();
    for document in kustomize_split(text) {
        let composed = compose::compose_as(&document, compose::Dialect::Kustomize)
            .map_err(YamlError::cause)?;
        if !composed.redefinitions.is_empty() {
            return Err(format!(
                "yaml: unmarshal errors:\n{}",
                composed.redefinitions.join("\n")
            ));
        }
        if !composed.value.is_null() {
            documents.push(composed.value);
        }
    }
    Ok(documents)
}

/// A plain scalar as kustomize reads it.
pub fn kustomize_scalar(text: &str) -> Value {
    match resolve::resolve(text) {
        resolve::Scalar::Bool(_) if !is_core_boolean(text) => Value::from(text),
        other => other.into_value(text).unwrap_or_else(|_| Value::from(text)),
    }
}

/// Whether YAML 1.2 takes a plain scalar for a boolean, too.
fn is_core_boolean(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

/// Documents end at lines that begin with `---` and hold nothing else but a comment.
fn kustomize_split(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let ends = line.strip_prefix("---").is_some_and(|rest| {
            let rest = rest.trim();
            rest.is_empty() || rest.starts_with('#')
        });
        if ends {
            documents.push(String::new());
        } else if let Some(last) = documents.last_mut() {
            last.push_str(line);
        }
    }
    documents
}

/// The objects of a text that is JSON altogether.
fn json_stream(text: &str) -> Option<Vec<Value>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    serde_json::Deserializer::from_str(text)
        .into_iter()
        .collect::<Result<_, _>>()
        .ok()
}

/// Splits a text at its `---` lines, as kubectl does, without looking at what is between them.
pub fn raw_documents(text: &str) -> Vec<Result<&str, YamlError>> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                documents.push(Err(YamlError::Separator(rest.to_owned())));
                return documents;
            }
            push_document(&mut documents, &text[start..at]);
            start = next;
        }
        at = next;
    }
    push_document(&mut documents, &text[start..]);
    documents
}

fn push_document<'a>(documents: &mut Vec<Result<&'a str, YamlError>>, text: &'a str) {
    if !text.is_empty() {
        documents.push(Ok(text));
    }
}

#[cfg(test)]
mod tests;
