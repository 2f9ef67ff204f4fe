//! New names, tags and digests for images.

use super::{Context, Transform, field, field_specs, scalar_text};
use crate::kustomize::{
    error::Result,
    fieldspec::{Create, FieldSpec},
    kustomization::Image,
    resmap::ResMap,
    schema::Schemas,
};
use knarr_api::meta;
use regex_lite::Regex;
use serde_json::Value;

/// Renames one image at some places, and in everything that is called `containers` or `initContainers`.
pub struct Images {
    pub image: Image,
    pub places: Vec<FieldSpec>,
}

impl Transform for Images {
    fn apply(&self, map: &mut ResMap, _: &Schemas) -> Result<()> {
        // kustomize takes the name for a regular expression.
        let pattern = format!(
            "^{}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$",
            self.image.name
        );
        let Ok(pattern) = Regex::new(&pattern) else {
            return Ok(());
        };
        for resource in &mut map.resources {
            if meta::kind(&resource.object) != "CustomResourceDefinition" {
                self.in_containers(&mut resource.object, &pattern);
            }
        }
        for resource in &mut map.resources {
            for place in &self.places {
                place.apply(&mut resource.object, Create::Nothing, &mut |value| {
                    self.set(value, &pattern);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

impl Images {
    fn in_containers(&self, value: &mut Value, pattern: &Regex) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    if let ("containers" | "initContainers", Value::Array(items)) =
                        (key.as_str(), &mut *value)
                    {
                        for item in items {
                            if let Some(image) = item.get_mut("image") {
                                self.set(image, pattern);
                            }
                        }
                    }
                    self.in_containers(value, pattern);
                }
            }
            Value::Array(items) => items
                .iter_mut()
                .for_each(|item| self.in_containers(item, pattern)),
            _ => {}
        }
    }

    fn set(&self, value: &mut Value, pattern: &Regex) {
        let Some(text) = scalar_text(value).filter(|text| pattern.is_match(text)) else {
            return;
        };
        let (mut name, mut tag, mut digest) = split(&text);
        if !self.image.new_name.is_empty() {
            name = &self.image.new_name;
        }
        let suffixed;
        if !self.image.new_tag.is_empty() {
            tag = &self.image.new_tag;
            digest = &self.image.digest;
        } else if !self.image.digest.is_empty() {
            tag = "";
            digest = &self.image.digest;
        } else if !self.image.tag_suffix.is_empty() {
            suffixed = format!("{tag}{}", self.image.tag_suffix);
            tag = &suffixed;
            digest = "";
        }
        let mut image = name.to_owned();
        for (mark, part) in [(':', tag), ('@', digest)] {
            if !part.is_empty() {
                image.push(mark);
                image.push_str(part);
            }
        }
        *value = Value::from(image);
    }
}

/// Name, tag and digest of an image reference.
fn split(image: &str) -> (&str, &str, &str) {
    // A colon before the first slash belongs to a registry's port.
    let start = image.find('/').unwrap_or(0);
    let (head, digest) = match image[start..].find('@') {
        Some(at) => (&image[..start + at], &image[start + at + 1..]),
        None => (image, ""),
    };
    match head[start..].find(':') {
        Some(at) => (&head[..start + at], &head[start + at + 1..], digest),
        None => (head, "", digest),
    }
}

pub(super) fn plugin(_: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    Ok(Box::new(Images {
        image: field(config, "imageTag")?,
        places: field_specs(config)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        assert_eq!(split("nginx"), ("nginx", "", ""));
        assert_eq!(split("nginx:1"), ("nginx", "1", ""));
        assert_eq!(split("a:5000/nginx"), ("a:5000/nginx", "", ""));
        assert_eq!(
            split("a:5000/nginx:1@sha256:0"),
            ("a:5000/nginx", "1", "sha256:0")
        );
        assert_eq!(split("nginx@sha256:0"), ("nginx", "", "sha256:0"));
    }
}
