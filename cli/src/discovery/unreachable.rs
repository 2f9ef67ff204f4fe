//! What client-go logs of a server that it knows nothing of and can't reach: one line for each time that a command asks
//! for the groups of the API.

use super::{Discovery, cache};
use crate::{
    client::{Client, UNREAD, is_foreign, log_line_of, log_value},
    error::Error,
    session::Session,
};
use knarr_api::quote::quote;

/// How often upstream's commands ask, by the start of the words that call them; the first that fits counts.
const ASKS: &[(&str, usize)] = &[
    ("annotate", 5),
    ("api-resources", 1),
    ("api-versions", 1),
    ("apply edit-last-applied", 5),
    ("apply view-last-applied", 5),
    ("attach", 4),
    ("auth can-i", 2),
    ("autoscale", 5),
    ("certificate", 4),
    ("cluster-info dump", 0),
    ("cluster-info", 5),
    ("cordon", 4),
    ("debug", 4),
    ("delete", 5),
    ("describe", 5),
    ("drain", 4),
    ("edit", 5),
    ("exec", 4),
    ("explain", 2),
    ("expose", 5),
    ("get", 5),
    ("label", 5),
    ("logs", 4),
    ("patch", 5),
    ("port-forward", 4),
    ("rollout", 4),
    ("run", 1),
    ("scale", 5),
    ("set selector", 5),
    ("set serviceaccount", 5),
    ("set subject", 5),
    ("set", 4),
    ("taint", 2),
    ("uncordon", 4),
    ("wait", 4),
];

/// Logs that the server is away, if `error` says so and the disk does not know the server either.
pub fn log(session: &Session, error: &Error) {
    let (Error::Connection { cause, .. }, Some(client)) = (error, unknown_server(session)) else {
        return;
    };
    let timeout = match session.globals.request_timeout.as_str() {
        "" | "0" => "32s",
        given => given,
    };
    let url = format!("{}/api?timeout={timeout}", client.server());
    let text = format!("Get {}: {cause}", quote(&url));
    for _ in 0..times(session) {
        log_once(&text);
    }
}

/// Upstream asks what the API is before it asks for anything else. Where we knew and the answer is one that no API server
/// gives, or one that a server gives to whatever it is asked, the API is asked for after all: what is wrong with that is
/// what upstream tells.
pub async fn instead(session: &Session, error: Error) -> Error {
    let mut told = error;
    let asks_all = match &told {
        Error::Foreign(_) => true,
        Error::Status(status) => {
            is_foreign(status) || matches!(status.code, 401 | 403) || status.code >= 500
        }
        _ => false,
    };
    let Some(client) = unknown_server(session).filter(|_| asks_all) else {
        return told;
    };
    for time in 0..times(session) {
        if let (0, Error::Foreign(text)) = (time, &told)
            && text.starts_with(UNREAD)
        {
            // Whatever was asked for, it would have broken off.
            log_once(text);
            continue;
        }
        match Discovery::refresh(client, session.globals.cache_dir.as_deref()).await {
            Ok(_) => return told,
            Err(error) => {
                log_once(&error.request_text());
                told = error;
            }
        }
    }
    told
}

/// The server, if the disk does not know what it serves.
fn unknown_server(session: &Session) -> Option<&Client> {
    let client = session.client().ok()?;
    let folder = cache::folder(session.globals.cache_dir.as_deref(), client.server());
    cache::read(&folder).is_none().then_some(client)
}

fn times(session: &Session) -> usize {
    let validates = session.manifest.get().map(|(_, validates)| *validates);
    asks(&session.command, validates)
}

fn log_once(why: &str) {
    let text = format!("couldn't get current server API group list: {why}");
    let line = format!("\"Unhandled Error\" err={}", log_value(&text));
    log_line_of('E', "memcache.go:265", &line);
}

/// Who reads a manifest asks once, after its validation if there is one.
fn asks(command: &str, validates_manifest: Option<bool>) -> usize {
    match validates_manifest {
        Some(true) => 0,
        Some(false) => 1,
        None => {
            let command = command.strip_prefix("kubectl ").unwrap_or(command);
            let mut fitting = ASKS.iter().filter(|(words, _)| {
                let rest = command.strip_prefix(words);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            });
            fitting.next().map_or(0, |(_, count)| *count)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_ask_as_often_as_upstreams() {
        for (command, want) in [
            ("kubectl get", 5),
            ("kubectl set image", 4),
            ("kubectl set subject", 5),
            ("kubectl rollout status", 4),
            ("kubectl cluster-info dump", 0),
            ("kubectl version", 0),
        ] {
            assert_eq!(asks(command, None), want, "{command}");
        }
        assert_eq!(asks("kubectl get", Some(false)), 1);
        assert_eq!(asks("kubectl apply", Some(true)), 0);
    }
}
