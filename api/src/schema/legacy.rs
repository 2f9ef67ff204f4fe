//! How the schemas of the legacy versions differ from those of the versions they are stored in. A legacy kind that
//! is not named here has the schema of its stored kind.

use serde_json::{Value, json};

use crate::kinds::Kind;

/// A definition that is another one with edits; `from` is empty for one that has no counterpart today.
pub(super) struct Derived {
    pub name: &'static str,
    pub from: &'static str,
    pub edits: &'static [Edit],
}

/// One difference.
pub(super) enum Edit {
    Add(&'static str, Shape, &'static str),
    Remove(&'static str),
    Require(&'static str),
    Optional(&'static str),
    /// The field refers to another definition.
    Refer(&'static str, &'static str),
    /// The items of the field do.
    ReferItems(&'static str, &'static str),
}

/// The shape of an added field.
pub(super) enum Shape {
    Text,
    Int32,
    Int64,
    StringMap,
    Texts,
    Object(&'static str),
    List(&'static str),
}

use Edit::{Add, Optional, Refer, ReferItems, Remove, Require};
use Shape::{Int32, Int64, List, Object, StringMap, Text, Texts};

const INT_OR_STRING: &str = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const LABEL_SELECTOR: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector";

macro_rules! derived {
    ($name:literal, $from:literal $(, $edit:expr)* $(,)?) => {
        Derived { name: concat!("io.k8s.api.", $name), from: concat!("io.k8s.api.", $from), edits: &[$($edit),*] }
    };
}

/// A definition of custom resource definitions.
macro_rules! extensions {
    ($name:literal, $from:literal $(, $edit:expr)* $(,)?) => {
        Derived {
            name: concat!("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.", $name),
            from: concat!("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.", $from),
            edits: &[$($edit),*],
        }
    };
}

macro_rules! new {
    ($name:literal $(, $edit:expr)* $(,)?) => {
        Derived { name: concat!("io.k8s.api.", $name), from: "", edits: &[$($edit),*] }
    };
}

/// A definition that is used comes after the one that it is derived from.
pub(super) const DERIVED: &[Derived] = &[
    // A selector was filled in from the template; a rollback was asked for in the spec.
    derived!(
        "apps.v1beta1.Deployment",
        "apps.v1.Deployment",
        Refer("spec", "io.k8s.api.apps.v1beta1.DeploymentSpec")
    ),
    derived!(
        "apps.v1beta1.DeploymentSpec",
        "apps.v1.DeploymentSpec",
        Optional("selector"),
        Add(
            "rollbackTo",
            Object("io.k8s.api.apps.v1beta1.RollbackConfig"),
            ROLLBACK_TO
        ),
    ),
    new!(
        "apps.v1beta1.RollbackConfig",
        Add("revision", Int64, REVISION)
    ),
    derived!(
        "apps.v1beta1.StatefulSet",
        "apps.v1.StatefulSet",
        Refer("spec", "io.k8s.api.apps.v1beta1.StatefulSetSpec")
    ),
    derived!(
        "apps.v1beta1.StatefulSetSpec",
        "apps.v1.StatefulSetSpec",
        Optional("selector")
    ),
    derived!(
        "extensions.v1beta1.Deployment",
        "apps.v1.Deployment",
        Refer("spec", "io.k8s.api.apps.v1beta1.DeploymentSpec"),
    ),
    derived!(
        "extensions.v1beta1.DaemonSet",
        "apps.v1.DaemonSet",
        Refer("spec", "io.k8s.api.extensions.v1beta1.DaemonSetSpec")
    ),
    derived!(
        "extensions.v1beta1.DaemonSetSpec",
        "apps.v1.DaemonSetSpec",
        Optional("selector"),
        Add(
            "templateGeneration",
            Int64,
            "A sequence number that stands for a generation of the template. Set by the server."
        ),
    ),
    derived!(
        "extensions.v1beta1.ReplicaSet",
        "apps.v1.ReplicaSet",
        Refer("spec", "io.k8s.api.extensions.v1beta1.ReplicaSetSpec")
    ),
    derived!(
        "extensions.v1beta1.ReplicaSetSpec",
        "apps.v1.ReplicaSetSpec",
        Optional("selector")
    ),
    // Who signs was found out from what is asked for; the usages had defaults.
    derived!(
        "certificates.v1beta1.CertificateSigningRequest",
        "certificates.v1.CertificateSigningRequest",
        Refer(
            "spec",
            "io.k8s.api.certificates.v1beta1.CertificateSigningRequestSpec"
        )
    ),
    derived!(
        "certificates.v1beta1.CertificateSigningRequestSpec",
        "certificates.v1.CertificateSigningRequestSpec",
        Optional("signerName")
    ),
    // Shares were named for what they assure.
    derived!(
        "flowcontrol.v1beta1.PriorityLevelConfiguration",
        "flowcontrol.v1.PriorityLevelConfiguration",
        Refer(
            "spec",
            "io.k8s.api.flowcontrol.v1beta1.PriorityLevelConfigurationSpec"
        )
    ),
    derived!(
        "flowcontrol.v1beta1.PriorityLevelConfigurationSpec",
        "flowcontrol.v1.PriorityLevelConfigurationSpec",
        Refer(
            "limited",
            "io.k8s.api.flowcontrol.v1beta1.LimitedPriorityLevelConfiguration"
        )
    ),
    derived!(
        "flowcontrol.v1beta1.LimitedPriorityLevelConfiguration",
        "flowcontrol.v1.LimitedPriorityLevelConfiguration",
        Remove("nominalConcurrencyShares"),
        Add("assuredConcurrencyShares", Int32, SHARES)
    ),
    derived!(
        "flowcontrol.v1beta2.PriorityLevelConfiguration",
        "flowcontrol.v1.PriorityLevelConfiguration",
        Refer(
            "spec",
            "io.k8s.api.flowcontrol.v1beta1.PriorityLevelConfigurationSpec"
        )
    ),
    derived!(
        "extensions.v1beta1.Ingress",
        "networking.v1.Ingress",
        Refer("spec", "io.k8s.api.networking.v1beta1.IngressSpec")
    ),
    // A backend was a service's name and port side by side.
    derived!(
        "networking.v1beta1.Ingress",
        "networking.v1.Ingress",
        Refer("spec", "io.k8s.api.networking.v1beta1.IngressSpec")
    ),
    derived!(
        "networking.v1beta1.IngressSpec",
        "networking.v1.IngressSpec",
        Remove("defaultBackend"),
        Add(
            "backend",
            Object("io.k8s.api.networking.v1beta1.IngressBackend"),
            "The backend for requests that match no rule."
        ),
        ReferItems("rules", "io.k8s.api.networking.v1beta1.IngressRule"),
    ),
    derived!(
        "networking.v1beta1.IngressRule",
        "networking.v1.IngressRule",
        Refer("http", "io.k8s.api.networking.v1beta1.HTTPIngressRuleValue"),
    ),
    derived!(
        "networking.v1beta1.HTTPIngressRuleValue",
        "networking.v1.HTTPIngressRuleValue",
        ReferItems("paths", "io.k8s.api.networking.v1beta1.HTTPIngressPath"),
    ),
    derived!(
        "networking.v1beta1.HTTPIngressPath",
        "networking.v1.HTTPIngressPath",
        Optional("pathType"),
        Refer("backend", "io.k8s.api.networking.v1beta1.IngressBackend"),
    ),
    derived!(
        "networking.v1beta1.IngressBackend",
        "networking.v1.IngressBackend",
        Remove("service"),
        Add("serviceName", Text, "The name of the service."),
        Add(
            "servicePort",
            Object(INT_OR_STRING),
            "The port of the service, by number or name."
        ),
    ),
    derived!("events.v1beta1.Event", "events.v1.Event"),
    derived!(
        "admissionregistration.v1beta1.MutatingWebhookConfiguration",
        "admissionregistration.v1.MutatingWebhookConfiguration",
    ),
    derived!(
        "admissionregistration.v1beta1.ValidatingWebhookConfiguration",
        "admissionregistration.v1.ValidatingWebhookConfiguration",
    ),
    // What is said of each version now could stand once for all of them.
    extensions!(
        "CustomResourceDefinition",
        "CustomResourceDefinition",
        Refer(
            "spec",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.CustomResourceDefinitionSpec"
        )
    ),
    extensions!(
        "CustomResourceDefinitionSpec",
        "CustomResourceDefinitionSpec",
        Optional("scope"),
        Optional("versions"),
        Add("version", Text, "The only version, or the first one."),
        Add(
            "validation",
            Object(
                "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation"
            ),
            "How objects of all versions are checked and pruned."
        ),
        Add(
            "subresources",
            Object(
                "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources"
            ),
            "The subresources of all versions."
        ),
        Add(
            "additionalPrinterColumns",
            List(
                "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.CustomResourceColumnDefinition"
            ),
            "The columns of tables of all versions."
        ),
        Add(
            "selectableFields",
            List("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.SelectableField"),
            "The fields that objects of all versions can be selected by."
        ),
        ReferItems(
            "versions",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.CustomResourceDefinitionVersion"
        ),
        Refer(
            "conversion",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.CustomResourceConversion"
        ),
    ),
    extensions!(
        "CustomResourceDefinitionVersion",
        "CustomResourceDefinitionVersion",
        ReferItems(
            "additionalPrinterColumns",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.CustomResourceColumnDefinition"
        ),
    ),
    extensions!(
        "CustomResourceColumnDefinition",
        "CustomResourceColumnDefinition",
        Remove("jsonPath"),
        Optional("jsonPath"),
        Add("JSONPath", Text, "Where the value of the column is."),
        Require("JSONPath"),
    ),
    extensions!(
        "CustomResourceConversion",
        "CustomResourceConversion",
        Remove("webhook"),
        Add(
            "webhookClientConfig",
            Object("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig"),
            "Where the webhook is."
        ),
        Add(
            "conversionReviewVersions",
            Texts,
            "The versions of ConversionReview that the webhook speaks, the preferred one first."
        ),
    ),
    derived!(
        "discovery.v1beta1.EndpointSlice",
        "discovery.v1.EndpointSlice",
        ReferItems("endpoints", "io.k8s.api.discovery.v1beta1.Endpoint"),
    ),
    derived!(
        "discovery.v1beta1.Endpoint",
        "discovery.v1.Endpoint",
        Remove("deprecatedTopology"),
        Remove("zone"),
        Add(
            "topology",
            StringMap,
            "The topology of the endpoint: the labels of its node that say where it is."
        ),
    ),
    derived!(
        "autoscaling.v2beta1.HorizontalPodAutoscaler",
        "autoscaling.v2.HorizontalPodAutoscaler",
        Refer(
            "spec",
            "io.k8s.api.autoscaling.v2beta1.HorizontalPodAutoscalerSpec"
        ),
        Refer(
            "status",
            "io.k8s.api.autoscaling.v2beta1.HorizontalPodAutoscalerStatus"
        ),
    ),
    derived!(
        "autoscaling.v2beta1.HorizontalPodAutoscalerSpec",
        "autoscaling.v2.HorizontalPodAutoscalerSpec",
        Remove("behavior"),
        ReferItems("metrics", "io.k8s.api.autoscaling.v2beta1.MetricSpec"),
    ),
    derived!(
        "autoscaling.v2beta1.HorizontalPodAutoscalerStatus",
        "autoscaling.v2.HorizontalPodAutoscalerStatus",
        ReferItems(
            "currentMetrics",
            "io.k8s.api.autoscaling.v2beta1.MetricStatus"
        ),
    ),
    derived!(
        "autoscaling.v2beta1.MetricSpec",
        "autoscaling.v2.MetricSpec",
        Refer(
            "containerResource",
            "io.k8s.api.autoscaling.v2beta1.ContainerResourceMetricSource"
        ),
        Refer(
            "external",
            "io.k8s.api.autoscaling.v2beta1.ExternalMetricSource"
        ),
        Refer(
            "object",
            "io.k8s.api.autoscaling.v2beta1.ObjectMetricSource"
        ),
        Refer("pods", "io.k8s.api.autoscaling.v2beta1.PodsMetricSource"),
        Refer(
            "resource",
            "io.k8s.api.autoscaling.v2beta1.ResourceMetricSource"
        ),
    ),
    new!(
        "autoscaling.v2beta1.ContainerResourceMetricSource",
        Add("container", Text, CONTAINER),
        Add("name", Text, RESOURCE),
        Add("targetAverageUtilization", Int32, UTILIZATION),
        Add("targetAverageValue", Object(QUANTITY), AVERAGE),
        Require("container"),
        Require("name"),
    ),
    new!(
        "autoscaling.v2beta1.ResourceMetricSource",
        Add("name", Text, RESOURCE),
        Add("targetAverageUtilization", Int32, UTILIZATION),
        Add("targetAverageValue", Object(QUANTITY), AVERAGE),
        Require("name"),
    ),
    new!(
        "autoscaling.v2beta1.PodsMetricSource",
        Add("metricName", Text, METRIC),
        Add("selector", Object(LABEL_SELECTOR), SELECTOR),
        Add("targetAverageValue", Object(QUANTITY), AVERAGE),
        Require("metricName"),
        Require("targetAverageValue"),
    ),
    new!(
        "autoscaling.v2beta1.ObjectMetricSource",
        Add("averageValue", Object(QUANTITY), AVERAGE),
        Add("metricName", Text, METRIC),
        Add("selector", Object(LABEL_SELECTOR), SELECTOR),
        Add(
            "target",
            Object("io.k8s.api.autoscaling.v2.CrossVersionObjectReference"),
            DESCRIBED
        ),
        Add(
            "targetValue",
            Object(QUANTITY),
            "The target value of the metric."
        ),
        Require("metricName"),
        Require("target"),
        Require("targetValue"),
    ),
    new!(
        "autoscaling.v2beta1.ExternalMetricSource",
        Add("metricName", Text, METRIC),
        Add("metricSelector", Object(LABEL_SELECTOR), SELECTOR),
        Add("targetAverageValue", Object(QUANTITY), AVERAGE),
        Add(
            "targetValue",
            Object(QUANTITY),
            "The target value of the metric."
        ),
        Require("metricName"),
    ),
    derived!(
        "autoscaling.v2beta1.MetricStatus",
        "autoscaling.v2.MetricStatus",
        Refer(
            "containerResource",
            "io.k8s.api.autoscaling.v2beta1.ContainerResourceMetricStatus"
        ),
        Refer(
            "external",
            "io.k8s.api.autoscaling.v2beta1.ExternalMetricStatus"
        ),
        Refer(
            "object",
            "io.k8s.api.autoscaling.v2beta1.ObjectMetricStatus"
        ),
        Refer("pods", "io.k8s.api.autoscaling.v2beta1.PodsMetricStatus"),
        Refer(
            "resource",
            "io.k8s.api.autoscaling.v2beta1.ResourceMetricStatus"
        ),
    ),
    new!(
        "autoscaling.v2beta1.ContainerResourceMetricStatus",
        Add("container", Text, CONTAINER),
        Add("currentAverageUtilization", Int32, UTILIZATION),
        Add("currentAverageValue", Object(QUANTITY), AVERAGE),
        Add("name", Text, RESOURCE),
    ),
    new!(
        "autoscaling.v2beta1.ResourceMetricStatus",
        Add("currentAverageUtilization", Int32, UTILIZATION),
        Add("currentAverageValue", Object(QUANTITY), AVERAGE),
        Add("name", Text, RESOURCE),
    ),
    new!(
        "autoscaling.v2beta1.PodsMetricStatus",
        Add("currentAverageValue", Object(QUANTITY), AVERAGE),
        Add("metricName", Text, METRIC),
        Add("selector", Object(LABEL_SELECTOR), SELECTOR),
    ),
    new!(
        "autoscaling.v2beta1.ObjectMetricStatus",
        Add("averageValue", Object(QUANTITY), AVERAGE),
        Add(
            "currentValue",
            Object(QUANTITY),
            "The current value of the metric."
        ),
        Add("metricName", Text, METRIC),
        Add("selector", Object(LABEL_SELECTOR), SELECTOR),
        Add(
            "target",
            Object("io.k8s.api.autoscaling.v2.CrossVersionObjectReference"),
            DESCRIBED
        ),
    ),
    new!(
        "autoscaling.v2beta1.ExternalMetricStatus",
        Add("currentAverageValue", Object(QUANTITY), AVERAGE),
        Add(
            "currentValue",
            Object(QUANTITY),
            "The current value of the metric."
        ),
        Add("metricName", Text, METRIC),
        Add("metricSelector", Object(LABEL_SELECTOR), SELECTOR),
    ),
];

const ROLLBACK_TO: &str =
    "The revision that this deployment is rolling back to. It is cleared once that is done.";
const SHARES: &str =
    "The part of the server's concurrency that the level has, in relation to the other levels.";
const REVISION: &str = "The revision to roll back to; 0 is the last revision.";
const CONTAINER: &str = "The container in the pods of the scaling target.";
const RESOURCE: &str = "The name of the resource.";
const UTILIZATION: &str = "The average over all pods, as a percentage of what they request.";
const AVERAGE: &str = "The average over all pods.";
const METRIC: &str = "The name of the metric.";
const SELECTOR: &str = "Chooses among metrics of the name.";
const DESCRIBED: &str = "The object that the metric describes.";

/// A version that upstream v1.36 no longer serves, and `k8s-openapi` does not have.
pub(super) fn is_legacy(kind: &Kind) -> bool {
    kind.deprecated.is_some_and(|deprecated| {
        let minor = deprecated
            .removed_in
            .strip_prefix("1.")
            .and_then(|minor| minor.parse::<u32>().ok());
        minor.is_some_and(|minor| minor <= 36)
    })
}

/// `base` with `edits`.
pub(super) fn derive(mut base: Value, edits: &[Edit]) -> Value {
    for edit in edits {
        match edit {
            Add(field, shape, description) => {
                let mut schema = shape.to_schema();
                schema["description"] = Value::from(*description);
                base["properties"][*field] = schema;
            }
            Refer(field, definition) => {
                base["properties"][*field]["$ref"] = reference(definition);
            }
            ReferItems(field, definition) => {
                base["properties"][*field]["items"]["$ref"] = reference(definition);
            }
            Remove(field) => {
                if let Some(properties) = base["properties"].as_object_mut() {
                    properties.shift_remove(*field);
                }
            }
            Require(field) => match base["required"].as_array_mut() {
                Some(required) => required.push(Value::from(*field)),
                None => base["required"] = json!([field]),
            },
            Optional(field) => {
                if let Some(required) = base["required"].as_array_mut() {
                    required.retain(|name| name != field);
                }
            }
        }
    }
    base
}

fn reference(definition: &str) -> Value {
    Value::from(format!("#/definitions/{definition}"))
}

impl Shape {
    fn to_schema(&self) -> Value {
        match self {
            Text => json!({"type": "string"}),
            Int32 => json!({"type": "integer", "format": "int32"}),
            Int64 => json!({"type": "integer", "format": "int64"}),
            StringMap => json!({"type": "object", "additionalProperties": {"type": "string"}}),
            Texts => json!({"type": "array", "items": {"type": "string"}}),
            Object(definition) => json!({ "$ref": reference(definition) }),
            List(definition) => {
                json!({"type": "array", "items": {"$ref": reference(definition)}})
            }
        }
    }
}
