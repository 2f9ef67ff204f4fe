//! `kubectl autoscale`: a HorizontalPodAutoscaler for a workload.

use super::selection::{NO_RESOURCE, Wanted};
use crate::{
    error::{Error, Result},
    flags::{self, DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::{self, Info},
    session::{Session, errln},
};
use knarr_api::quantity::Quantity;
use serde_json::{Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Target CPU utilization over all the pods. When specified as a percentage (e.g."70%" for 70% of requested CPU) it will target average utilization. When specified as quantity (e.g."500m" for 500 milliCPU) it will target average value. Value without units is treated as a quantity with miliCPU being the unit (e.g."500" is "500m").
    #[arg(long)]
    cpu: Option<String>,
    /// The target average CPU utilization (represented as a percent of requested CPU) over all the pods. If it's not specified or negative, a default autoscaling policy will be used.
    #[arg(long, hide = true, value_parser = flags::int32)]
    cpu_percent: Option<i32>,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-autoscale")]
    field_manager: String,
    /// The upper limit for the number of pods that can be set by the autoscaler. Required.
    #[arg(long, required = true, value_parser = flags::int32)]
    max: i32,
    /// Target memory utilization over all the pods. When specified  as a percentage (e.g."60%" for 60% of requested memory) it will target average utilization. When specified as quantity (e.g."200Mi" for 200 MiB, "1Gi" for 1 GiB) it will target average value. Value without units is treated as a quantity with mebibytes being the unit (e.g."200" is "200Mi").
    #[arg(long)]
    memory: Option<String>,
    /// The lower limit for the number of pods that can be set by the autoscaler. If it's not specified or negative, the server will apply a default value.
    #[arg(long, default_value = "-1", value_parser = flags::int32)]
    min: i32,
    /// The name for the newly created object. If not specified, the name of the input resource will be used.
    #[arg(long)]
    name: Option<String>,
    /// If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged. This flag is useful when you want to perform kubectl apply on this object in the future.
    #[arg(long)]
    save_config: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if args.cpu_percent.is_some() {
        errln!(
            session,
            "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., \
             '70%' for utilization or '500m' for milliCPU)."
        );
    }
    let (max, min) = (args.max, args.min);
    if max < 1 {
        return Err(Error::message(format!(
            "--max=MAXPODS is required and must be at least 1, max: {max}"
        )));
    }
    if max < min {
        return Err(Error::message(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
        )));
    }
    let metrics = metrics(&args)?;
    session.resolved()?;
    let dry_run = args.dry_run.strategy()?;
    let mut printer = ResultPrinter::late(&args.print, dry_run.suffix()).typed();
    let (targets, errors) = targets(session, &args).await?;
    if targets.is_empty() && errors.is_empty() {
        return Err(Error::message("no objects passed to autoscale"));
    }
    for target in targets {
        scalable(session, &target).await?;
        let mut object = autoscaler(session, &args, &target, &metrics)?;
        if dry_run == DryRun::Client {
            let shown = super::create::local_info(object);
            if let Err(error) = printer.print(session, &shown, "created") {
                // Upstream takes any failure for that of the newer version, and tries the older one.
                older(&args, &shown.object)?;
                return Err(error);
            }
            continue;
        }
        if args.save_config {
            super::apply::annotate_as_made(&mut object);
        }
        let mut info = resource::info_of_made(session, object).await?;
        let mut query = vec![("fieldManager", args.field_manager.clone())];
        query.extend(dry_run.query());
        let client = session.client()?.typed();
        let created = match info.create(&client, query.clone()).await {
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(_) => {
                let older = older(&args, &info.object)?;
                info = resource::info_of(session, "", older).await?;
                info.create(&client, query).await?
            }
            Ok(created) => created,
        };
        info.refresh(created);
        printer.print(session, &info, "autoscaled")?;
    }
    Error::all(errors)
}

async fn targets(session: &Session, args: &Args) -> Result<(Vec<Info>, Vec<Error>)> {
    if args.resources.is_empty() && args.files.is_empty() {
        return Err(Error::message(NO_RESOURCE));
    }
    Wanted {
        words: &args.resources,
        files: Some(&args.files),
        ..Wanted::default()
    }
    .find(session)
    .await
}

/// The same in autoscaling/v1, which knows one percentage of CPU only: for a server that refused the newer version.
fn older(args: &Args, object: &Value) -> Result<Value> {
    let given = |flag: &Option<String>| flag.as_deref().is_some_and(|text| !text.is_empty());
    let utilization = object["spec"]["metrics"][0]["resource"]["target"].get("averageUtilization");
    if given(&args.memory) || (args.cpu_percent.is_none() && utilization.is_none()) {
        // What upstream's conversion of `--cpu` has found, whether it was a fault or not.
        let why = match given(&args.cpu) {
            true => "%!w(<nil>)",
            false => "empty input",
        };
        return Err(Error::message(format!(
            "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: {why}"
        )));
    }
    let mut older = object.clone();
    older["apiVersion"] = "autoscaling/v1".into();
    if let Some(spec) = older["spec"].as_object_mut() {
        spec.shift_remove("metrics");
        // What `--cpu` says is forgotten upstream.
        if let Some(percent) = args.cpu_percent.filter(|percent| *percent >= 0) {
            spec.insert("targetCPUUtilizationPercentage".into(), percent.into());
        }
    }
    older["status"] = json!({"currentReplicas": 0, "desiredReplicas": 0});
    Ok(older)
}

/// Only what has a scale subresource can be scaled.
async fn scalable(session: &Session, target: &Info) -> Result<()> {
    let mapping = &target.mapping;
    let name = format!("{}/scale", mapping.plural);
    let discovery = session.mapper()?.discovery().await?;
    let found = discovery.resources.iter().any(|known| {
        known.group == mapping.group && known.version == mapping.version && known.name == name
    });
    if found {
        return Ok(());
    }
    Err(Error::message(format!(
        "cannot autoscale a {}: could not find scale subresource for {}/{}, Resource={} in discovery information",
        mapping.kind, mapping.group, mapping.version, mapping.plural
    )))
}

fn autoscaler(session: &Session, args: &Args, target: &Info, metrics: &[Value]) -> Result<Value> {
    let name = args.name.as_deref().filter(|name| !name.is_empty());
    let mut metadata = json!({"name": name.unwrap_or(&target.name)});
    if session.enforces_namespace() {
        metadata["namespace"] = session.namespace()?.into();
    }
    let mut spec = json!({"scaleTargetRef": {"kind": target.mapping.kind, "name": target.name,
        "apiVersion": target.mapping.api_version()}});
    if args.min > 0 {
        spec["minReplicas"] = args.min.into();
    }
    spec["maxReplicas"] = args.max.into();
    if !metrics.is_empty() {
        spec["metrics"] = metrics.into();
    }
    Ok(
        json!({"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": metadata, "spec": spec,
        "status": {"desiredReplicas": 0, "currentMetrics": null}}),
    )
}

fn metrics(args: &Args) -> Result<Vec<Value>> {
    let mut metrics = Vec::new();
    let cpu = args.cpu.as_deref().unwrap_or_default();
    let memory = args.memory.as_deref().unwrap_or_default();
    let percent = args.cpu_percent.filter(|percent| *percent > 0);
    if percent.is_some() && !cpu.is_empty() {
        return Err(Error::message(
            "--cpu-percent and --cpu are mutually exclusive",
        ));
    }
    if let Some(percent) = percent {
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        metrics.push(json!({"type": "Resource", "resource": {"name": "cpu", "target": target}}));
    }
    for (name, text, unit) in [("cpu", cpu, "m"), ("memory", memory, "Mi")] {
        if !text.is_empty() {
            let target = target(name, text, unit)?;
            metrics.push(json!({"type": "Resource", "resource": {"name": name, "target": target}}));
        }
    }
    Ok(metrics)
}

/// `70%` of what is requested, or an amount; a bare number counts in `unit`.
fn target(name: &str, text: &str, unit: &str) -> Result<Value> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::message("empty input"));
    }
    if let Some(percent) = text.strip_suffix('%') {
        let percent: i32 = percent
            .parse()
            .ok()
            .filter(|percent| *percent >= 0)
            .ok_or_else(|| Error::message(format!("invalid percentage value: {percent}")))?;
        return Ok(json!({"type": "Utilization", "averageUtilization": percent}));
    }
    let text = match text.parse::<f64>() {
        Ok(number) => format!("{number}{unit}"),
        Err(_) => text.to_owned(),
    };
    let amount = Quantity::parse(&text)
        .map_err(|_| Error::message(format!("invalid resource {name} value: {text}")))?;
    Ok(json!({"type": "AverageValue", "averageValue": amount.to_string()}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_has_the_resources_unit() {
        let amount =
            |name, text, unit| target(name, text, unit).expect("valid")["averageValue"].clone();
        assert_eq!(amount("cpu", "500", "m"), "500m");
        assert_eq!(amount("memory", "1024", "Mi"), "1Gi");
        assert_eq!(
            target("cpu", "70%", "m").expect("valid")["averageUtilization"],
            70
        );
        assert!(target("cpu", "x%", "m").is_err());
    }
}
