//! Helm charts: what the kustomization file says of them. Nothing is inflated here.

use super::kustomization::{Kustomization, shown};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Whether charts may be inflated, as the user's flags say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Helm {
    Disabled,
    WithoutCommand,
    Enabled,
}

impl Helm {
    /// Why a chart is refused.
    pub fn refusal(self) -> &'static str {
        match self {
            Helm::Disabled => "must specify --enable-helm",
            Helm::WithoutCommand => "must specify --helm-command",
            Helm::Enabled => "charts are not inflated here: render them with 'helm template'",
        }
    }
}

/// What all charts have in common.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Globals {
    pub chart_home: String,
    pub config_home: String,
}

/// The names of `helmCharts` for fields of the deprecated `helmChartInflationGenerator`; others have no effect.
const RENAMED: [(&str, &str); 7] = [
    ("chartName", "name"),
    ("chartVersion", "version"),
    ("chartRepoUrl", "repo"),
    ("values", "valuesFile"),
    ("valuesLocal", "valuesInline"),
    ("valuesMerge", "valuesMerge"),
    ("releaseName", "releaseName"),
];

/// Moves the charts of the deprecated field. Its homes count when there are none yet, the last of them.
pub fn modernise(kustomization: &mut Kustomization) {
    let mut homes = Globals::default();
    for old in std::mem::take(&mut kustomization.helm_chart_inflation_generator) {
        for (field, home) in [
            ("chartHome", &mut homes.chart_home),
            ("helmHome", &mut homes.config_home),
        ] {
            if let Some(text) = old[field].as_str().filter(|text| !text.is_empty()) {
                text.clone_into(home);
            }
        }
        let fields = RENAMED
            .iter()
            .filter_map(|(old_name, name)| Some(((*name).to_owned(), old.get(old_name)?.clone())));
        kustomization.helm_charts.push(fields.collect());
    }
    let globals = &mut kustomization.helm_globals;
    if globals.chart_home.is_empty() && globals.config_home.is_empty() {
        *globals = homes;
    }
}

/// The configuration of a chart's generator, as kustomize shows it. `outer` is the namespace of the kustomizations
/// around this one.
pub fn configuration(own: &Kustomization, chart: &Value, outer: &str) -> Value {
    let mut config = match chart {
        Value::Object(fields) => fields.clone(),
        _ => Map::new(),
    };
    let globals = &own.helm_globals;
    for (field, text) in [
        ("chartHome", globals.chart_home.as_str()),
        ("configHome", &globals.config_home),
        ("namespace", &own.namespace),
        ("namespace", outer),
    ] {
        let own = config.get(field).and_then(Value::as_str);
        if own.unwrap_or_default().is_empty() {
            config.insert(field.to_owned(), Value::from(text));
        }
    }
    // The values of a chart are the user's own.
    let values = config.remove("valuesInline");
    let mut config = shown(Value::Object(config));
    if let Some(values) = values {
        config["valuesInline"] = values;
    }
    config
}
