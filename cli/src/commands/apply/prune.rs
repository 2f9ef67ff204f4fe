//! `apply --prune`: deletes what was applied before and is in the files no more.

use super::{Apply, LAST_APPLIED};
use crate::{
    client::{Request, log_line_of},
    error::{Error, Result},
    flags::DryRun,
    mapper::Mapping,
    printers::ResultPrinter,
    resource::{self, Info},
    session::Session,
};
use knarr_api::{kinds, meta};
use std::collections::BTreeSet;

/// What is pruned when the user names no kinds: group, version and kind.
const DEFAULT: &[(&str, &str, &str)] = &[
    ("", "v1", "ConfigMap"),
    ("", "v1", "Endpoints"),
    ("", "v1", "Namespace"),
    ("", "v1", "PersistentVolumeClaim"),
    ("", "v1", "PersistentVolume"),
    ("", "v1", "Pod"),
    ("", "v1", "ReplicationController"),
    ("", "v1", "Secret"),
    ("", "v1", "Service"),
    ("batch", "v1", "Job"),
    ("batch", "v1", "CronJob"),
    ("networking.k8s.io", "v1", "Ingress"),
    ("apps", "v1", "DaemonSet"),
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "ReplicaSet"),
    ("apps", "v1", "StatefulSet"),
];

/// The kinds of `--prune-allowlist`, as `group/version/kind`.
pub fn parse(words: &[String]) -> Result<Vec<(String, String, String)>> {
    words
        .iter()
        .flat_map(|word| word.split(','))
        .map(
            |word| match word.split('/').collect::<Vec<_>>().as_slice() {
                [group, version, kind] => {
                    let group = if *group == "core" { "" } else { group };
                    Ok((group.to_owned(), (*version).to_owned(), (*kind).to_owned()))
                }
                _ => Err(Error::message(format!(
                    "invalid GroupVersionKind format: {word}, please follow <group/version/kind>"
                ))),
            },
        )
        .collect()
}

/// Refuses kinds that the server has not, before anything is applied.
pub(super) async fn check(session: &Session, words: &[String]) -> Result<()> {
    for (group, version, kind) in parse(words)? {
        let api_version = kinds::api_version(&group, &version);
        session.mapper()?.kind(&api_version, &kind).await?;
    }
    Ok(())
}

/// Where to look for objects that were applied before, and are wanted no more.
pub struct Pruner<'a> {
    session: &'a Session,
    selector: &'a str,
    mappings: Vec<Mapping>,
}

impl<'a> Pruner<'a> {
    /// For the kinds of the allow-list, or of the one that is usual.
    pub async fn new(
        session: &'a Session,
        selector: &'a str,
        allowlist: &[String],
    ) -> Result<Pruner<'a>> {
        let mut named = parse(allowlist)?;
        if named.is_empty() {
            log_line_of(
                'W',
                "prune.go:71",
                "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with \
                 the --namespace flag in a future release. To preserve the current behaviour, list the resources you \
                 want to target explicitly in the --prune-allowlist flag.",
            );
            let owned = |(group, version, kind): &(&str, &str, &str)| {
                (
                    (*group).to_owned(),
                    (*version).to_owned(),
                    (*kind).to_owned(),
                )
            };
            named = DEFAULT.iter().map(owned).collect();
        }
        let mut mappings = Vec::new();
        for (group, version, kind) in named {
            let api_version = kinds::api_version(&group, &version);
            mappings.push(session.mapper()?.kind(&api_version, &kind).await?);
        }
        Ok(Pruner {
            session,
            selector,
            mappings,
        })
    }

    /// The collections to look into: those of the namespaces of `kept` objects, then those of the whole cluster.
    pub fn places(&self, kept: &[Info]) -> Vec<(String, &Mapping)> {
        let namespaces: BTreeSet<&str> = kept
            .iter()
            .filter(|info| info.mapping.namespaced)
            .map(|info| info.namespace.as_str())
            .collect();
        let (namespaced, of_cluster): (Vec<&Mapping>, Vec<&Mapping>) =
            self.mappings.iter().partition(|mapping| mapping.namespaced);
        namespaces
            .iter()
            .flat_map(|namespace| {
                let namespaced = namespaced.iter();
                namespaced.map(move |mapping| ((*namespace).to_owned(), *mapping))
            })
            .chain(
                of_cluster
                    .into_iter()
                    .map(|mapping| (String::new(), mapping)),
            )
            .collect()
    }

    /// The objects of one collection that were applied, match the selector, and are not `kept`.
    pub async fn doomed(
        &self,
        mapping: &Mapping,
        namespace: &str,
        kept: &[Info],
    ) -> Result<Vec<Info>> {
        let request =
            Request::get(mapping.path(namespace, "")).query("labelSelector", self.selector);
        let answer = self.session.client()?.send(request).await;
        let list = answer.map_err(|error| {
            let scope = if mapping.namespaced {
                "namespaced"
            } else {
                "nonNamespaced"
            };
            Error::message(format!(
                "error pruning {scope} object {}, Kind={}: {error}",
                mapping.api_version(),
                mapping.kind
            ))
        })?;
        let target = resource::Target {
            mapping: mapping.clone(),
            name: String::new(),
        };
        let is_kept = |uid: &str| kept.iter().any(|info| meta::uid(&info.object) == uid);
        Ok(resource::flatten(list)
            .into_iter()
            .filter(|object| meta::annotation(object, LAST_APPLIED).is_some())
            .filter(|object| !is_kept(meta::uid(object)))
            .map(|object| target.info(object))
            .collect())
    }
}

/// Deletes the objects that were applied, match the selector, and are not among `applied`.
pub(super) async fn run(apply: &Apply<'_>, applied: &[Info]) -> Result<()> {
    let (session, args) = (apply.session, apply.args);
    let pruner = Pruner::new(session, args.selector(), &args.prune_allowlist).await?;
    let mut printer = ResultPrinter::new(&args.print, apply.dry_run.suffix())?;
    for (namespace, mapping) in pruner.places(applied) {
        for info in pruner.doomed(mapping, &namespace, applied).await? {
            if apply.dry_run == DryRun::None {
                apply.deletion.delete(session, &info).await?;
            } else if apply.dry_run == DryRun::Server {
                apply.deletion.rehearse(session, &info).await?;
            }
            printer.print(session, &info, "pruned")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allowlist_names_group_version_and_kind() {
        let parsed =
            parse(&["core/v1/ConfigMap,apps/v1/Deployment".to_owned()]).expect("it is right");
        assert_eq!(
            parsed[0],
            (String::new(), "v1".to_owned(), "ConfigMap".to_owned())
        );
        assert_eq!(parsed[1].0, "apps");
        assert_eq!(
            parse(&["foo".to_owned()])
                .expect_err("it is wrong")
                .report()
                .0,
            "error: invalid GroupVersionKind format: foo, please follow <group/version/kind>"
        );
    }
}
