//! The table of commands, in the order of kubectl's help.

use super::{
    Entry, annotate, api_resources, api_versions, apply, attach, auth, autoscale, certificate,
    cluster_info, completion, config, convert, cordon, cp, create, ctx, debug, delete, describe,
    diff, drain, edit, entry, events, exec, explain, expose, get, kuberc, kustomize, label, logs,
    neat, ns, patch, plugin, port_forward, proxy, replace, rollout, run, scale, set, taint, top,
    tree, unexpected_args, version, view_secret, wait, who_can, why,
};

/// Every command, grouped and ordered as `kubectl --help` shows them.
pub static COMMANDS: &[Entry] = &[
    entry!(
        Beginner,
        "create",
        [],
        create::Args,
        create::run,
        "Create a resource from a file or from stdin",
        unexpected_args
    ),
    entry!(
        Beginner,
        "expose",
        [],
        expose::Args,
        expose::run,
        "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service"
    ),
    entry!(
        Beginner,
        "run",
        [],
        run::Args,
        run::run,
        "Run a particular image on the cluster"
    ),
    entry!(
        Beginner,
        "set",
        [],
        set::Args,
        set::run,
        "Set specific features on objects"
    ),
    entry!(
        Intermediate,
        "explain",
        [],
        explain::Args,
        explain::run,
        "Get documentation for a resource"
    ),
    entry!(
        Intermediate,
        "get",
        [],
        get::Args,
        get::run,
        "Display one or many resources"
    ),
    entry!(
        Intermediate,
        "edit",
        [],
        edit::Args,
        edit::run,
        "Edit a resource on the server"
    ),
    entry!(
        Intermediate,
        "delete",
        [],
        delete::Args,
        delete::run,
        "Delete resources by file names, stdin, resources and names, or by resources and label selector"
    ),
    entry!(
        Deploy,
        "rollout",
        [],
        rollout::Args,
        rollout::run,
        "Manage the rollout of a resource"
    ),
    entry!(
        Deploy,
        "scale",
        [],
        scale::Args,
        scale::run,
        "Set a new size for a deployment, replica set, or replication controller"
    ),
    entry!(
        Deploy,
        "autoscale",
        [],
        autoscale::Args,
        autoscale::run,
        "Auto-scale a deployment, replica set, stateful set, or replication controller"
    ),
    entry!(
        Cluster,
        "certificate",
        [],
        certificate::Args,
        certificate::run,
        "Modify certificate resources"
    ),
    entry!(
        Cluster,
        "cluster-info",
        [],
        cluster_info::Args,
        cluster_info::run,
        "Display cluster information"
    ),
    entry!(
        Cluster,
        "top",
        [],
        top::Args,
        top::run,
        "Display resource (CPU/memory) usage"
    ),
    entry!(
        Cluster,
        "cordon",
        [],
        cordon::Args,
        cordon::cordon,
        "Mark node as unschedulable"
    ),
    entry!(
        Cluster,
        "uncordon",
        [],
        cordon::Args,
        cordon::uncordon,
        "Mark node as schedulable"
    ),
    entry!(
        Cluster,
        "drain",
        [],
        drain::Args,
        drain::run,
        "Drain node in preparation for maintenance"
    ),
    entry!(
        Cluster,
        "taint",
        [],
        taint::Args,
        taint::run,
        "Update the taints on one or more nodes"
    ),
    entry!(
        Troubleshooting,
        "describe",
        [],
        describe::Args,
        describe::run,
        "Show details of a specific resource or group of resources"
    ),
    entry!(
        Troubleshooting,
        "logs",
        ["log"],
        logs::Args,
        logs::run,
        "Print the logs for a container in a pod"
    ),
    entry!(
        Troubleshooting,
        "attach",
        [],
        attach::Args,
        attach::run,
        "Attach to a running container"
    ),
    entry!(
        Troubleshooting,
        "exec",
        [],
        exec::Args,
        exec::run,
        "Execute a command in a container"
    ),
    entry!(
        Troubleshooting,
        "port-forward",
        [],
        port_forward::Args,
        port_forward::run,
        "Forward one or more local ports to a pod"
    ),
    entry!(
        Troubleshooting,
        "proxy",
        [],
        proxy::Args,
        proxy::run,
        "Run a proxy to the Kubernetes API server"
    ),
    entry!(
        Troubleshooting,
        "cp",
        [],
        cp::Args,
        cp::run,
        "Copy files and directories to and from containers"
    ),
    entry!(
        Troubleshooting,
        "auth",
        [],
        auth::Args,
        auth::run,
        "Inspect authorization"
    ),
    entry!(
        Troubleshooting,
        "debug",
        [],
        debug::Args,
        debug::run,
        "Create debugging sessions for troubleshooting workloads and nodes"
    ),
    entry!(
        Troubleshooting,
        "events",
        [],
        events::Args,
        events::run,
        "List events"
    ),
    entry!(
        Advanced,
        "diff",
        [],
        diff::Args,
        diff::run,
        "Diff the live version against a would-be applied version",
        diff::unexpected
    ),
    entry!(
        Advanced,
        "apply",
        [],
        apply::Args,
        apply::run,
        "Apply a configuration to a resource by file name or stdin",
        unexpected_args
    ),
    entry!(
        Advanced,
        "patch",
        [],
        patch::Args,
        patch::run,
        "Update fields of a resource"
    ),
    entry!(
        Advanced,
        "replace",
        [],
        replace::Args,
        replace::run,
        "Replace a resource by file name or stdin"
    ),
    entry!(
        Advanced,
        "wait",
        [],
        wait::Args,
        wait::run,
        "Wait for a specific condition on one or many resources"
    ),
    entry!(
        Advanced,
        "kustomize",
        [],
        kustomize::Args,
        kustomize::run,
        "Build a kustomization target from a directory or URL"
    ),
    entry!(
        Settings,
        "label",
        [],
        label::Args,
        label::run,
        "Update the labels on a resource"
    ),
    entry!(
        Settings,
        "annotate",
        [],
        annotate::Args,
        annotate::run,
        "Update the annotations on a resource"
    ),
    entry!(
        Settings,
        "completion",
        [],
        completion::Args,
        completion::run,
        "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)"
    ),
    entry!(
        Other,
        "api-resources",
        [],
        api_resources::Args,
        api_resources::run,
        "Print the supported API resources on the server"
    ),
    entry!(
        Other,
        "api-versions",
        [],
        api_versions::Args,
        api_versions::run,
        "Print the supported API versions on the server, in the form of \"group/version\""
    ),
    entry!(
        Other,
        "config",
        [],
        config::Args,
        config::run,
        "Modify kubeconfig files"
    ),
    entry!(
        Other,
        "kuberc",
        [],
        kuberc::Args,
        kuberc::run,
        "Manage kuberc configuration files"
    ),
    entry!(
        Other,
        "plugin",
        [],
        plugin::Args,
        plugin::run,
        "Provides utilities for interacting with plugins"
    ),
    entry!(
        Other,
        "version",
        [],
        version::Args,
        version::run,
        "Print the client and server version information"
    ),
    entry!(
        Additional,
        "convert",
        [],
        convert::Args,
        convert::run,
        "Convert the objects of files to another API version"
    ),
    entry!(
        Additional,
        "ctx",
        [],
        ctx::Args,
        ctx::run,
        "List the contexts, or switch to one (with a picker on a terminal)"
    ),
    entry!(
        Additional,
        "neat",
        [],
        neat::Args,
        neat::run,
        "Print an object without what the server wrote into it"
    ),
    entry!(
        Additional,
        "ns",
        [],
        ns::Args,
        ns::run,
        "List the namespaces, or use one (with a picker on a terminal)"
    ),
    entry!(
        Additional,
        "tree",
        [],
        tree::Args,
        tree::run,
        "Show an object and everything that it owns"
    ),
    entry!(
        Additional,
        "view-secret",
        [],
        view_secret::Args,
        view_secret::run,
        "Print the decoded values of a secret"
    ),
    entry!(
        Additional,
        "who-can",
        [],
        who_can::Args,
        who_can::run,
        "Show who is allowed to do something"
    ),
    entry!(
        Additional,
        "why",
        [],
        why::Args,
        why::run,
        "Explain why something is pending, terminating, not ready or crashing"
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Group;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_complete_and_without_duplicates() {
        let mut names = HashSet::new();
        for entry in COMMANDS {
            assert!(!entry.about.is_empty(), "{} has no description", entry.name);
            for name in entry.aliases.iter().chain([&entry.name]) {
                assert!(names.insert(*name), "{name} is there twice");
            }
        }
    }

    #[test]
    fn commands_stand_in_the_order_of_their_groups() {
        let place = |entry: &Entry| Group::ALL.iter().position(|group| *group == entry.group);
        assert!(
            COMMANDS
                .windows(2)
                .all(|pair| place(&pair[0]) <= place(&pair[1]))
        );
    }

    #[test]
    fn every_definition_holds_together() {
        crate::app::full_command("kubectl").debug_assert();
    }
}
