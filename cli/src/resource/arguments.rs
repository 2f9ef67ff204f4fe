//! Resources on the command line: `pods`, `pod web`, `pod/web`, `deploy,svc`, with selectors.

use super::Info;
use crate::{
    client::Request,
    error::{Error, Result},
    flags::FileArgs,
    mapper::Mapping,
    session::Session,
};
use serde_json::Value;

/// What the arguments name: a whole collection or one object of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub mapping: Mapping,
    /// Empty for the collection.
    pub name: String,
}

const TYPE_BESIDE_PAIR: &str = "there is no need to specify a resource type as a separate argument when passing \
                                arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead \
                                of 'kubectl get resource resource/<resource_name>'";

/// Which objects of a collection are meant, and where.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    pub label_selector: String,
    pub field_selector: String,
    pub all_namespaces: bool,
    /// How many objects one request returns; 0 for all.
    pub chunk: i64,
}

impl Selection {
    /// Whether there is a selector.
    pub fn selects(&self) -> bool {
        !(self.label_selector.trim().is_empty() && self.field_selector.trim().is_empty())
    }
}

/// Finds the resources and names that the words of the command line mean.
pub async fn targets(session: &Session, words: &[String]) -> Result<Vec<Target>> {
    let mapper = session.mapper()?;
    let slashed = words.iter().filter(|word| word.contains('/')).count();
    let mut targets = Vec::new();
    if slashed > 0 {
        if slashed < words.len() {
            return Err(Error::message(TYPE_BESIDE_PAIR));
        }
        for word in words {
            let (resource, name) = split_word(word)?;
            let mapping = mapper.resource(resource).await?;
            targets.push(Target {
                mapping,
                name: name.to_owned(),
            });
        }
        return Ok(targets);
    }
    let Some((resources, names)) = words.split_first() else {
        return Ok(targets);
    };
    let mut mappings: Vec<Mapping> = Vec::new();
    for resource in resources.split(',') {
        for mapping in mapper.resources(resource).await? {
            // A type that is named twice is meant once.
            if mappings.contains(&mapping) {
                continue;
            }
            mappings.push(mapping.clone());
            match names {
                [] => targets.push(Target {
                    mapping,
                    name: String::new(),
                }),
                names => targets.extend(names.iter().map(|name| Target {
                    mapping: mapping.clone(),
                    name: name.clone(),
                })),
            }
        }
    }
    Ok(targets)
}

/// Refuses words that do not go together with files or with a selector, before anybody is asked what they mean: the
/// files are looked for first.
pub fn refuse_mixture(words: &[String], files: &FileArgs, selects: bool) -> Result<()> {
    super::sources(files)?;
    let slashed = words.iter().any(|word| word.contains('/'));
    if slashed && words.iter().all(|word| word.contains('/')) {
        words
            .iter()
            .try_for_each(|word| split_word(word).map(drop))?;
    } else if slashed {
        return Err(Error::message(TYPE_BESIDE_PAIR));
    }
    // Several types with a name are pairs, too.
    let pairs = slashed || words.len() > 1 && words[0].contains(',');
    let text = match words.len() {
        0 => return Ok(()),
        _ if !files.is_empty() && pairs => {
            "resource/name arguments cannot be provided when a path is specified"
        }
        _ if !files.is_empty() => {
            "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"
        }
        _ if selects && pairs => {
            "selectors and the all flag cannot be used when passing resource/name arguments"
        }
        2.. if selects => "name cannot be provided when a selector is specified",
        _ => return Ok(()),
    };
    Err(Error::message(text))
}

/// The two parts of `resource/name`.
fn split_word(word: &str) -> Result<(&str, &str)> {
    let (resource, name) = word.split_once('/').unwrap_or((word, ""));
    if name.contains('/') {
        return Err(Error::message(
            "arguments in resource/name form may not have more than one slash",
        ));
    }
    match resource.is_empty() || resource.contains(',') || name.is_empty() {
        true => Err(Error::message(
            "arguments in resource/name form must have a single resource and name",
        )),
        false => Ok((resource, name)),
    }
}

impl Target {
    /// The namespace in which the target is looked for.
    pub fn namespace(&self, session: &Session, selection: &Selection) -> Result<String> {
        Ok(match self.mapping.namespaced && !selection.all_namespaces {
            true => session.namespace()?.to_owned(),
            false => String::new(),
        })
    }

    /// The request that reads the target.
    pub fn request(&self, session: &Session, selection: &Selection) -> Result<Request> {
        if !self.name.is_empty() && self.mapping.namespaced && selection.all_namespaces {
            return Err(Error::message(
                "a resource cannot be retrieved by name across all namespaces",
            ));
        }
        let path = self
            .mapping
            .path(&self.namespace(session, selection)?, &self.name);
        let request = Request::get(path);
        Ok(match self.name.is_empty() {
            true => request
                .query("fieldSelector", selection.field_selector.clone())
                .query("labelSelector", selection.label_selector.clone()),
            false => request,
        })
    }

    /// Reads the target from the server: one object, or each object of the collection.
    pub async fn infos(&self, session: &Session, selection: &Selection) -> Result<Vec<Info>> {
        let request = self.request(session, selection)?;
        let client = session.client()?;
        let objects = match self.name.is_empty() {
            true => super::flatten(super::list(client, request, selection.chunk).await?),
            false => {
                vec![super::fetch(client, request, &self.namespace(session, selection)?).await?]
            }
        };
        Ok(objects
            .into_iter()
            .map(|object| self.info(object))
            .collect())
    }

    /// Wraps an object of this target's resource.
    pub fn info(&self, object: Value) -> Info {
        Info {
            mapping: self.mapping.clone(),
            namespace: knarr_api::meta::namespace(&object).to_owned(),
            name: knarr_api::meta::name(&object).to_owned(),
            source: String::new(),
            object,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_together_with_neither_files_nor_selectors() {
        let refusal = |line: &str, filename: &[&str], selects: bool| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let files = FileArgs {
                filename: filename.iter().map(|name| (*name).to_owned()).collect(),
                ..FileArgs::default()
            };
            refuse_mixture(&words, &files, selects)
                .err()
                .map(|error| error.report().0)
        };
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let file = &[file.path().to_str().expect("it is UTF-8")][..];
        for (line, files, selects, expected) in [
            (
                "pods a",
                &[][..],
                true,
                Some("error: name cannot be provided when a selector is specified"),
            ),
            (
                "pods/a",
                &[],
                true,
                Some(
                    "error: selectors and the all flag cannot be used when passing resource/name arguments",
                ),
            ),
            ("pods,svc", &[], true, None),
            ("pods/a", &[], false, None),
            (
                "pods/a",
                file,
                false,
                Some("error: resource/name arguments cannot be provided when a path is specified"),
            ),
            (
                "pods",
                file,
                true,
                Some(
                    "error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments \
                     as well",
                ),
            ),
            (
                "pods",
                &["/nonexistent"],
                false,
                Some("error: the path \"/nonexistent\" does not exist"),
            ),
            ("", file, true, None),
        ] {
            assert_eq!(refusal(line, files, selects).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn a_word_has_one_slash_between_one_resource_and_one_name() {
        assert_eq!(split_word("pods/a").expect("it is one"), ("pods", "a"));
        for (word, expected) in [
            ("pods/a/b", "may not have more than one slash"),
            ("pods/", "must have a single resource and name"),
            ("/a", "must have a single resource and name"),
            ("pods,svc/a", "must have a single resource and name"),
        ] {
            let error = split_word(word).expect_err(word).report().0;
            assert_eq!(
                error,
                format!("error: arguments in resource/name form {expected}")
            );
        }
    }
}
