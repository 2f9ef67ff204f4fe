//! Where an object comes from, for `buildMetadata`.

use super::id::Gvk;
use knarr_api::{meta, yaml};
use serde_json::Value;

/// The annotation with an object's origin.
pub const ORIGIN_ANNOTATION: &str = "config.kubernetes.io/origin";
/// The annotation with the transformers that changed an object.
pub const TRANSFORMATIONS_ANNOTATION: &str = "alpha.config.kubernetes.io/transformations";

/// A file, a generator, or a transformer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub path: String,
    pub repo: String,
    pub reference: String,
    pub configured_in: String,
    /// API version, kind, name and namespace of the generator or transformer.
    pub configured_by: Option<(String, String, String, String)>,
}

impl Origin {
    /// The origin one step further down.
    pub fn append(&self, path: &str) -> Origin {
        Origin {
            path: join(&self.path, path),
            ..self.clone()
        }
    }

    /// What a built-in generator or transformer of a kustomization file is called.
    pub fn builtin(&self, file: &str, kind: &str) -> Origin {
        Origin {
            path: String::new(),
            configured_in: join(&self.path, file),
            configured_by: Some((
                "builtin".to_owned(),
                kind.to_owned(),
                String::new(),
                String::new(),
            )),
            ..self.clone()
        }
    }

    /// What a plug-in that is configured by the object `config`, read from this origin, is called.
    pub fn plugin(&self, config: &Value) -> Origin {
        let gvk = Gvk::of(config);
        Origin {
            path: String::new(),
            configured_in: self.path.clone(),
            configured_by: Some((
                gvk.api_version(),
                gvk.kind,
                meta::name(config).to_owned(),
                meta::namespace(config).to_owned(),
            )),
            ..self.clone()
        }
    }

    /// The lines of the origin's YAML, in kustomize's order of fields.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let put = |lines: &mut Vec<String>, indent: &str, key: &str, text: &str| {
            if !text.is_empty() {
                let text = yaml::to_string(&Value::from(text));
                lines.push(format!("{indent}{key}: {}", text.trim_end()));
            }
        };
        put(&mut lines, "", "path", &self.path);
        put(&mut lines, "", "repo", &self.repo);
        put(&mut lines, "", "ref", &self.reference);
        put(&mut lines, "", "configuredIn", &self.configured_in);
        if let Some((api_version, kind, name, namespace)) = &self.configured_by {
            lines.push("configuredBy:".to_owned());
            put(&mut lines, "  ", "apiVersion", api_version);
            put(&mut lines, "  ", "kind", kind);
            put(&mut lines, "  ", "name", name);
            put(&mut lines, "  ", "namespace", namespace);
        }
        lines
    }

    /// The text of [`ORIGIN_ANNOTATION`].
    pub fn annotation(&self) -> String {
        self.lines().join("\n") + "\n"
    }
}

/// The text of [`TRANSFORMATIONS_ANNOTATION`].
pub fn transformations(origins: &[Origin]) -> String {
    origins
        .iter()
        .map(|origin| format!("- {}\n", origin.lines().join("\n  ")))
        .collect()
}

/// Joins relative paths and takes `.` and `..` out, as Go's `filepath.Join` does.
pub fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        assert_eq!(join("", "../base"), "../base");
        assert_eq!(join("../base", "a.yaml"), "../base/a.yaml");
        assert_eq!(join("../base", "../x"), "../x");
    }
}
