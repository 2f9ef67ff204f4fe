//! `apply --prune`: deletes what was applied before and is in the files no more.

use super::{Apply, LAST_APPLIED};
use crate::{
    client::{Request, log_line_of},
    error::{Error, Result},
    flags::DryRun,
    mapper::Mapping,
    printers::ResultPrinter,
    resource::{self, Info},
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

/// Deletes the objects that were applied, match the selector, and are not among `applied`.
pub(super) async fn run(apply: &Apply<'_>, applied: &[Info]) -> Result<()> {
    let session = apply.session;
    let mappings = mappings(apply).await?;
    let namespaces: BTreeSet<&str> = applied
        .iter()
        .filter(|info| info.mapping.namespaced)
        .map(|info| info.namespace.as_str())
        .collect();
    let mut printer = ResultPrinter::new(&apply.args.print, apply.dry_run.suffix())?;
    let (namespaced, of_cluster): (Vec<&Mapping>, Vec<&Mapping>) =
        mappings.iter().partition(|mapping| mapping.namespaced);
    let places = namespaces
        .iter()
        .flat_map(|namespace| namespaced.iter().map(move |mapping| (*namespace, *mapping)))
        .chain(of_cluster.into_iter().map(|mapping| ("", mapping)));
    for (namespace, mapping) in places {
        for info in doomed(apply, mapping, namespace, applied).await? {
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

async fn mappings(apply: &Apply<'_>) -> Result<Vec<Mapping>> {
    let mapper = apply.session.mapper()?;
    let named = parse(&apply.args.prune_allowlist)?;
    if named.is_empty() {
        log_line_of(
            'W',
            "prune.go:71",
            "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the \
             --namespace flag in a future release. To preserve the current behaviour, list the resources you want to \
             target explicitly in the --prune-allowlist flag.",
        );
        let mut found = Vec::new();
        for (group, version, kind) in DEFAULT {
            found.push(
                mapper
                    .kind(&kinds::api_version(group, version), kind)
                    .await?,
            );
        }
        return Ok(found);
    }
    let mut found = Vec::new();
    for (group, version, kind) in named {
        found.push(
            mapper
                .kind(&kinds::api_version(&group, &version), &kind)
                .await?,
        );
    }
    Ok(found)
}

async fn doomed(
    apply: &Apply<'_>,
    mapping: &Mapping,
    namespace: &str,
    applied: &[Info],
) -> Result<Vec<Info>> {
    let request = Request::get(mapping.path(namespace, "")).query(
        "labelSelector",
        apply.args.selector.clone().unwrap_or_default(),
    );
    let answer = apply.session.client()?.send(request).await;
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
    let kept = |uid: &str| applied.iter().any(|info| meta::uid(&info.object) == uid);
    Ok(resource::flatten(list)
        .into_iter()
        .filter(|object| meta::annotation(object, LAST_APPLIED).is_some())
        .filter(|object| !kept(meta::uid(object)))
        .map(|object| target.info(object))
        .collect())
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
