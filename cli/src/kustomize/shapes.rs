//! The types of the kustomization file's fields, with the names that Go gives them in its refusals.

use super::strict::Shape;

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
            Shape::List(&Shape::Struct(
                "TargetSelector",
                &[
                    ("select", SELECTOR),
                    ("reject", Shape::List(&SELECTOR)),
                    ("fieldPaths", STRINGS),
                    ("options", FIELD_OPTIONS),
                ],
            )),
        ),
    ],
);

/// The fields of the file, as Go's decoder would name them in a refusal.
pub fn kustomization() -> Shape {
    Shape::Struct("Kustomization", FIELDS)
}

const FIELDS: &[(&str, Shape)] = &[
    ("apiVersion", Shape::String),
    ("kind", Shape::String),
    ("metadata", Shape::Any),
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
    ("vars", Shape::List(&Shape::Any)),
    ("sortOptions", Shape::Any),
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
    ("helmGlobals", Shape::Any),
    ("helmCharts", Shape::List(&Shape::Any)),
    ("helmChartInflationGenerator", Shape::List(&Shape::Any)),
    ("generatorOptions", GENERATOR_OPTIONS),
    ("configurations", STRINGS),
    ("generators", STRINGS),
    ("transformers", STRINGS),
    ("validators", STRINGS),
    ("buildMetadata", STRINGS),
];
