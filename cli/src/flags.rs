//! Flags as kubectl reads them: the global ones, the groups that several commands share, and the rules of Go's
//! pflag (booleans take `=false`, a repeated flag overrides, values may start with a hyphen).

pub mod words;

use crate::client::log_line_of;
use crate::printers::gotemplate::number;
use crate::verbosity::{Modules, Verbosity};
use clap::{
    Arg, ArgAction, Args, Command,
    builder::{OsStringValueParser, TypedValueParser, ValueParser},
};
use knarr_api::quote::quote;
use std::{any::TypeId, path::PathBuf, time::Duration};

/// The flags that every command takes, before or after its name.
#[derive(Args, Clone, Debug, Default)]
pub struct GlobalArgs {
    /// Username to impersonate for the operation. User could be a regular user or a service account in a namespace.
    #[arg(long = "as", global = true)]
    pub as_user: Option<String>,
    /// Group to impersonate for the operation, this flag can be repeated to specify multiple groups.
    #[arg(long, global = true)]
    pub as_group: Vec<String>,
    /// UID to impersonate for the operation.
    #[arg(long, global = true)]
    pub as_uid: Option<String>,
    /// User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key.
    #[arg(long, global = true)]
    pub as_user_extra: Vec<String>,
    /// Default cache directory
    #[arg(long, global = true, value_parser = path())]
    pub cache_dir: Option<PathBuf>,
    /// Path to a cert file for the certificate authority
    #[arg(long, global = true)]
    pub certificate_authority: Option<String>,
    /// Path to a client certificate file for TLS
    #[arg(long, global = true)]
    pub client_certificate: Option<String>,
    /// Path to a client key file for TLS
    #[arg(long, global = true)]
    pub client_key: Option<String>,
    /// The name of the kubeconfig cluster to use
    #[arg(long, global = true)]
    pub cluster: Option<String>,
    /// The name of the kubeconfig context to use
    #[arg(long, global = true)]
    pub context: Option<String>,
    /// If true, opt-out of response compression for all requests to the server
    #[arg(long, global = true)]
    pub disable_compression: bool,
    /// If true, the server's certificate will not be checked for validity. This will make your HTTPS connections insecure
    #[arg(long, global = true)]
    pub insecure_skip_tls_verify: bool,
    /// Path to the kubeconfig file to use for CLI requests.
    #[arg(long, global = true, value_parser = path())]
    pub kubeconfig: Option<PathBuf>,
    /// Path to the kuberc file to use for preferences. This can be disabled by exporting KUBECTL_KUBERC=false feature gate or turning off the feature KUBERC=off.
    #[arg(long, global = true)]
    pub kuberc: Option<String>,
    /// Maximum number of seconds between log flushes. The log goes to standard error line by line, so that none is ever late.
    #[arg(long, global = true, default_value = "5s", value_parser = flush_interval)]
    pub log_flush_frequency: Duration,
    /// Require server version to match client version
    #[arg(long, global = true)]
    pub match_server_version: bool,
    /// If present, the namespace scope for this CLI request
    #[arg(short, long, global = true)]
    pub namespace: Option<String>,
    /// Password for basic authentication to the API server
    #[arg(long, global = true)]
    pub password: Option<String>,
    /// Name of profile to capture. One of (none|cpu|heap|goroutine|threadcreate|block|mutex|trace)
    #[arg(long, global = true, default_value = crate::profile::NO_PROFILE)]
    pub profile: String,
    /// Name of the file to write the profile to
    #[arg(long, global = true, default_value = "profile.pprof", value_parser = path())]
    pub profile_output: PathBuf,
    /// The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don't timeout requests.
    #[arg(long, global = true, default_value = "0")]
    pub request_timeout: String,
    /// The address and port of the Kubernetes API server
    #[arg(short, long, global = true)]
    pub server: Option<String>,
    /// Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used
    #[arg(long, global = true)]
    pub tls_server_name: Option<String>,
    /// Bearer token for authentication to the API server
    #[arg(long, global = true)]
    pub token: Option<String>,
    /// The name of the kubeconfig user to use
    #[arg(long, global = true)]
    pub user: Option<String>,
    /// Username for basic authentication to the API server
    #[arg(long, global = true)]
    pub username: Option<String>,
    /// number for the log level verbosity
    #[arg(short = 'v', long = "v", global = true, default_value = "0", value_parser = int32)]
    pub verbosity: i32,
    /// When to colour the output: 'auto' (on a terminal, unless NO_COLOR is set), 'always' or 'never'.
    #[arg(long, global = true, default_value = "auto", value_parser = crate::terminal::When::parse)]
    pub color: crate::terminal::When,
    /// comma-separated list of pattern=N settings for file-filtered logging (only works for the default text log format)
    #[arg(long, global = true, value_parser = Modules::parse)]
    pub vmodule: Option<Modules>,
    /// Treat warnings received from the server as errors and exit with a non-zero exit code
    #[arg(long, global = true)]
    pub warnings_as_errors: bool,
}

impl GlobalArgs {
    /// What is logged, from `-v` and `--vmodule`.
    pub fn logged(&self) -> Verbosity {
        Verbosity {
            level: self.verbosity,
            modules: self.vmodule.clone().unwrap_or_default(),
        }
    }

    /// The limit for one request, from `--request-timeout`; `None` means no limit.
    pub fn timeout(&self) -> crate::error::Result<Option<Duration>> {
        let text = self.request_timeout.as_str();
        if text.is_empty() {
            return Ok(None);
        }
        let parsed = text
            .parse::<u64>()
            .map(Duration::from_secs)
            .or_else(|_| duration(text));
        match parsed {
            Ok(limit) if limit.is_zero() => Ok(None),
            Ok(limit) => Ok(Some(limit)),
            Err(_) => Err(crate::error::Error::message(
                "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a \
                 corresponding time unit (e.g. 1s | 2m | 3h)",
            )),
        }
    }
}

/// Where the objects of a command come from, when they come from files.
#[derive(Args, Clone, Debug, Default)]
pub struct FileArgs {
    /// Filename, directory, or URL to files that name the resources
    #[arg(short, long, value_delimiter = ',')]
    pub filename: Vec<String>,
    /// Process a kustomization directory. This flag can't be used together with -f or -R.
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub kustomize: String,
    /// Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.
    #[arg(short = 'R', long)]
    pub recursive: bool,
}

impl FileArgs {
    /// Whether the objects come from elsewhere.
    pub fn is_empty(&self) -> bool {
        self.filename.is_empty() && self.kustomize.is_empty()
    }
}

/// How a command prints the objects that it handled.
#[derive(Args, Clone, Debug, Default)]
pub struct PrintArgs {
    /// Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).
    #[arg(short, long)]
    pub output: Option<String>,
    /// Template string or path to template file to use when -o=go-template, -o=go-template-file.
    #[arg(long)]
    pub template: Option<String>,
    /// If true, a field or map key that is missing is no error of a template (go-template and jsonpath).
    #[arg(long, action = ArgAction::Set, default_value = "true")]
    pub allow_missing_template_keys: bool,
    /// If true, keep the managedFields when printing objects in JSON or YAML format.
    #[arg(long)]
    pub show_managed_fields: bool,
}

/// `--dry-run`: nothing is changed, here or on the server.
#[derive(Args, Clone, Debug, Default)]
pub struct DryRunArgs {
    /// Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "unchanged", default_value = "none")]
    pub dry_run: String,
}

/// The place of upstream's log line about `--dry-run` without a value.
const UNVALUED: &str = "helpers.go:719";

/// Where a dry run stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    None,
    Client,
    Server,
}

impl DryRunArgs {
    /// The strategy that the flag names.
    pub fn strategy(&self) -> crate::error::Result<DryRun> {
        let deprecated = |place: &str, what: String, by: &str| {
            let text = format!(
                "{what} is deprecated{} and can be replaced with --dry-run={by}.",
                match place {
                    UNVALUED => "",
                    _ => " (boolean value)",
                }
            );
            log_line_of('W', place, &text);
        };
        let flag = self.dry_run.as_str();
        match (flag, parse_bool(flag)) {
            ("none", _) => Ok(DryRun::None),
            ("client", _) => Ok(DryRun::Client),
            ("server", _) => Ok(DryRun::Server),
            ("unchanged", _) => {
                deprecated(UNVALUED, "--dry-run".to_owned(), "client");
                Ok(DryRun::Client)
            }
            (_, Ok(true)) => {
                deprecated("helpers.go:733", format!("--dry-run={flag}"), "client");
                Ok(DryRun::Client)
            }
            (_, Ok(false)) => {
                deprecated("helpers.go:736", format!("--dry-run={flag}"), "none");
                Ok(DryRun::None)
            }
            (other, Err(_)) => Err(crate::error::Error::message(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }
}

impl DryRun {
    /// What follows the verb in kubectl's messages.
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }

    /// The query parameter that makes the server check without storing.
    pub fn query(self) -> Option<(&'static str, String)> {
        (self == DryRun::Server).then(|| ("dryRun", "All".to_owned()))
    }
}

/// Gives every flag of `command` and of its subcommands the rules of pflag.
pub fn as_pflag(command: Command) -> Command {
    let command = command.mut_args(pflag_arg).mut_subcommands(as_pflag);
    command
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .args_override_self(true)
        .dont_delimit_trailing_values(true)
}

fn pflag_arg(arg: Arg) -> Arg {
    if arg.is_positional() {
        return arg;
    }
    let boolean = matches!(arg.get_action(), ArgAction::SetTrue)
        || arg.get_value_parser().type_id() == TypeId::of::<bool>();
    if !boolean {
        return arg.allow_hyphen_values(true);
    }
    let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
    let arg = arg
        .action(ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .value_parser(ValueParser::new(parse_bool));
    // A flag that may be absent, and is then neither true nor false, has no default.
    if is_switch {
        arg.default_value("false")
    } else {
        arg
    }
}

/// The flag of that name; underscores are as good as hyphens.
fn of_name<'a>(flags: impl IntoIterator<Item = &'a Arg>, name: &str) -> Option<&'a Arg> {
    let name = name.replace('_', "-");
    let mut flags = flags.into_iter();
    flags.find(|flag| flag.get_long() == Some(&name))
}

/// The flag that a word such as `--name`, `--name=value` or `-nvalue` gives.
pub fn flag_of<'a>(flags: impl IntoIterator<Item = &'a Arg>, word: &str) -> Option<&'a Arg> {
    match word.strip_prefix("--") {
        Some(long) => of_name(flags, long.split('=').next().unwrap_or(long)),
        None => {
            let short = word.chars().nth(1)?;
            let mut flags = flags.into_iter();
            flags.find(|flag| flag.get_short() == Some(short))
        }
    }
}

/// A flag as pflag names it in messages: `-A, --all-namespaces`.
pub fn given_as(flag: &Arg) -> String {
    let long = flag.get_long().unwrap_or_default();
    match flag.get_short() {
        Some(short) => format!("-{short}, --{long}"),
        None => format!("--{long}"),
    }
}

/// Whether the value is a list with commas.
fn is_list(flag: &Arg) -> bool {
    flag.get_value_delimiter() == Some(',')
}

/// For words whose lists have been taken apart already: a comma is a character like any other.
pub fn without_delimiters(command: Command) -> Command {
    command
        .mut_args(|arg| arg.value_delimiter(None))
        .mut_subcommands(without_delimiters)
}

/// Whether the value of `flag`, which `word` gives, is the next word.
pub fn takes_next_word(flag: &Arg, word: &str) -> bool {
    let inline = match word.strip_prefix("--") {
        Some(long) => long.contains('='),
        None => word.chars().count() > 2,
    };
    flag.get_action().takes_values() && !flag.is_require_equals_set() && !inline
}

/// Reads a path, which may be empty.
pub fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// A boolean as Go's `strconv.ParseBool` reads it.
pub fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!(
            "strconv.ParseBool: parsing {}: invalid syntax",
            quote(text)
        )),
    }
}

/// An integer of 64 bits, with Go's words for a wrong one.
pub fn int64(text: &str) -> Result<i64, String> {
    integer(text, i64::MIN, i64::MAX)
}

/// An integer of 32 bits, with Go's words for a wrong one.
pub fn int32(text: &str) -> Result<i32, String> {
    integer(text, i32::MIN.into(), i32::MAX.into())
        .map(|number| i32::try_from(number).unwrap_or_default())
}

fn integer(text: &str, least: i64, most: i64) -> Result<i64, String> {
    let wrong = |why: &str| format!("strconv.ParseInt: parsing {}: {why}", quote(text));
    match number::parse_integer(text) {
        Some(value) if (i128::from(least)..=i128::from(most)).contains(&value) => {
            i64::try_from(value).map_err(|_| wrong("value out of range"))
        }
        Some(_) => Err(wrong("value out of range")),
        None => Err(wrong("invalid syntax")),
    }
}

/// A length of time in Go's form (`1h30m`); negative ones count as zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    Ok(Duration::try_from(signed_duration(text)?).unwrap_or_default())
}

/// A length of time in Go's form, which may be negative.
pub fn signed_duration(text: &str) -> Result<jiff::SignedDuration, String> {
    knarr_api::duration::parse(text).map_err(|error| error.to_string())
}

/// The length of time between flushes of the log; Go's `flag` package does not say what is wrong with it.
fn flush_interval(text: &str) -> Result<Duration, String> {
    duration(text).map_err(|_| "parse error".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Probe {
        #[arg(short, long)]
        watch: bool,
        #[arg(short = 'i', long)]
        stdin: bool,
        #[arg(long, action = ArgAction::Set, default_value = "true")]
        wait: bool,
        #[arg(long, value_parser = int64, default_value = "-1")]
        tail: i64,
    }

    fn probe(args: &[&str]) -> Probe {
        use clap::{CommandFactory, FromArgMatches};
        let matches = as_pflag(Probe::command()).get_matches_from([&["probe"], args].concat());
        Probe::from_arg_matches(&matches).expect("the probe's own fields")
    }

    #[test]
    fn booleans_take_a_value_after_an_equals_sign_and_shorts_combine() {
        let flags = probe(&["-iw", "--wait=false"]);
        assert!(flags.watch && flags.stdin && !flags.wait);
        assert!(!probe(&["--watch=0"]).watch);
        assert!(probe(&[]).wait);
    }

    #[test]
    fn a_value_may_start_with_a_hyphen_and_the_last_one_wins() {
        assert_eq!(probe(&["--tail", "-5", "--tail=7"]).tail, 7);
        assert_eq!(probe(&["--tail", "-5"]).tail, -5);
    }

    #[test]
    fn wrong_numbers_are_refused_in_gos_words() {
        assert_eq!(
            int64("abc").unwrap_err(),
            "strconv.ParseInt: parsing \"abc\": invalid syntax"
        );
        assert_eq!(
            int32("3000000000").unwrap_err(),
            "strconv.ParseInt: parsing \"3000000000\": value out of range"
        );
        assert_eq!(int64("0x10"), Ok(16));
        assert_eq!(int64("1_0"), Ok(10));
        assert_eq!(
            int64("99999999999999999999").unwrap_err(),
            "strconv.ParseInt: parsing \"99999999999999999999\": value out of range"
        );
    }
}
