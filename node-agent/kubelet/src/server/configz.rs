//! `/configz`: what the kubelet runs with, as a `KubeletConfiguration`
//! (<https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>). Only fields that have an effect here.

use knarr_api::duration::format_std;
use serde_json::{Value, json};

use super::Access;
use crate::config::{
    IMAGE_GC_HIGH_PERCENT, KubeletConfig, LEASE_DURATION_SECONDS, RUNTIME_TIMEOUT,
    STATUS_CHECK_PERIOD, STATUS_REPORT_PERIOD, Serving,
};
use crate::garbage::{MAX_LOG_BYTES, MAX_LOG_FILES};

/// The configuration under the name that upstream gives it.
pub(crate) fn configuration(config: &KubeletConfig) -> Value {
    let healthz = config.healthz;
    json!({"kubeletconfig": {
        "kind": "KubeletConfiguration",
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "address": config.bind_address,
        "port": config.port,
        "authentication": authentication(config),
        "authorization": authorization(&config.access),
        "healthzPort": healthz.map_or(0, |address| address.port()),
        "healthzBindAddress": healthz.map(|address| address.ip()),
        "clusterDomain": config.cluster_domain,
        "clusterDNS": config.cluster_dns,
        "resolvConf": config.resolv_conf,
        "maxPods": config.max_pods,
        "nodeStatusUpdateFrequency": format_std(STATUS_CHECK_PERIOD),
        "nodeStatusReportFrequency": format_std(STATUS_REPORT_PERIOD),
        "nodeLeaseDurationSeconds": LEASE_DURATION_SECONDS,
        "runtimeRequestTimeout": format_std(RUNTIME_TIMEOUT),
        "evictionHard": config.eviction.by_name(),
        "imageGCHighThresholdPercent": IMAGE_GC_HIGH_PERCENT,
        "containerLogMaxSize": format!("{}Mi", MAX_LOG_BYTES >> 20),
        "containerLogMaxFiles": MAX_LOG_FILES,
        "podLogsDir": config.log_dir,
        "rotateCertificates": config.rotated.is_some(),
        "serverTLSBootstrap": matches!(config.serving, Serving::Requested(_)),
    }})
}

fn authentication(config: &KubeletConfig) -> Value {
    let access = &config.access;
    json!({
        "x509": {"clientCAFile": config.client_ca_file},
        "webhook": {"enabled": access.tokens, "cacheTTL": format_std(access.token_lifetime)},
        "anonymous": {"enabled": access.anonymous},
    })
}

fn authorization(access: &Access) -> Value {
    let mode = match access.reviews {
        true => "Webhook",
        false => "AlwaysAllow",
    };
    json!({"mode": mode, "webhook": {
        "cacheAuthorizedTTL": format_std(access.allowed_lifetime),
        "cacheUnauthorizedTTL": format_std(access.refused_lifetime),
    }})
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn what_is_told_is_what_the_kubelet_was_told() {
        let address = Ipv4Addr::LOCALHOST.into();
        let mut config = KubeletConfig::new("n", address, "/data");
        config.healthz = Some((address, 10248).into());
        config.max_pods = 7;
        config.access.reviews = false;
        let all = configuration(&config);
        let told = &all["kubeletconfig"];
        for (field, expected) in [
            ("/apiVersion", json!("kubelet.config.k8s.io/v1beta1")),
            ("/healthzPort", json!(10248)),
            ("/healthzBindAddress", json!("127.0.0.1")),
            ("/maxPods", json!(7)),
            ("/clusterDNS", json!(["10.96.0.10"])),
            ("/nodeStatusReportFrequency", json!("5m0s")),
            ("/containerLogMaxSize", json!("10Mi")),
            ("/podLogsDir", json!("/data/logs/pods")),
            ("/authorization/mode", json!("AlwaysAllow")),
            ("/authentication/webhook/cacheTTL", json!("2m0s")),
            ("/serverTLSBootstrap", json!(false)),
        ] {
            assert_eq!(told.pointer(field), Some(&expected), "{field}");
        }
    }
}
