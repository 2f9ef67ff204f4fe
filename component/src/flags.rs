//! The flags that a program was started with, as its `/flagz` tells them.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, ArgMatches, Command};

/// Every flag by its name, with its value or its default: a list in brackets, nothing as the empty text, as upstream's
/// library of flags writes them.
pub fn told(command: &Command, matches: &ArgMatches) -> BTreeMap<String, String> {
    let of = |arg: &Arg| Some((arg.get_long()?.to_owned(), value(arg, matches)));
    command.get_arguments().filter_map(of).collect()
}

fn value(arg: &Arg, matches: &ArgMatches) -> String {
    // A flag that shows help or the version has no value.
    let values = matches.try_get_raw(arg.get_id().as_str());
    let values = values.ok().flatten().into_iter().flatten();
    let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
    let text = values.join(",");
    match arg.get_action() {
        ArgAction::Append => format!("[{text}]"),
        _ if arg.get_value_delimiter().is_some() => format!("[{text}]"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_defaults_are_told() {
        let command = Command::new("server")
            .arg(Arg::new("port").long("secure-port").default_value("6443"))
            .arg(Arg::new("file").long("audit-policy-file"))
            .arg(
                Arg::new("modes")
                    .long("authorization-mode")
                    .value_delimiter(','),
            )
            .arg(Arg::new("all").long("all").action(ArgAction::SetTrue))
            .arg(Arg::new("what"));
        let typed = ["server", "--authorization-mode=Node,RBAC", "--all", "x"];
        let matches = command.clone().get_matches_from(typed);
        let told = told(&command, &matches);
        let expected = [
            ("all", "true"),
            ("audit-policy-file", ""),
            ("authorization-mode", "[Node,RBAC]"),
            ("secure-port", "6443"),
        ];
        assert_eq!(
            told,
            expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
        );
    }
}
