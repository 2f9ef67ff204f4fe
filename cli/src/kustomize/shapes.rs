//! The types of the kustomization file's fields, with the names that Go gives them in its refusals.

use crate::strict::{Field, Shape};

const STRINGS: Shape = Shape::List(&Shape::String);
const MAP: Shape = Shape::Map(&Shape::String);
const GVK: [(&str, Shape); 5] = [
    ("ResId.Gvk.group", Shape::String),
    ("ResId.Gvk.version", Shape::String),
    ("ResId.Gvk.kind", Shape::String),
    ("ResId.name", Shape::String),
    ("ResId.namespace", Shape::String),
];
const SELECTOR: Shape = Shape::Struct(
    "Selector",
    &[
        GVK[0],
        GVK[1],
        GVK[2],
        GVK[3],
        GVK[4],
        ("annotationSelector", Shape::String),
        ("labelSelector", Shape::String),
    ],
);
const FIELD_SPEC: Shape = Shape::Struct(
    "FieldSpec",
    &[
        ("Gvk.group", Shape::String),
        ("Gvk.version", Shape::String),
        ("Gvk.kind", Shape::String),
        ("path", Shape::String),
        ("create", Shape::Bool),
    ],
);
const PATCH: Shape = Shape::Struct(
    "Patch",
    &[
        ("path", Shape::String),
        ("patch", Shape::String),
        ("target", SELECTOR),
        (
            "options",
            Shape::Struct(
                "PatchArgs",
                &[
                    ("allowNameChange", Shape::Bool),
                    ("allowKindChange", Shape::Bool),
                ],
            ),
        ),
    ],
);
const IMAGE: Shape = Shape::Struct(
    "Image",
    &[
        ("name", Shape::String),
        ("newName", Shape::String),
        ("tagSuffix", Shape::String),
        ("newTag", Shape::String),
        ("digest", Shape::String),
    ],
);
const GENERATOR_OPTIONS: Shape = Shape::Struct(
    "GeneratorOptions",
    &[
        ("labels", MAP),
        ("annotations", MAP),
        ("disableNameSuffixHash", Shape::Bool),
        ("immutable", Shape::Bool),
    ],
);
const SECRET: [(&str, Shape); 9] = [
    ("GeneratorArgs.namespace", Shape::String),
    ("GeneratorArgs.name", Shape::String),
    ("GeneratorArgs.behavior", Shape::String),
    ("GeneratorArgs.KvPairSources.literals", STRINGS),
    ("GeneratorArgs.KvPairSources.files", STRINGS),
    ("GeneratorArgs.KvPairSources.envs", STRINGS),
    ("GeneratorArgs.KvPairSources.env", Shape::String),
    ("GeneratorArgs.options", GENERATOR_OPTIONS),
    ("type", Shape::String),
];
const FIELD_OPTIONS: Shape = Shape::Struct(
    "FieldOptions",
    &[
        ("delimiter", Shape::String),
        ("index", Shape::Int),
        ("encoding", Shape::String),
        ("create", Shape::Bool),
    ],
);
const REPLACEMENT: Shape = Shape::Struct(
    "ReplacementField",
    &[
        ("path", Shape::String),
        (
            "Replacement.source",
            Shape::Struct(
                "SourceSelector",
                &[
                    GVK[0],
                    GVK[1],
                    GVK[2],
                    GVK[3],
                    GVK[4],
                    ("fieldPath", Shape::String),
                    ("options", FIELD_OPTIONS),
                ],
            ),
        ),
        ("Replacement.sourceValue", Shape::String),
        (
            "Replacement.targets",
            Shape::List(&Shape::Pointer(&Shape::Struct(
                "TargetSelector",
                &[
                    ("select", SELECTOR),
                    ("reject", Shape::List(&Shape::Pointer(&SELECTOR))),
                    ("fieldPaths", STRINGS),
                    ("options", FIELD_OPTIONS),
                ],
            ))),
        ),
    ],
);

/// The fields of the file, as Go's decoder would name them in a refusal.
pub fn kustomization() -> Shape {
    Shape::Struct("Kustomization", FIELDS)
}

const OBJECT_META: Shape = Shape::Struct(
    "ObjectMeta",
    &[
        ("name", Shape::String),
        ("namespace", Shape::String),
        ("labels", MAP),
        ("annotations", MAP),
    ],
);
const VAR: Shape = Shape::Struct(
    "Var",
    &[
        ("name", Shape::String),
        (
            "objref",
            Shape::Struct(
                "Target",
                &[
                    ("apiVersion", Shape::String),
                    ("Gvk.group", Shape::String),
                    ("Gvk.version", Shape::String),
                    ("Gvk.kind", Shape::String),
                    ("name", Shape::String),
                    ("namespace", Shape::String),
                ],
            ),
        ),
        (
            "fieldref",
            Shape::Struct("FieldSelector", &[("fieldPath", Shape::String)]),
        ),
    ],
);
const SORT_OPTIONS: Shape = Shape::Struct(
    "SortOptions",
    &[
        ("order", Shape::Named("SortOrder")),
        (
            "legacySortOptions",
            Shape::Struct(
                "LegacySortOptions",
                &[("orderFirst", STRINGS), ("orderLast", STRINGS)],
            ),
        ),
    ],
);
const HELM_CHART: Shape = Shape::Struct(
    "HelmChart",
    &[
        ("name", Shape::String),
        ("version", Shape::String),
        ("repo", Shape::String),
        ("releaseName", Shape::String),
        ("namespace", Shape::String),
        ("additionalValuesFiles", STRINGS),
        ("valuesFile", Shape::String),
        ("valuesInline", Shape::Map(&Shape::Any)),
        ("valuesMerge", Shape::String),
        ("includeCRDs", Shape::Bool),
        ("skipHooks", Shape::Bool),
        ("apiVersions", STRINGS),
        ("kubeVersion", Shape::String),
        ("nameTemplate", Shape::String),
        ("skipTests", Shape::Bool),
        ("debug", Shape::Bool),
        ("devel", Shape::Bool),
    ],
);
const HELM_CHART_ARGS: Shape = Shape::Struct(
    "HelmChartArgs",
    &[
        ("chartName", Shape::String),
        ("chartVersion", Shape::String),
        ("chartRepoUrl", Shape::String),
        ("chartHome", Shape::String),
        ("chartRepoName", Shape::String),
        ("helmBin", Shape::String),
        ("helmHome", Shape::String),
        ("values", Shape::String),
        ("valuesLocal", Shape::Map(&Shape::Any)),
        ("valuesMerge", Shape::String),
        ("releaseName", Shape::String),
        ("releaseNamespace", Shape::String),
        ("extraArgs", STRINGS),
    ],
);

/// The fields of a `configurations` file.
pub fn transformer_config() -> Shape {
    Shape::Struct("builtinconfig.TransformerConfig", CONFIG_FIELDS)
}

const FIELD_SPECS: Shape = Shape::List(&FIELD_SPEC);
const CONFIG_FIELDS: &[Field] = &[
    ("namePrefix", FIELD_SPECS),
    ("nameSuffix", FIELD_SPECS),
    ("namespace", FIELD_SPECS),
    ("commonLabels", FIELD_SPECS),
    ("labels", FIELD_SPECS),
    ("templateLabels", FIELD_SPECS),
    ("commonAnnotations", FIELD_SPECS),
    (
        "nameReference",
        Shape::List(&Shape::Struct(
            "builtinconfig.NameBackReferences",
            &[
                ("Gvk.group", Shape::String),
                ("Gvk.version", Shape::String),
                ("Gvk.kind", Shape::String),
                ("fieldSpecs", FIELD_SPECS),
            ],
        )),
    ),
    ("varReference", FIELD_SPECS),
    ("images", FIELD_SPECS),
    ("replicas", FIELD_SPECS),
];

/// A file of OpenAPI definitions, as far as it is read.
pub fn open_api_definitions() -> Shape {
    Shape::Map(&Shape::Struct(
        "accumulator.OpenAPIDefinition",
        &[("Schema", Shape::Any), ("Dependencies", STRINGS)],
    ))
}

const FIELDS: &[Field] = &[
    ("TypeMeta.apiVersion", Shape::String),
    ("TypeMeta.kind", Shape::String),
    ("metadata", OBJECT_META),
    ("openapi", MAP),
    ("namePrefix", Shape::String),
    ("nameSuffix", Shape::String),
    ("namespace", Shape::String),
    ("commonLabels", MAP),
    (
        "labels",
        Shape::List(&Shape::Struct(
            "Label",
            &[
                ("pairs", MAP),
                ("includeSelectors", Shape::Bool),
                ("includeTemplates", Shape::Bool),
                ("fields", Shape::List(&FIELD_SPEC)),
            ],
        )),
    ),
    ("commonAnnotations", MAP),
    ("patchesStrategicMerge", STRINGS),
    ("patchesJson6902", Shape::List(&PATCH)),
    ("patches", Shape::List(&PATCH)),
    ("images", Shape::List(&IMAGE)),
    ("imageTags", Shape::List(&IMAGE)),
    ("replacements", Shape::List(&REPLACEMENT)),
    (
        "replicas",
        Shape::List(&Shape::Struct(
            "Replica",
            &[("name", Shape::String), ("count", Shape::Int64)],
        )),
    ),
    ("vars", Shape::List(&VAR)),
    ("sortOptions", SORT_OPTIONS),
    ("resources", STRINGS),
    ("components", STRINGS),
    ("crds", STRINGS),
    ("bases", STRINGS),
    (
        "configMapGenerator",
        Shape::List(&Shape::Struct("ConfigMapArgs", SECRET.split_at(8).0)),
    ),
    (
        "secretGenerator",
        Shape::List(&Shape::Struct("SecretArgs", &SECRET)),
    ),
    (
        "helmGlobals",
        Shape::Struct(
            "HelmGlobals",
            &[("chartHome", Shape::String), ("configHome", Shape::String)],
        ),
    ),
    ("helmCharts", Shape::List(&HELM_CHART)),
    ("helmChartInflationGenerator", Shape::List(&HELM_CHART_ARGS)),
    ("generatorOptions", GENERATOR_OPTIONS),
    ("configurations", STRINGS),
    ("generators", STRINGS),
    ("transformers", STRINGS),
    ("validators", STRINGS),
    ("buildMetadata", STRINGS),
];
