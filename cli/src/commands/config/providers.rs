//! The flags of `set-credentials` about what gets a user's credentials: an auth provider, or a program.

use crate::error::{Error, Result};
use serde_json::{Map, Value, json};

/// When a program may ask the user (`client.authentication.k8s.io/v1`).
const INTERACTIVE_MODES: &[&str] = &["IfAvailable", "Never", "Always"];

#[derive(clap::Args, Clone, Debug)]
pub struct ProviderArgs {
    /// Auth provider for the user entry in kubeconfig
    #[arg(long)]
    auth_provider: Option<String>,
    /// 'key=value' arguments for the auth provider
    #[arg(long, value_delimiter = ',')]
    auth_provider_arg: Vec<String>,
    /// API version of the exec credential plugin for the user entry in kubeconfig
    #[arg(long)]
    exec_api_version: Option<String>,
    /// New arguments for the exec credential plugin command for the user entry in kubeconfig
    #[arg(long, value_delimiter = ',')]
    exec_arg: Vec<String>,
    /// Command for the exec credential plugin for the user entry in kubeconfig
    #[arg(long)]
    exec_command: Option<String>,
    /// 'key=value' environment values for the exec credential plugin
    #[arg(long)]
    exec_env: Vec<String>,
    /// InteractiveMode of the exec credentials plugin for the user entry in kubeconfig
    #[arg(long)]
    exec_interactive_mode: Option<String>,
    /// ProvideClusterInfo of the exec credentials plugin for the user entry in kubeconfig
    #[arg(long, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    exec_provide_cluster_info: Option<bool>,
}

/// What `NAME=VALUE` sets and `NAME-` removes.
#[derive(Default)]
struct Pairs {
    set: Vec<(String, String)>,
    removed: Vec<String>,
}

/// What the flags change of a user.
pub struct Changes<'a> {
    args: &'a ProviderArgs,
    provider_args: Pairs,
    env: Pairs,
}

impl ProviderArgs {
    /// Reads the pairs; a wrong one is refused.
    pub fn changes(&self) -> Result<Changes<'_>> {
        Ok(Changes {
            args: self,
            provider_args: Pairs::parse(&self.auth_provider_arg, "auth-provider-arg")?,
            env: Pairs::parse(&self.exec_env, "exec-env")?,
        })
    }

    /// Refuses a mode that does not exist.
    pub fn check(&self) -> Result<()> {
        match self.exec_interactive_mode.as_deref() {
            Some(mode) if !INTERACTIVE_MODES.contains(&mode) => Err(Error::message(format!(
                "invalid interactive mode type, can be only {}",
                INTERACTIVE_MODES.join(", ")
            ))),
            _ => Ok(()),
        }
    }
}

impl Pairs {
    fn parse(words: &[String], flag: &str) -> Result<Self> {
        let (mut pairs, mut wrong) = (Pairs::default(), Vec::new());
        for word in words {
            match (word.split_once('='), word.strip_suffix('-')) {
                (Some((name, value)), _) if !name.is_empty() => {
                    pairs.set.push((name.to_owned(), value.to_owned()));
                }
                (None, Some(name)) if !name.is_empty() => pairs.removed.push(name.to_owned()),
                _ => wrong.push(word.as_str()),
            }
        }
        match wrong.is_empty() {
            true => Ok(pairs),
            false => Err(Error::message(format!(
                "invalid {flag} format: {}",
                wrong.join(", ")
            ))),
        }
    }
}

impl Changes<'_> {
    /// Changes the entry of a user.
    pub fn apply(&self, user: &mut Value) {
        if let Some(name) = &self.args.auth_provider
            && user["auth-provider"]["name"] != name.as_str()
        {
            user["auth-provider"] = json!({"config": {}, "name": name});
        }
        if let Some(provider) = user.get_mut("auth-provider").and_then(Value::as_object_mut) {
            self.change_provider(provider);
        }
        if let Some(command) = &self.args.exec_command {
            if !user["exec"].is_object() {
                user["exec"] = json!({"env": null, "provideClusterInfo": false});
            }
            user["exec"]["command"] = command.as_str().into();
            // The arguments were those of another program.
            user["exec"]["args"] = Value::Null;
        }
        if let Some(exec) = user.get_mut("exec").and_then(Value::as_object_mut) {
            self.change_program(exec);
        }
    }

    fn change_provider(&self, provider: &mut Map<String, Value>) {
        let config = provider.entry("config").or_insert(Value::Null);
        if config.is_null() {
            *config = json!({});
        }
        let Some(config) = config.as_object_mut() else {
            return;
        };
        for name in &self.provider_args.removed {
            config.shift_remove(name);
        }
        for (name, value) in &self.provider_args.set {
            config.insert(name.clone(), value.as_str().into());
        }
        config.sort_keys();
    }

    /// The flags about a program say nothing to a user who has none.
    fn change_program(&self, exec: &mut Map<String, Value>) {
        let args = self.args;
        if let Some(version) = &args.exec_api_version {
            exec.insert("apiVersion".to_owned(), version.as_str().into());
        }
        if !args.exec_arg.is_empty() {
            exec.insert("args".to_owned(), json!(args.exec_arg));
        }
        if let Some(mode) = &args.exec_interactive_mode {
            exec.insert("interactiveMode".to_owned(), mode.as_str().into());
        }
        if let Some(provide) = args.exec_provide_cluster_info {
            exec.insert("provideClusterInfo".to_owned(), provide.into());
        }
        if self.env.set.is_empty() && self.env.removed.is_empty() {
            return;
        }
        let mut env = match exec.get_mut("env").map(Value::take) {
            Some(Value::Array(env)) => env,
            _ => Vec::new(),
        };
        env.retain(|one| {
            !self
                .env
                .removed
                .iter()
                .any(|name| one["name"] == name.as_str())
        });
        for (name, value) in &self.env.set {
            match env.iter_mut().find(|one| one["name"] == name.as_str()) {
                Some(known) => known["value"] = value.as_str().into(),
                None => env.push(json!({"name": name, "value": value})),
            }
        }
        exec.insert("env".to_owned(), env.into());
    }
}
