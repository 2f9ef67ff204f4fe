# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kubectl_global_optspecs
    string join \n as= as-group= as-uid= as-user-extra= cache-dir= certificate-authority= client-certificate= client-key= cluster= context= disable-compression= insecure-skip-tls-verify= kubeconfig= n/namespace= password= request-timeout= s/server= tls-server-name= token= user= username= v/v= color= warnings-as-errors= h/help=
end

function __fish_kubectl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kubectl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kubectl_using_subcommand
    set -l cmd (__fish_kubectl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kubectl -n "__fish_kubectl_needs_command" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_needs_command" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_needs_command" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_needs_command" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "create" -d 'Create a resource from a file or from stdin'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "expose" -d 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "run" -d 'Run a particular image on the cluster'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "set" -d 'Set specific features on objects'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "explain" -d 'Get documentation for a resource'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "get" -d 'Display one or many resources'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "edit" -d 'Edit a resource on the server'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "delete" -d 'Delete resources by file names, stdin, resources and names, or by resources and label selector'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "rollout" -d 'Manage the rollout of a resource'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "scale" -d 'Set a new size for a deployment, replica set, or replication controller'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "autoscale" -d 'Auto-scale a deployment, replica set, stateful set, or replication controller'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "certificate" -d 'Modify certificate resources'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "cluster-info" -d 'Display cluster information'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "top" -d 'Display resource (CPU/memory) usage'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "cordon" -d 'Mark node as unschedulable'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "uncordon" -d 'Mark node as schedulable'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "drain" -d 'Drain node in preparation for maintenance'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "taint" -d 'Update the taints on one or more nodes'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "describe" -d 'Show details of a specific resource or group of resources'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "logs" -d 'Print the logs for a container in a pod'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "attach" -d 'Attach to a running container'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "exec" -d 'Execute a command in a container'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "port-forward" -d 'Forward one or more local ports to a pod'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "cp" -d 'Copy files and directories to and from containers'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "auth" -d 'Inspect authorization'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "events" -d 'List events'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "diff" -d 'Diff the live version against a would-be applied version'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "apply" -d 'Apply a configuration to a resource by file name or stdin'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "patch" -d 'Update fields of a resource'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "replace" -d 'Replace a resource by file name or stdin'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "kustomize" -d 'Build a kustomization target from a directory or URL'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "wait" -d 'Wait for a specific condition on one or many resources'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "label" -d 'Update the labels on a resource'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "annotate" -d 'Update the annotations on a resource'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "completion" -d 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "api-resources" -d 'Print the supported API resources on the server'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "api-versions" -d 'Print the supported API versions on the server, in the form of "group/version"'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "config" -d 'Modify kubeconfig files'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "plugin" -d 'Provides utilities for interacting with plugins'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "version" -d 'Print the client and server version information'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "ctx" -d 'List the contexts, or switch to one (with a picker on a terminal)'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "neat" -d 'Print an object without what the server wrote into it'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "ns" -d 'List the namespaces, or use one (with a picker on a terminal)'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "tree" -d 'Show an object and everything that it owns'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "view-secret" -d 'Print the decoded values of a secret'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "who-can" -d 'Show who is allowed to do something'
complete -c kubectl -n "__fish_kubectl_needs_command" -f -a "why" -d 'Explain why something is pending, terminating, not ready or crashing'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l raw -d 'Raw URI to POST to the server.  Uses the transport specified by the kubeconfig file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "clusterrole" -d 'Create a cluster role'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "clusterrolebinding" -d 'Create a cluster role binding for a particular cluster role'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "configmap" -d 'Create a config map from a local file, directory or literal value'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "cronjob" -d 'Create a cron job with the specified name'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "deployment" -d 'Create a deployment with the specified name'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "ingress" -d 'Create an ingress with the specified name'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "job" -d 'Create a job with the specified name'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "namespace" -d 'Create a namespace with the specified name'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "poddisruptionbudget" -d 'Create a pod disruption budget with the specified name'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "priorityclass" -d 'Create a priority class with the specified name'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "quota" -d 'Create a quota with the specified name'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "role" -d 'Create a role with single rule'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "rolebinding" -d 'Create a role binding for a particular role or cluster role'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "secret" -d 'Create a secret using a specified subcommand'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "service" -d 'Create a service using a specified subcommand'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "serviceaccount" -d 'Create a service account with the specified name'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and not __fish_seen_subcommand_from clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token" -f -a "token" -d 'Request a service account token'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l verb -d 'Verb that applies to the resources contained in the rule' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l resource -d 'Resource that the rule applies to' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l resource-name -d 'Resource in the white list that the rule applies to, repeat this flag for multiple items' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l aggregation-rule -d 'An aggregation label selector for combining ClusterRoles' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l non-resource-url -d 'A partial url that user should have access to' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrole" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l clusterrole -d 'ClusterRole this ClusterRoleBinding should reference' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l user -d 'Usernames to bind to the clusterrole' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l group -d 'Groups to bind to the role' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l serviceaccount -d 'Service accounts to bind to the role, in the format <namespace>:<name>' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from clusterrolebinding" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l from-env-file -d 'Specify the path to a file to read lines of key=val pairs to create the data' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l from-file -d 'Key file can be specified using its file path, in which case file basename will be used as the key, or optionally with a key and file path, in which case the given key will be used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l from-literal -d 'Specify a key and literal value to insert (i.e. mykey=somevalue)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l append-hash -d 'Append a hash of the configmap to its name' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from configmap" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l image -d 'Image name to run' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l schedule -d 'A schedule in the Cron format the job should be run with' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l restart -d 'job\'s restart policy. supported values: OnFailure, Never' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from cronjob" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l image -d 'Image names to run. A deployment can have multiple images set for multi-container pod' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l port -d 'The containerPort that this deployment exposes' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -s r -l replicas -d 'Number of replicas to create. Default is 1' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from deployment" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l annotation -d 'Annotation to insert in the ingress object, in the format annotation=value' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l class -d 'Ingress Class to be used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l default-backend -d 'Default service for backend, in format of svcname:port' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l rule -d 'Rule in format host/path=service:port[,tls=secretname]. Paths containing the leading character \'*\' are considered pathType=Prefix. tls argument is optional' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from ingress" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l image -d 'Image name to run' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l from -d 'The name of the resource to create a Job from (only cronjob is supported)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from job" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from namespace" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l max-unavailable -d 'The maximum number or percentage of unavailable pods this budget requires' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l min-available -d 'The minimum number or percentage of available pods this budget requires' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l selector -d 'A label selector to use for this budget. Only equality-based selector requirements are supported' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from poddisruptionbudget" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l description -d 'description is an arbitrary string that usually provides guidelines on when this priority class should be used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l global-default -d 'global-default specifies whether this PriorityClass should be considered as the default priority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l preemption-policy -d 'preemption-policy is the policy for preempting pods with lower priority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l value -d 'the value of this priority class' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from priorityclass" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l hard -d 'A comma-delimited set of resource=quantity pairs that define a hard limit' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l scopes -d 'A comma-delimited set of quota scopes that must all match each object tracked by the quota' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from quota" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l verb -d 'Verb that applies to the resources contained in the rule' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l resource -d 'Resource that the rule applies to' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l resource-name -d 'Resource in the white list that the rule applies to, repeat this flag for multiple items' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from role" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l clusterrole -d 'ClusterRole this RoleBinding should reference' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l role -d 'Role this RoleBinding should reference' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l user -d 'Usernames to bind to the role' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l group -d 'Groups to bind to the role' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l serviceaccount -d 'Service accounts to bind to the role, in the format <namespace>:<name>' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from rolebinding" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -f -a "docker-registry" -d 'Create a secret for use with a Docker registry'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -f -a "generic" -d 'Create a secret from a local file, directory, or literal value'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from secret" -f -a "tls" -d 'Create a TLS secret'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -f -a "clusterip" -d 'Create a ClusterIP service'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -f -a "externalname" -d 'Create an ExternalName service'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -f -a "loadbalancer" -d 'Create a LoadBalancer service'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from service" -f -a "nodeport" -d 'Create a NodePort service'
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from serviceaccount" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l audience -d 'Audience of the requested token. If unset, defaults to requesting a token for use with the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l bound-object-kind -d 'Kind of an object to bind the token to. Supported kinds are Node, Pod, Secret. If set, --bound-object-name must be provided' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l bound-object-name -d 'Name of an object to bind the token to. The token will expire when the object is deleted. Requires --bound-object-kind' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l bound-object-uid -d 'UID of an object to bind the token to. Requires --bound-object-kind and --bound-object-name. If unset, the UID of the existing object is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l duration -d 'Requested lifetime of the issued token. If not set or if set to 0, the lifetime will be determined by the server automatically' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand create; and __fish_seen_subcommand_from token" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l cluster-ip -d 'ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to \'None\' to create a headless service' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l external-ip -d 'Additional external IP address (not managed by Kubernetes) to accept for the service' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l load-balancer-ip -d 'IP to assign to the LoadBalancer. If empty, an ephemeral IP will be created and used (cloud-provider specific)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l override-type -d 'The method used to override the generated object: json, merge, or strategic' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l overrides -d 'An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l save-config -d 'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -s l -l labels -d 'Labels to apply to the service created by this call' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l name -d 'The name for the newly created object' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l port -d 'The port that the service should serve on. Copied from the resource being exposed, if unspecified' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l protocol -d 'The network protocol for the service to be created. Default is \'TCP\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l selector -d 'A label selector to use for this service. Only equality-based selector requirements are supported' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l session-affinity -d 'If non-empty, set the session affinity for the service to this; legal values: \'None\', \'ClientIP\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l target-port -d 'Name or number for the port on the container that the service should direct traffic to. Optional' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l type -d 'Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is \'ClusterIP\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand expose" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l annotations -d 'Annotations to apply to the pod' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l command -d 'If true and extra arguments are present, use them as the \'command\' field in the container, rather than the \'args\' field which is the default' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l env -d 'Environment variables to set in the container' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l image -d 'The image for the container to run' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l image-pull-policy -d 'The image pull policy for the container. If left empty, this value will not be specified by the client and defaulted by the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -s l -l labels -d 'Comma separated labels to apply to the pod. Will override previous values' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l expose -d 'If true, create a ClusterIP service associated with the pod.  Requires `--port`' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l override-type -d 'The method used to override the generated object: json, merge, or strategic' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l overrides -d 'An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l save-config -d 'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l port -d 'The port that this container exposes' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l privileged -d 'If true, run the container in privileged mode' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l restart -d 'The restart policy for this Pod.  Legal values [Always, OnFailure, Never]' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -s i -l stdin -d 'Keep stdin open on the container in the pod, even if nothing is attached' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -s t -l tty -d 'Allocate a TTY for the container in the pod' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand run" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -f -a "env" -d 'Update environment variables on a pod template'
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -f -a "image" -d 'Update the image of a pod template'
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -f -a "resources" -d 'Update resource requests/limits on objects with pod templates'
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -f -a "selector" -d 'Set the selector on a resource'
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -f -a "serviceaccount" -d 'Update the service account of a resource'
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and not __fish_seen_subcommand_from env image resources selector serviceaccount subject" -f -a "subject" -d 'Update the user, group, or service account in a role binding or cluster role binding'
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l all -d 'Select all resources, in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l local -d 'If true, the command will NOT contact api-server but run locally' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s c -l containers -d 'The names of containers in the selected pod templates to change - may use wildcards' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s e -l env -d 'Specify a key-value pair for an environment variable to set into each container' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l from -d 'The name of a resource from which to inject environment variables' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l keys -d 'Comma-separated list of keys to import from specified resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l list -d 'If true, display the environment and any changes in the standard format. this flag will removed when we have kubectl view env' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l overwrite -d 'If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l prefix -d 'Prefix to append to variable names' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l resolve -d 'If true, show secret or configmap references when listing variables' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from env" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l all -d 'Select all resources, in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l local -d 'If true, the command will NOT contact api-server but run locally' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from image" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l all -d 'Select all resources, in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l local -d 'If true, the command will NOT contact api-server but run locally' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -s c -l containers -d 'The names of containers in the selected pod templates to change, all containers are selected by default - may use wildcards' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l limits -d 'The resource requirement requests for this container.  For example, \'cpu=100m,memory=256Mi\'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l requests -d 'The resource requirement requests for this container.  For example, \'cpu=100m,memory=256Mi\'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from resources" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l all -d 'Select all resources, in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l local -d 'If true, the command will NOT contact api-server but run locally' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l resource-version -d 'If non-empty, the selectors update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from selector" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l all -d 'Select all resources, in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l local -d 'If true, the command will NOT contact api-server but run locally' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from serviceaccount" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l all -d 'Select all resources, in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l local -d 'If true, the command will NOT contact api-server but run locally' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l group -d 'Groups to bind to the role' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l serviceaccount -d 'Service accounts to bind to the role' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l user -d 'Usernames to bind to the role' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand set; and __fish_seen_subcommand_from subject" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l api-version -d 'Use given api-version (group/version) of the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -s o -l output -d 'Format in which to render the schema. Valid values are: (plaintext)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -s R -l recursive -d 'When true, print the name of all the fields recursively. Otherwise, print the available fields with their description' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand explain" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l field-selector -d 'Selector (field query) to filter on, supports \'=\', \'==\', and \'!=\'.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s A -l all-namespaces -d 'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l chunk-size -d 'Return large lists in chunks rather than all at once. Pass 0 to disable' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l ignore-not-found -d 'If set to true, suppresses NotFound error for specific objects that do not exist' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s L -l label-columns -d 'Accepts a comma separated list of labels that are going to be presented as columns. Names are case-sensitive' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l no-headers -d 'When using the default or custom-column output format, don\'t print headers (default print headers)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l output-watch-events -d 'Output watch event objects when --watch or --watch-only is used. Existing objects are output as initial ADDED events' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l raw -d 'Raw URI to request from the server.  Uses the transport specified by the kubeconfig file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l server-print -d 'If true, have the server return the appropriate table output. Supports extension APIs and CRDs' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l show-kind -d 'If present, list the resource type for the requested object(s)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l show-labels -d 'When printing, show all labels as the last column (default hide labels column)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l sort-by -d 'If non-empty, sort list types using this field specification, a JSONPath expression (e.g. \'{.metadata.name}\')' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l subresource -d 'If specified, gets the subresource of the requested object' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s w -l watch -d 'After listing/getting the requested object, watch for changes' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l watch-only -d 'Watch for changes to the requested object(s), without listing/getting first' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand get" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l save-config -d 'If true, the configuration of current object will be saved in its annotation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand edit" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l field-selector -d 'Selector (field query) to filter on, supports \'=\', \'==\', and \'!=\'.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s A -l all-namespaces -d 'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l all -d 'Delete all resources, in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l cascade -d 'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l force -d 'If true, immediately remove resources from API and bypass graceful deletion' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l grace-period -d 'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l ignore-not-found -d 'Treat "resource not found" as a successful delete. Defaults to "true" when --all is specified' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s i -l interactive -d 'If true, delete resource only when user confirms' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l now -d 'If true, resources are signaled for immediate shutdown (same as --grace-period=1)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s o -l output -d 'Output mode. Use "-o name" for shorter output (resource/name)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l raw -d 'Raw URI to DELETE to the server.  Uses the transport specified by the kubeconfig file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l timeout -d 'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l wait -d 'If true, wait for resources to be gone before returning. This waits for finalizers' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand delete" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -f -a "history" -d 'View rollout history'
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -f -a "pause" -d 'Mark the provided resource as paused'
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -f -a "restart" -d 'Restart a resource'
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -f -a "resume" -d 'Resume a paused resource'
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -f -a "status" -d 'Show the status of the rollout'
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and not __fish_seen_subcommand_from history pause restart resume status undo" -f -a "undo" -d 'Undo a previous rollout'
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l revision -d 'See the details, including podTemplate of the revision specified' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from history" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from pause" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from restart" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from resume" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l revision -d 'Pin to a specific revision for showing its status. Defaults to 0 (last revision)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l timeout -d 'The length of time to wait before ending watch, zero means never' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -s w -l watch -d 'Watch the status of the rollout until it\'s done' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from status" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l to-revision -d 'The revision to rollback to. Default to 0 (last revision)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand rollout; and __fish_seen_subcommand_from undo" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l all -d 'Select all resources in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l current-replicas -d 'Precondition for current size. Requires that the current size of the resource match this value in order to scale. -1 (default) for no condition' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l replicas -d 'The new desired number of replicas. Required' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l resource-version -d 'Precondition for resource version. Requires that the current resource version match this value in order to scale' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l timeout -d 'The length of time to wait before giving up on a scale operation, zero means don\'t wait. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand scale" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l cpu -d 'Target CPU utilization over all the pods. When specified as a percentage (e.g."70%" for 70% of requested CPU) it will target average utilization. When specified as quantity (e.g."500m" for 500 milliCPU) it will target average value. Value without units is treated as a quantity with miliCPU being the unit (e.g."500" is "500m")' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l cpu-percent -d 'The target average CPU utilization (represented as a percent of requested CPU) over all the pods. If it\'s not specified or negative, a default autoscaling policy will be used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l max -d 'The upper limit for the number of pods that can be set by the autoscaler. Required' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l memory -d 'Target memory utilization over all the pods. When specified  as a percentage (e.g."60%" for 60% of requested memory) it will target average utilization. When specified as quantity (e.g."200Mi" for 200 MiB, "1Gi" for 1 GiB) it will target average value. Value without units is treated as a quantity with mebibytes being the unit (e.g."200" is "200Mi")' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l min -d 'The lower limit for the number of pods that can be set by the autoscaler. If it\'s not specified or negative, the server will apply a default value' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l name -d 'The name for the newly created object. If not specified, the name of the input resource will be used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l save-config -d 'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged. This flag is useful when you want to perform kubectl apply on this object in the future' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand autoscale" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -f -a "approve" -d 'Approve a certificate signing request'
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and not __fish_seen_subcommand_from approve deny" -f -a "deny" -d 'Deny a certificate signing request'
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l force -d 'Update the CSR even if it is already decided so' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from approve" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l force -d 'Update the CSR even if it is already decided so' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand certificate; and __fish_seen_subcommand_from deny" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and not __fish_seen_subcommand_from dump" -f -a "dump" -d 'Dump relevant information for debugging and diagnosis'
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -s A -l all-namespaces -d 'If true, dump all namespaces.  If true, --namespaces is ignored' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l namespaces -d 'A comma separated list of namespaces to dump' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -s o -l output -d 'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l output-directory -d 'Where to output the files.  If empty or \'-\' uses stdout, otherwise creates a directory hierarchy in that directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l pod-running-timeout -d 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview]' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cluster-info; and __fish_seen_subcommand_from dump" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -f -a "node" -d 'Display resource (CPU/memory) usage of nodes'
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and not __fish_seen_subcommand_from node pod" -f -a "pod" -d 'Display resource (CPU/memory) usage of pods'
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l no-headers -d 'If present, print output without headers' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from node" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -s A -l all-namespaces -d 'If present, list the requested object(s) across all namespaces' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l no-headers -d 'If present, print output without headers' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand top; and __fish_seen_subcommand_from pod" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cordon" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand uncordon" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l chunk-size -d 'Return large lists in chunks rather than all at once. Pass 0 to disable' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l delete-emptydir-data -d 'Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l disable-eviction -d 'Force drain to use delete, even if eviction is supported' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l force -d 'Continue even if there are pods that do not declare a controller' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l grace-period -d 'Period of time in seconds given to each pod to terminate gracefully. If negative, the default value specified in the pod will be used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l ignore-daemonsets -d 'Ignore DaemonSet-managed pods' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l pod-selector -d 'Label selector to filter pods on the node' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l skip-wait-for-delete-timeout -d 'If pod DeletionTimestamp older than N seconds, skip waiting for the pod.  Seconds must be greater than 0 to skip' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l timeout -d 'The length of time to wait before giving up, zero means infinite' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand drain" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l all -d 'Select all nodes in the cluster' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l overwrite -d 'If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand taint" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -s A -l all-namespaces -d 'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l chunk-size -d 'Return large lists in chunks rather than all at once. Pass 0 to disable' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l show-events -d 'If true, display events related to the described object. Defaults to true for a single object, false for multiple objects and prefix matching' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand describe" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l all-containers -d 'Get all containers\' logs in the pod(s)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l all-pods -d 'Get logs from all pod(s). Sets prefix to true' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -s c -l container -d 'Print the logs of this container' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -s f -l follow -d 'Specify if the logs should be streamed' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l ignore-errors -d 'If watching / following pod logs, allow for any errors that occur to be non-fatal' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l limit-bytes -d 'Maximum bytes of logs to return. Defaults to no limit' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l max-log-requests -d 'Specify maximum number of concurrent logs to follow when using by a selector. Defaults to 5' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l pod-running-timeout -d 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l prefix -d 'Prefix each log line with the log source (pod name and container name)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l new-pods -d 'With --selector and --follow: also follow pods that come later, and containers that start again' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -s p -l previous -d 'If true, print the logs for the previous instance of the container in a pod if it exists' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l since -d 'Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs. Only one of since-time / since may be used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l since-time -d 'Only return logs after a specific date (RFC3339). Defaults to all logs. Only one of since-time / since may be used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l tail -d 'Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l timestamps -d 'Include timestamps on each line in the log output' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand logs" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -s c -l container -d 'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l detach-keys -d 'Override the key sequence for detaching a container' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l pod-running-timeout -d 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -s q -l quiet -d 'Only print output from the remote session' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -s i -l stdin -d 'Pass stdin to the container' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -s t -l tty -d 'Stdin is a TTY' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand attach" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -s c -l container -d 'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -s f -l filename -d 'to use to exec into the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l pod-running-timeout -d 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -s q -l quiet -d 'Only print output from the remote session' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -s i -l stdin -d 'Pass stdin to the container' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -s t -l tty -d 'Stdin is a TTY' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand exec" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l address -d 'Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value. When localhost is supplied, kubectl will try to bind on both 127.0.0.1 and ::1 and will fail if neither of these addresses are available to bind' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l pod-running-timeout -d 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand port-forward" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -s c -l container -d 'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l no-preserve -d 'The copied file/directory\'s ownership and permissions will not be preserved in the container' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l retries -d 'Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying. The default is 0 (no retry)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand cp" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -f -a "can-i" -d 'Check whether an action is allowed'
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -f -a "reconcile" -d 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects'
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and not __fish_seen_subcommand_from can-i reconcile whoami" -f -a "whoami" -d 'Experimental: Check self subject attributes'
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -s A -l all-namespaces -d 'If true, check the specified action in all namespaces' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l list -d 'If true, prints all allowed actions' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l no-headers -d 'If true, prints allowed actions without headers' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -s q -l quiet -d 'If true, suppress output and just return the exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l subresource -d 'SubResource such as pod/log or deployment/scale' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from can-i" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l remove-extra-permissions -d 'If true, removes extra permissions added to roles' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l remove-extra-subjects -d 'If true, removes extra subjects added to rolebindings' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from reconcile" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand auth; and __fish_seen_subcommand_from whoami" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -s A -l all-namespaces -d 'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l chunk-size -d 'Return large lists in chunks rather than all at once. Pass 0 to disable' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l for -d 'Filter events to only those pertaining to the specified resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l no-headers -d 'When using the default output format, don\'t print headers' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l types -d 'Output only events of given types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -s w -l watch -d 'After listing the requested events, watch for more events' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand events" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l force-conflicts -d 'If true, server-side apply will force the changes against conflicts' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l server-side -d 'If true, apply runs in the server instead of the client' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l show-managed-fields -d 'If true, include managed fields in the diff' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand diff" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l all -d 'Select all resources in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l cascade -d 'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l force -d 'If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l force-conflicts -d 'If true, server-side apply will force the changes against conflicts' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l grace-period -d 'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l openapi-patch -d 'If true, use openapi to calculate diff when the openapi presents and the resource can be found in the openapi spec. Otherwise, fall back to use baked-in types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l overwrite -d 'Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l prune -d 'Automatically delete previously applied resource objects that do not appear in the provided configs, as selected with -l or --all' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l prune-allowlist -d 'Overwrite the default allowlist with <group/version/kind> for --prune' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l server-side -d 'If true, apply runs in the server instead of the client' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l subresource -d 'If specified, apply will operate on the subresource of the requested object.  Only allowed when using --server-side' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l timeout -d 'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l wait -d 'If true, wait for resources to be gone before returning. This waits for finalizers' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand apply" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l local -d 'If true, patch will operate on the content of the file, not the server-side resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -s p -l patch -d 'The patch to be applied to the resource JSON file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l patch-file -d 'A file containing a patch to be applied to the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l subresource -d 'If specified, patch will operate on the subresource of the requested object' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l type -d 'The type of patch being provided; one of [json merge strategic]' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand patch" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l force -d 'If true, immediately remove resources from API and bypass graceful deletion, then create them anew' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l grace-period -d 'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l cascade -d 'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l raw -d 'Raw URI to PUT to the server.  Uses the transport specified by the kubeconfig file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l save-config -d 'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l timeout -d 'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l wait -d 'If true, wait for resources to be gone before returning. This waits for finalizers' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l subresource -d 'If specified, replace will operate on the subresource of the requested object' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l validate -d 'Must be one of: strict (or true), warn, ignore (or false)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand replace" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l as-current-user -d 'use the uid and gid of the command executor to run the function in the container' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l enable-alpha-plugins -d 'enable kustomize plugins' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l enable-helm -d 'Enable use of the Helm chart inflator generator' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -s e -l env -d 'a list of environment variables to be used by functions' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l helm-api-versions -d 'Kubernetes api versions used by Helm for Capabilities.APIVersions' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l helm-command -d 'helm command (path to executable)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l helm-debug -d 'Enable debug output from the Helm chart inflator generator' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l helm-kube-version -d 'Kubernetes version used by Helm for Capabilities.KubeVersion' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l load-restrictor -d 'if set to \'LoadRestrictionsNone\', local kustomizations may load files from outside their root. This does, however, break the relocatability of the kustomization' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l mount -d 'a list of storage options read from the filesystem' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l network -d 'enable network access for functions that declare it' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l network-name -d 'the docker network to run the container in' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -s o -l output -d 'If specified, write output to this path' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand kustomize" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -s f -l filename -d 'identifying the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l local -d 'If true, annotation will NOT contact api-server but run locally' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l field-selector -d 'Selector (field query) to filter on, supports \'=\', \'==\', and \'!=\'.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -s A -l all-namespaces -d 'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l all -d 'Select all resources in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l for -d 'The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath=\'{JSONPath expression}\'=[JSONPath value]]' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l timeout -d 'The length of time to wait before giving up.  Zero means check once and don\'t wait, negative means wait for a week' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand wait" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l field-selector -d 'Selector (field query) to filter on, supports \'=\', \'==\', and \'!=\'.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -s A -l all-namespaces -d 'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l all -d 'Select all resources, in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l list -d 'If true, display the values for a given resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l local -d 'If true, the command will NOT contact api-server but run locally' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l overwrite -d 'If true, allow values to be overwritten, otherwise reject updates that overwrite existing ones' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l resource-version -d 'If non-empty, the update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand label" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -s l -l selector -d 'Selector (label query) to filter on, supports \'=\', \'==\', \'!=\', \'in\', \'notin\'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l field-selector -d 'Selector (field query) to filter on, supports \'=\', \'==\', and \'!=\'.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -s A -l all-namespaces -d 'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l dry-run -d 'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l all -d 'Select all resources, in the namespace of the specified resource types' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l field-manager -d 'Name of the manager used to track field ownership' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l list -d 'If true, display the values for a given resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l local -d 'If true, the command will NOT contact api-server but run locally' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l overwrite -d 'If true, allow values to be overwritten, otherwise reject updates that overwrite existing ones' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l resource-version -d 'If non-empty, the update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand annotate" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand completion" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l api-group -d 'Limit to resources in the specified API group' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l cached -d 'Use the cached list of resources if available' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l categories -d 'Limit to resources that belong to the specified categories' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l namespaced -d 'If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l no-headers -d 'When using the default or custom-column output format, don\'t print headers (default print headers)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -s o -l output -d 'Output format. One of: (json, yaml, kyaml, name, wide)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l sort-by -d 'If non-empty, sort list of resources using specified field. The field can be either \'name\' or \'kind\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l verbs -d 'Limit to resources that support the specified verbs' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-resources" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand api-versions" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "current-context" -d 'Display the current-context'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "delete-cluster" -d 'Delete the specified cluster from the kubeconfig'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "delete-context" -d 'Delete the specified context from the kubeconfig'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "delete-user" -d 'Delete the specified user from the kubeconfig'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "get-clusters" -d 'Display clusters defined in the kubeconfig'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "get-contexts" -d 'Describe one or many contexts'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "get-users" -d 'Display users defined in the kubeconfig'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "rename-context" -d 'Rename a context from the kubeconfig file'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "set" -d 'Set an individual value in a kubeconfig file'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "set-cluster" -d 'Set a cluster entry in kubeconfig'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "set-context" -d 'Set a context entry in kubeconfig'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "set-credentials" -d 'Set a user entry in kubeconfig'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "unset" -d 'Unset an individual value in a kubeconfig file'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "use-context" -d 'Set the current-context in a kubeconfig file'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and not __fish_seen_subcommand_from current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context set set-cluster set-context set-credentials unset use-context view" -f -a "view" -d 'Display merged kubeconfig settings or a specified kubeconfig file'
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from current-context" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-cluster" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-context" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from delete-user" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-clusters" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l no-headers -d 'When using the default or custom-column output format, don\'t print headers (default print headers)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -s o -l output -d 'Output format. One of: (name)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-contexts" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from get-users" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from rename-context" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l set-raw-bytes -d 'When writing a []byte PROPERTY_VALUE, write the given string directly without base64 decoding' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l certificate-authority -d 'Path to certificate-authority file for the cluster entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l embed-certs -d 'embed-certs for the cluster entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l insecure-skip-tls-verify -d 'insecure-skip-tls-verify for the cluster entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l proxy-url -d 'proxy-url for the cluster entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l server -d 'server for the cluster entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l tls-server-name -d 'tls-server-name for the cluster entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-cluster" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l cluster -d 'cluster for the context entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l current -d 'Modify the current context' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -s n -l namespace -d 'namespace for the context entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l user -d 'user for the context entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-context" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l client-certificate -d 'Path to client-certificate file for the user entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l client-key -d 'Path to client-key file for the user entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l embed-certs -d 'Embed client cert/key for the user entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l exec-api-version -d 'API version of the exec credential plugin for the user entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l exec-arg -d 'New arguments for the exec credential plugin command for the user entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l exec-command -d 'Command for the exec credential plugin for the user entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l exec-env -d '\'key=value\' environment values for the exec credential plugin' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l password -d 'password for the user entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l token -d 'token for the user entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l username -d 'username for the user entry in kubeconfig' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from set-credentials" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from unset" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from use-context" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -s o -l output -d 'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l template -d 'Template string or path to template file to use when -o=go-template, -o=go-template-file' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l allow-missing-template-keys -d 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l show-managed-fields -d 'If true, keep the managedFields when printing objects in JSON or YAML format' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l flatten -d 'Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l merge -d 'Merge the full hierarchy of kubeconfig files' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l minify -d 'Remove all information not used by current-context from the output' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l raw -d 'Display raw byte data and sensitive data' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand config; and __fish_seen_subcommand_from view" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and not __fish_seen_subcommand_from list" -f -a "list" -d 'List all visible plugin executables on a user\'s PATH'
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l name-only -d 'If true, display only the binary name of each plugin, rather than its full path' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand plugin; and __fish_seen_subcommand_from list" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l client -d 'If true, shows client version only (no server required)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -s o -l output -d 'One of \'yaml\' or \'json\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand version" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -s c -l current -d 'Print the current context and nothing else' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ctx" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -s f -l filename -d 'Filename, directory, or URL to files that name the resources' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -s k -l kustomize -d 'Process a kustomization directory. This flag can\'t be used together with -f or -R' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -s R -l recursive -d 'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -s o -l output -d 'Output format. One of: (json, yaml)' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand neat" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -s c -l current -d 'Print the current namespace and nothing else' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -s f -l force -d 'Use the namespace even if the cluster does not have it' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand ns" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -s A -l all-namespaces -d 'Look for owned objects in all namespaces, as an object of the whole cluster may have them' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand tree" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -s a -l all -d 'Print all keys and values' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand view-secret" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l subresource -d 'The subresource, such as \'log\' or \'scale\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -s A -l all-namespaces -d 'In all namespaces' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand who-can" -s h -l help -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l as -d 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l as-group -d 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l as-user-extra -d 'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l cache-dir -d 'Default cache directory' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l certificate-authority -d 'Path to a cert file for the certificate authority' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l client-certificate -d 'Path to a client certificate file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l client-key -d 'Path to a client key file for TLS' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l disable-compression -d 'If true, opt-out of response compression for all requests to the server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l insecure-skip-tls-verify -d 'If true, the server\'s certificate will not be checked for validity. This will make your HTTPS connections insecure' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l kubeconfig -d 'Path to the kubeconfig file to use for CLI requests' -r -F
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -s n -l namespace -d 'If present, the namespace scope for this CLI request' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l request-timeout -d 'The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don\'t timeout requests' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l tls-server-name -d 'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -s v -l v -d 'number for the log level verbosity' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l color -d 'When to colour the output: \'auto\' (on a terminal, unless NO_COLOR is set), \'always\' or \'never\'' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -l warnings-as-errors -d 'Treat warnings received from the server as errors and exit with a non-zero exit code' -r
complete -c kubectl -n "__fish_kubectl_using_subcommand why" -s h -l help -r
