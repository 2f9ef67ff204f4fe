//! Did you mean …? Near words for a wrong kind, name, context or flag, for a person at a terminal: kubectl's own text
//! stays as it is, and a pipe sees no more than that.

use crate::{
    app, commands, completion, error::Error, kubeconfig::Section::Contexts, session::Session,
    terminal::near,
};
use std::io::IsTerminal;

/// The line to put below an error, if there is somebody to read it.
pub async fn after(session: &Session, error: &Error) -> Option<String> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let (wrong, known) = match error {
        Error::Status(status) if status.reason == "NotFound" => {
            let details = status.details.as_ref()?;
            (
                details.name.clone(),
                names_of(session, &details.kind).await?,
            )
        }
        other => {
            let text = other.to_string();
            if let Some(kind) = quoted(&text, "the server doesn't have a resource type ") {
                let discovery = session.mapper().ok()?.discovery().await.ok()?;
                let mut words = Vec::new();
                for resource in discovery
                    .resources
                    .iter()
                    .filter(|one| !one.is_subresource())
                {
                    words.push(resource.name.clone());
                    words.push(resource.singular.clone());
                }
                (kind, words)
            } else {
                let beginnings = ["specified context: ", "with the name: ", "context \""];
                let mut found = beginnings.iter().filter_map(|start| quoted(&text, start));
                let context = found.next()?;
                (context, session.kubeconfig().ok()?.names(Contexts))
            }
        }
    };
    shown(&wrong, known.iter().map(String::as_str))
}

/// The same for a flag that a command does not know.
pub fn after_flag(error: &Error) -> Option<String> {
    let Error::Flag { message, command } = error else {
        return None;
    };
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let wrong = message.strip_prefix("unknown flag: --")?;
    let flags = flags_of(command);
    let found = near(wrong, flags.iter().map(String::as_str));
    let flags: Vec<String> = found.iter().map(|flag| format!("--{flag}")).collect();
    (!flags.is_empty()).then(|| format!("\nDid you mean this?\n\t{}", flags.join("\n\t")))
}

/// The long flags of a command, which is given by its words: `kubectl config set`.
fn flags_of(command: &str) -> Vec<String> {
    let mut words = command.split(' ').skip(1);
    let root = app::root_command();
    let longs = |command: &clap::Command| -> Vec<String> {
        let args = command.get_arguments().filter_map(clap::Arg::get_long);
        args.map(str::to_owned).collect()
    };
    let mut flags = longs(&root);
    let Some(entry) = words.next().and_then(commands::find) else {
        return flags;
    };
    let built = entry.build();
    let mut command = &built;
    flags.extend(longs(command));
    for word in words {
        let Some(inner) = command.find_subcommand(word) else {
            break;
        };
        command = inner;
        flags.extend(longs(command));
    }
    flags
}

/// What stands in quotes behind a beginning.
fn quoted(text: &str, beginning: &str) -> Option<String> {
    let at = text.find(beginning)? + beginning.len();
    let rest = text[at..].strip_prefix('"').unwrap_or(&text[at..]);
    let word: String = rest
        .chars()
        .take_while(|c| !c.is_whitespace() && *c != '"')
        .collect();
    (!word.is_empty()).then_some(word)
}

async fn names_of(session: &Session, plural: &str) -> Option<Vec<String>> {
    let mapping = session.mapper().ok()?.resource(plural).await.ok()?;
    let path = mapping.path(session.namespace().ok()?, "");
    completion::names_at(session, path).await.ok()
}

fn shown<'w>(wrong: &str, known: impl Iterator<Item = &'w str>) -> Option<String> {
    let found = near(wrong, known);
    (!found.is_empty()).then(|| format!("\nDid you mean this?\n\t{}", found.join("\n\t")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_word_is_found_in_the_error() {
        let text = "the server doesn't have a resource type \"pdos\"";
        assert_eq!(
            quoted(text, "the server doesn't have a resource type ").as_deref(),
            Some("pdos")
        );
    }

    #[test]
    fn a_command_has_its_own_flags_and_the_global_ones() {
        let flags = flags_of("kubectl get");
        assert!(flags.contains(&"sort-by".to_owned()) && flags.contains(&"kubeconfig".to_owned()));
        assert_eq!(
            near("sortby", flags.iter().map(String::as_str)),
            ["sort-by"]
        );
    }
}
