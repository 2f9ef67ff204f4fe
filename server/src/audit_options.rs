//! The API server's flags about the audit log. Names, meanings and defaults are upstream's
//! (<https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>).

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use clap::{Args, ValueEnum};
use knarr_apiserver::audit::{
    self, AuditConfig, Delivery, Limits, LogSettings, Rate, WebhookSettings,
};

use crate::auth_options::{parse_duration, read};

/// The version of events that upstream knows.
const VERSION: &str = "audit.k8s.io/v1";
/// As upstream: how many events wait for a slow log or webhook before more are lost.
const BUFFER: usize = 10_000;

/// What is recorded of requests, and where.
#[derive(Args, Clone, Debug)]
pub struct AuditOptions {
    /// A file with a Policy: what is recorded of which requests; without it nothing is
    #[arg(long, value_name = "FILE")]
    pub audit_policy_file: Option<PathBuf>,
    #[command(flatten)]
    pub log: AuditLogOptions,
    #[command(flatten)]
    pub webhook: AuditWebhookOptions,
}

/// The log file.
#[derive(Args, Clone, Debug)]
pub struct AuditLogOptions {
    /// The file that requests are recorded in; '-' is standard output
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub audit_log_path: Option<PathBuf>,
    /// Remove old audit log files after so many days; 0 keeps them
    #[arg(long, default_value_t = 366, value_name = "DAYS")]
    pub audit_log_maxage: u32,
    /// Keep so many old audit log files; 0 keeps them all
    #[arg(long, default_value_t = 100, value_name = "COUNT")]
    pub audit_log_maxbackup: usize,
    /// Begin a new audit log file at this size in megabytes; 0 never does
    #[arg(long, default_value_t = 100, value_name = "MEGABYTES")]
    pub audit_log_maxsize: u64,
    /// Compress old audit log files
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub audit_log_compress: bool,
    /// How events are written to the audit log
    #[arg(long, default_value = "json", value_name = "FORMAT")]
    pub audit_log_format: Format,
    /// In which version events are written to the audit log
    #[arg(long, default_value = VERSION, value_parser = [VERSION], value_name = "VERSION")]
    pub audit_log_version: String,
    #[command(flatten)]
    pub delivery: LogDeliveryOptions,
}

/// The webhook.
#[derive(Args, Clone, Debug)]
pub struct AuditWebhookOptions {
    /// A kubeconfig file of the webhook that events are sent to
    #[arg(long, value_name = "FILE")]
    pub audit_webhook_config_file: Option<PathBuf>,
    /// How long the first failed request to the audit webhook waits before it is tried again
    #[arg(long, alias = "audit-webhook-batch-initial-backoff", default_value = "10s", value_parser = parse_duration, value_name = "DURATION")]
    pub audit_webhook_initial_backoff: Duration,
    /// In which version events are sent to the audit webhook
    #[arg(long, default_value = VERSION, value_parser = [VERSION], value_name = "VERSION")]
    pub audit_webhook_version: String,
    #[command(flatten)]
    pub delivery: WebhookDeliveryOptions,
}

/// How events get to the log or the webhook: the same flags for both, with other defaults.
macro_rules! delivery_options {
    ($name:ident, $plugin:literal, mode: $mode:literal, size: $size:literal, wait: $wait:literal,
     throttle: $throttle:literal, qps: $qps:literal, burst: $burst:literal) => {
        #[derive(Args, Clone, Debug)]
        pub struct $name {
            #[arg(
                id = concat!("audit-", $plugin, "-mode"), long = concat!("audit-", $plugin, "-mode"), default_value = $mode, value_name = "MODE",
                help = concat!("Whether requests wait for the audit ", $plugin, ": batch does not; blocking does; blocking-strict refuses what cannot be recorded")
            )]
            mode: Mode,
            #[arg(
                id = concat!("audit-", $plugin, "-batch-buffer-size"), long = concat!("audit-", $plugin, "-batch-buffer-size"), default_value_t = BUFFER, value_name = "COUNT",
                help = concat!("How many events may wait for the audit ", $plugin, ", in the mode batch")
            )]
            buffer_size: usize,
            #[arg(
                id = concat!("audit-", $plugin, "-batch-max-size"), long = concat!("audit-", $plugin, "-batch-max-size"), default_value_t = $size, value_name = "COUNT",
                help = concat!("How many events the audit ", $plugin, " gets at once, in the mode batch")
            )]
            batch_size: usize,
            #[arg(
                id = concat!("audit-", $plugin, "-batch-max-wait"), long = concat!("audit-", $plugin, "-batch-max-wait"), default_value = $wait, value_parser = parse_duration, value_name = "DURATION",
                help = concat!("How long a batch for the audit ", $plugin, " that is not full is waited for, in the mode batch")
            )]
            batch_wait: Duration,
            #[arg(
                id = concat!("audit-", $plugin, "-batch-throttle-enable"), long = concat!("audit-", $plugin, "-batch-throttle-enable"), default_value_t = $throttle, value_name = "BOOL",
                num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set,
                help = concat!("Whether the batches that the audit ", $plugin, " gets in a second are limited, in the mode batch")
            )]
            throttle: bool,
            #[arg(
                id = concat!("audit-", $plugin, "-batch-throttle-qps"), long = concat!("audit-", $plugin, "-batch-throttle-qps"), default_value_t = $qps, value_name = "NUMBER",
                help = concat!("How many batches the audit ", $plugin, " gets in a second on average")
            )]
            qps: f64,
            #[arg(
                id = concat!("audit-", $plugin, "-batch-throttle-burst"), long = concat!("audit-", $plugin, "-batch-throttle-burst"), default_value_t = $burst, value_name = "COUNT",
                help = concat!("How many batches the audit ", $plugin, " gets at once after a pause")
            )]
            burst: u32,
            #[arg(
                id = concat!("audit-", $plugin, "-truncate-enabled"), long = concat!("audit-", $plugin, "-truncate-enabled"), default_value_t = false, value_name = "BOOL",
                num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set,
                help = concat!("Whether the size of what the audit ", $plugin, " gets is limited")
            )]
            truncate: bool,
            #[arg(
                id = concat!("audit-", $plugin, "-truncate-max-batch-size"), long = concat!("audit-", $plugin, "-truncate-max-batch-size"), default_value_t = 10 * 1024 * 1024, value_name = "BYTES",
                help = concat!("The size from which a batch for the audit ", $plugin, " is split, if its size is limited")
            )]
            max_batch: usize,
            #[arg(
                id = concat!("audit-", $plugin, "-truncate-max-event-size"), long = concat!("audit-", $plugin, "-truncate-max-event-size"), default_value_t = 100 * 1024, value_name = "BYTES",
                help = concat!("The size from which an event for the audit ", $plugin, " loses the objects sent and answered, or is not recorded when that is not enough, if its size is limited")
            )]
            max_event: usize,
        }

        impl $name {
            /// What the API server is told; what does not fit is told in upstream's words.
            fn delivery(&self) -> anyhow::Result<Delivery> {
                let rate = Rate {
                    per_second: self.qps,
                    burst: f64::from(self.burst),
                };
                let delivery = Delivery {
                    mode: self.mode.into(),
                    buffer_size: self.buffer_size,
                    batch_size: self.batch_size,
                    batch_wait: self.batch_wait,
                    throttle: self.throttle.then_some(rate),
                    limits: self.truncate.then_some(self.limits()),
                };
                check_batches($plugin, &delivery)?;
                check_limits($plugin, self.limits())?;
                Ok(delivery)
            }

            fn limits(&self) -> Limits {
                Limits {
                    event: self.max_event,
                    batch: self.max_batch,
                }
            }
        }
    };
}

// Batches are of no use to a file.
delivery_options!(
    LogDeliveryOptions, "log", mode: "blocking", size: 1, wait: "0s", throttle: false, qps: 0.0, burst: 0
);
delivery_options!(
    WebhookDeliveryOptions, "webhook", mode: "batch", size: 400, wait: "30s", throttle: true, qps: 10.0, burst: 15
);

/// Whether batches can be made so; in other modes there are none.
fn check_batches(plugin: &str, delivery: &Delivery) -> anyhow::Result<()> {
    if delivery.mode != audit::Mode::Batch {
        return Ok(());
    }
    let positive = |what: &str, value: f64| {
        ensure!(
            value > 0.0,
            "invalid audit batch {plugin} {what} {value}, must be a positive number"
        );
        Ok(())
    };
    ensure!(
        delivery.buffer_size > 0,
        "invalid audit batch {plugin} buffer size 0, must be a positive number"
    );
    ensure!(
        delivery.batch_size > 0,
        "invalid audit batch {plugin} max batch size 0, must be a positive number"
    );
    if let Some(rate) = delivery.throttle {
        positive("throttle QPS", rate.per_second)?;
        positive("throttle burst", rate.burst)?;
    }
    Ok(())
}

fn check_limits(plugin: &str, limits: Limits) -> anyhow::Result<()> {
    let Limits { event, batch } = limits;
    ensure!(
        event > 0,
        "invalid audit truncate {plugin} max event size {event}, must be a positive number"
    );
    ensure!(
        batch >= event,
        "invalid audit truncate {plugin} max batch size {batch}, must be greater than max event size ({event})"
    );
    Ok(())
}

/// In what form events are written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Format {
    #[default]
    Json,
    Legacy,
}

/// Whether requests wait for their events to be stored.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Mode {
    Batch,
    #[default]
    Blocking,
    BlockingStrict,
}

impl From<Mode> for audit::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Batch => Self::Batch,
            Mode::Blocking => Self::Blocking,
            Mode::BlockingStrict => Self::BlockingStrict,
        }
    }
}

impl AuditOptions {
    /// What the API server is told; nothing without a policy, as upstream.
    pub fn config(&self) -> anyhow::Result<Option<AuditConfig>> {
        let (log, webhook) = (&self.log, &self.webhook);
        let Some(file) = &self.audit_policy_file else {
            if log.audit_log_path.is_some() || webhook.audit_webhook_config_file.is_some() {
                tracing::warn!("No audit policy file provided, no events will be recorded");
            }
            return Ok(None);
        };
        let log = log.audit_log_path.as_ref().map(|path| {
            anyhow::Ok(LogSettings {
                path: path.clone(),
                max_age: log.audit_log_maxage,
                max_backups: log.audit_log_maxbackup,
                max_size: log.audit_log_maxsize,
                compress: log.audit_log_compress,
                format: match log.audit_log_format {
                    Format::Json => audit::Format::Json,
                    Format::Legacy => audit::Format::Legacy,
                },
                delivery: log.delivery.delivery()?,
            })
        });
        let webhook = webhook.audit_webhook_config_file.as_ref().map(|file| {
            anyhow::Ok(WebhookSettings {
                file: file.clone(),
                initial_backoff: webhook.audit_webhook_initial_backoff,
                delivery: webhook.delivery.delivery()?,
            })
        });
        Ok(Some(AuditConfig {
            policy: read(file)?,
            log: log.transpose()?,
            webhook: webhook.transpose()?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Parsed {
        #[command(flatten)]
        options: AuditOptions,
    }

    fn parse(flags: &[&str]) -> AuditOptions {
        let all = ["x"].iter().chain(flags);
        <Parsed as clap::Parser>::parse_from(all).options
    }

    #[test]
    fn the_log_is_waited_for_and_the_webhook_gets_batches() {
        let options = parse(&["--audit-webhook-batch-throttle-qps=0.5"]);
        let log = options.log.delivery.delivery().unwrap();
        assert_eq!((log.mode, log.throttle), (audit::Mode::Blocking, None));
        let webhook = options.webhook.delivery.delivery().unwrap();
        assert_eq!(
            (webhook.mode, webhook.batch_size),
            (audit::Mode::Batch, 400)
        );
        let rate = webhook.throttle.unwrap();
        assert_eq!((rate.per_second, rate.burst), (0.5, 15.0));
        assert!(log.limits.is_none() && webhook.limits.is_none());
    }

    #[test]
    fn numbers_that_do_not_fit_are_told_in_upstreams_words() {
        for (flags, expected) in [
            (
                &["--audit-log-mode=batch", "--audit-log-batch-buffer-size=0"][..],
                "invalid audit batch log buffer size 0, must be a positive number",
            ),
            (
                &[
                    "--audit-log-mode=batch",
                    "--audit-log-batch-throttle-enable",
                ],
                "invalid audit batch log throttle QPS 0, must be a positive number",
            ),
            (
                &["--audit-log-truncate-max-event-size=0"],
                "invalid audit truncate log max event size 0, must be a positive number",
            ),
            (
                &[
                    "--audit-log-truncate-max-event-size=9",
                    "--audit-log-truncate-max-batch-size=8",
                ],
                "invalid audit truncate log max batch size 8, must be greater than max event size (9)",
            ),
            (&["--audit-log-batch-buffer-size=0"], ""),
        ] {
            let delivery = parse(flags).log.delivery.delivery();
            let said = delivery.map_or_else(|error| error.to_string(), |_| String::new());
            assert_eq!(said, expected);
        }
    }
}
