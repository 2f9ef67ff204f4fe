//! The API server's flags about the audit log. Names, meanings and defaults are upstream's
//! (<https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>).

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use knarr_apiserver::audit::{self, AuditConfig, LogSettings, WebhookSettings};

use crate::auth_options::{parse_duration, read};

/// What is recorded of requests, and where.
#[derive(Args, Clone, Debug, Default)]
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
#[derive(Args, Clone, Debug, Default)]
pub struct AuditLogOptions {
    /// The file that requests are recorded in; '-' is standard output
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub audit_log_path: Option<PathBuf>,
    /// Remove old audit log files after so many days; 0 keeps them
    #[arg(long, default_value_t = 0, value_name = "DAYS")]
    pub audit_log_maxage: u32,
    /// Keep so many old audit log files; 0 keeps them all
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    pub audit_log_maxbackup: usize,
    /// Begin a new audit log file at this size in megabytes; 0 is 100
    #[arg(long, default_value_t = 0, value_name = "MEGABYTES")]
    pub audit_log_maxsize: u64,
    /// Compress old audit log files
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub audit_log_compress: bool,
    /// How events are written to the audit log
    #[arg(long, default_value = "json", value_name = "FORMAT")]
    pub audit_log_format: Format,
    /// Whether requests wait for the audit log: batch does not; blocking does; blocking-strict refuses what cannot be
    /// recorded
    #[arg(long, default_value = "blocking", value_name = "MODE")]
    pub audit_log_mode: Mode,
}

/// The webhook.
#[derive(Args, Clone, Debug)]
pub struct AuditWebhookOptions {
    /// A kubeconfig file of the webhook that events are sent to
    #[arg(long, value_name = "FILE")]
    pub audit_webhook_config_file: Option<PathBuf>,
    /// Whether requests wait for the audit webhook: batch does not; blocking does; blocking-strict refuses what cannot
    /// be recorded
    #[arg(long, default_value = "batch", value_name = "MODE")]
    pub audit_webhook_mode: Mode,
    /// How long the first failed request to the audit webhook waits before it is tried again
    #[arg(long, default_value = "10s", value_parser = parse_duration, value_name = "DURATION")]
    pub audit_webhook_initial_backoff: Duration,
    /// How many events may wait for the audit webhook, in the mode batch
    #[arg(long, default_value_t = audit::BUFFER, value_name = "COUNT")]
    pub audit_webhook_batch_buffer_size: usize,
    /// How many events the audit webhook gets at once, in the mode batch
    #[arg(long, default_value_t = audit::BATCH, value_name = "COUNT")]
    pub audit_webhook_batch_max_size: usize,
    /// How long a batch for the audit webhook that is not full is waited for, in the mode batch
    #[arg(long, default_value = "30s", value_parser = parse_duration, value_name = "DURATION")]
    pub audit_webhook_batch_max_wait: Duration,
}

impl Default for AuditWebhookOptions {
    fn default() -> Self {
        Self {
            audit_webhook_config_file: None,
            audit_webhook_mode: Mode::Batch,
            audit_webhook_initial_backoff: audit::INITIAL_BACKOFF,
            audit_webhook_batch_buffer_size: audit::BUFFER,
            audit_webhook_batch_max_size: audit::BATCH,
            audit_webhook_batch_max_wait: audit::WAIT,
        }
    }
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
        Ok(Some(AuditConfig {
            policy: read(file)?,
            log: log.audit_log_path.as_ref().map(|path| LogSettings {
                path: path.clone(),
                max_age: log.audit_log_maxage,
                max_backups: log.audit_log_maxbackup,
                max_size: log.audit_log_maxsize,
                compress: log.audit_log_compress,
                format: match log.audit_log_format {
                    Format::Json => audit::Format::Json,
                    Format::Legacy => audit::Format::Legacy,
                },
                mode: log.audit_log_mode.into(),
            }),
            webhook: webhook
                .audit_webhook_config_file
                .as_ref()
                .map(|file| WebhookSettings {
                    file: file.clone(),
                    mode: webhook.audit_webhook_mode.into(),
                    initial_backoff: webhook.audit_webhook_initial_backoff,
                    buffer_size: webhook.audit_webhook_batch_buffer_size,
                    batch_size: webhook.audit_webhook_batch_max_size,
                    batch_wait: webhook.audit_webhook_batch_max_wait,
                }),
        }))
    }
}
