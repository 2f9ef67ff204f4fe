//! What one run of the program shares: the global flags, standard output, and (each made when first asked for) the
//! kubeconfig, the connection and the mapper.

use crate::{
    client::{Client, log_line},
    error::{Error, Result},
    flags::GlobalArgs,
    kubeconfig::{First, Kubeconfig, Resolved},
    kuberc::PluginPolicy,
    mapper::Mapper,
    printers::pretty_by_two,
};
use knarr_api::quote::quote;
use std::{
    cell::{Cell, OnceCell, RefCell},
    io::{BufWriter, IsTerminal, Stdout, Write},
};

/// Writes formatted text to the session's standard output.
macro_rules! out {
    ($session:expr, $($text:tt)*) => { $session.write(&format!($($text)*)) };
}

/// Writes a formatted line to the session's standard output.
macro_rules! outln {
    ($session:expr) => { $session.write("\n") };
    ($session:expr, $($text:tt)*) => { $session.write(&(format!($($text)*) + "\n")) };
}

/// Writes a formatted line to standard error.
macro_rules! errln {
    ($session:expr, $($text:tt)*) => { $session.warn(&format!($($text)*)) };
}

pub(crate) use {errln, out, outln};

/// One run of the program.
pub struct Session {
    pub globals: GlobalArgs,
    /// What the user types to get here.
    pub program: String,
    /// The words of the command, such as `kubectl create secret`.
    pub command: String,
    /// How many words that are no flags stand before `--`, if it is there.
    pub words_before_dashes: Option<usize>,
    /// Which credential plugins may run.
    pub plugin_policy: PluginPolicy,
    /// The first manifest that was read, and whether its objects are checked before they are sent.
    pub manifest: OnceCell<(String, bool)>,
    stdout: RefCell<BufWriter<Stdout>>,
    /// Whether anything was written to standard output.
    written: Cell<bool>,
    kubeconfig: OnceCell<Kubeconfig>,
    resolved: OnceCell<Resolved>,
    client: OnceCell<Client>,
    mapper: OnceCell<Mapper>,
}

impl Session {
    pub fn new(globals: GlobalArgs, program: &str, command: String) -> Self {
        Session {
            globals,
            program: program.to_owned(),
            command,
            words_before_dashes: None,
            plugin_policy: PluginPolicy::default(),
            manifest: OnceCell::new(),
            stdout: RefCell::new(BufWriter::with_capacity(64 * 1024, std::io::stdout())),
            written: Cell::new(false),
            kubeconfig: OnceCell::new(),
            resolved: OnceCell::new(),
            client: OnceCell::new(),
            mapper: OnceCell::new(),
        }
    }

    /// Writes to standard output; the bytes may wait in a buffer until [`Session::flush`].
    pub fn write(&self, text: &str) -> Result<()> {
        self.write_bytes(text.as_bytes())
    }

    /// Writes raw bytes to standard output.
    pub fn write_bytes(&self, bytes: &[u8]) -> Result<()> {
        self.written.set(self.written.get() || !bytes.is_empty());
        Ok(self.stdout.borrow_mut().write_all(bytes)?)
    }

    /// Hands everything written so far to the reader of standard output.
    pub fn flush(&self) -> Result<()> {
        Ok(self.stdout.borrow_mut().flush()?)
    }

    /// Writes a line to standard error, after what was written to standard output.
    pub fn warn(&self, line: &str) {
        // A reader that has gone away is noticed by the next write to standard output.
        let _ = self.stdout.borrow_mut().flush();
        error_line(line);
    }

    /// Whether a person reads standard output.
    pub fn is_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// The merged kubeconfig files.
    pub fn kubeconfig(&self) -> Result<&Kubeconfig> {
        if let Some(config) = self.kubeconfig.get() {
            return Ok(config);
        }
        let config = Kubeconfig::load(self.globals.kubeconfig.as_deref())?;
        if self.globals.logged().in_file("loader") >= 6 {
            for file in config.files() {
                let text = format!("Config loaded from file:  {}", file.display());
                log_line("loader.go:407", &text);
            }
        }
        Ok(self.kubeconfig.get_or_init(|| config))
    }

    /// The cluster, user and namespace that the kubeconfig and the flags select.
    pub fn resolved(&self) -> Result<&Resolved> {
        if let Some(resolved) = self.resolved.get() {
            return Ok(resolved);
        }
        let globals = &self.globals;
        let wanted = match self.enforces_namespace() || connects_first(&self.command) {
            true => First::Connection,
            false => First::Namespace,
        };
        let resolved = Resolved::select(self.kubeconfig()?, globals, &self.plugin_policy, wanted)?;
        globals.timeout()?;
        Ok(self.resolved.get_or_init(|| resolved))
    }

    /// Refuses a context or a cluster that is not there, as asking for the namespace does where no flag tells it.
    pub fn check_context(&self) -> Result<()> {
        match self.enforces_namespace() {
            true => Ok(()),
            false => Resolved::check_context(self.kubeconfig()?, &self.globals),
        }
    }

    /// The namespace for objects that name none.
    pub fn namespace(&self) -> Result<&str> {
        Ok(&self.resolved()?.namespace)
    }

    /// Whether `--namespace` was given, so that a manifest that names another one is refused.
    pub fn enforces_namespace(&self) -> bool {
        self.globals
            .namespace
            .as_deref()
            .is_some_and(|namespace| !namespace.is_empty())
    }

    /// The connection to the API server.
    pub fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::new(self.resolved()?, &self.globals, &self.command)?;
        client.check()?;
        Ok(self.client.get_or_init(|| client))
    }

    /// What `-v` shows of an error before it is told.
    pub fn log_error(&self, error: &Error) {
        if self.globals.logged().in_file("helpers") < 4 {
            return;
        }
        match error {
            Error::Status(status) => {
                let object = pretty_by_two(&status.to_value());
                log_line(
                    "helpers.go:246",
                    &format!("server response object: %s[{object}]"),
                );
            }
            Error::Connection { request, cause, .. } if !request.is_empty() => {
                let request = request.replace('"', "");
                log_line(
                    "helpers.go:264",
                    &format!("Connection error: {request}: {cause}"),
                );
            }
            _ => {}
        }
    }

    /// Upstream asks the server about schemas, or else about kinds, before it does anything with a manifest: so that is
    /// what it tells of when there is no server.
    pub fn in_manifests_words(&self, error: Error) -> Error {
        let (Error::Connection { request, cause, .. }, Some((source, validates))) =
            (&error, self.manifest.get())
        else {
            return error;
        };
        let client = self.client.get().filter(|client| !client.has_reached());
        let Some(client) = client.filter(|_| !request.is_empty()) else {
            return error;
        };
        let asked = |path: &str| format!("Get {}: {cause}", quote(&client.url_of_cached(path)));
        let source = quote(source);
        Error::message(match validates {
            true => format!(
                "error validating {source}: error validating data: failed to download openapi: {}; if you choose to \
                 ignore these errors, turn validation off with --validate=false",
                asked("/openapi/v2")
            ),
            false => format!("unable to recognize {source}: {}", asked("/api")),
        })
    }

    /// Whether a command is worth running again after `error`: the server does not know what was taken for granted of it.
    /// Nothing has been said yet, and nothing of a manifest was sent.
    pub fn took_for_granted(&self, error: &Error) -> bool {
        error.is_unknown_resource()
            && !self.written.get()
            && self.manifest.get().is_none()
            && self.mapper.get().is_some_and(Mapper::doubt)
    }

    /// Fails when `--warnings-as-errors` was given and the server warned.
    pub fn refuse_warnings(&self) -> Result<()> {
        let count = self.client.get().map(Client::warnings).unwrap_or_default();
        match count {
            count if count == 0 || !self.globals.warnings_as_errors => Ok(()),
            1 => Err(Error::message("1 warning received")),
            count => Err(Error::message(format!("{count} warnings received"))),
        }
    }

    /// The knowledge of which kinds the server has.
    pub fn mapper(&self) -> Result<&Mapper> {
        if let Some(mapper) = self.mapper.get() {
            return Ok(mapper);
        }
        let mapper = Mapper::new(self.client()?.clone(), &self.globals);
        Ok(self.mapper.get_or_init(|| mapper))
    }
}

/// Whether upstream's command opens a connection before it asks for the namespace, which decides how it words a context
/// or a cluster that is not there.
fn connects_first(command: &str) -> bool {
    const COMMANDS: &[&str] = &[
        "api-resources",
        "api-versions",
        "apply",
        "auth can-i",
        "auth whoami",
        "autoscale",
        "certificate",
        "cluster-info",
        "cordon",
        "create",
        "diff",
        "drain",
        "events",
        "explain",
        "expose",
        "proxy",
        "replace",
        "run",
        "set env",
        "top node",
        "uncordon",
        "wait",
    ];
    let words = command.split_once(' ').map_or("", |(_, words)| words);
    let first = words.split(' ').next().unwrap_or_default();
    let grouped = matches!(first, "certificate" | "cluster-info" | "create");
    COMMANDS.contains(&words) || grouped && words != "create token"
}

/// Writes a line to standard error; there is nowhere to report that it failed.
pub fn error_line(line: &str) {
    error_text(&format!("{line}\n"));
}

/// Writes to standard error as far as anybody reads it.
pub fn error_text(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
