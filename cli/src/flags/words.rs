//! The words of a command line as Go's pflag and cobra take them apart, flag by flag: which command they lead to, and the
//! same words in the one spelling that clap can't read otherwise (`--name=value`).

use super::given_as;
use clap::{Arg, ArgAction, Command};
use knarr_api::quote::quote;
use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
};

/// What became of the words of a command line.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Up to the first fault.
    pub words: Vec<OsString>,
    /// The words that belong to no flag.
    pub positionals: Vec<String>,
    /// How many of those stand before `--`, if it is there.
    pub before_dashes: Option<usize>,
    /// The first flag that the command does not have, or that lacks its value.
    pub fault: Option<String>,
}

/// The words behind a command's name in plain spelling; the flags are those of `commands`, of the first that has one.
pub fn parse(commands: &[&Command], words: &[OsString]) -> Parsed {
    let flags = &flags_of(commands)[..];
    let mut parsed = Parsed::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let bytes = word.as_bytes();
        let result = match bytes {
            b"--" => {
                parsed.words.push(word.clone());
                parsed.before_dashes = Some(parsed.positionals.len());
                for word in words.by_ref() {
                    parsed.positional(word);
                }
                Ok(())
            }
            [b'-', b'-', long @ ..] => parsed.long(flags, long, &mut words),
            [b'-', shorts @ ..] if !shorts.is_empty() => parsed.shorts(flags, shorts, &mut words),
            _ => {
                parsed.positional(word);
                Ok(())
            }
        };
        if let Err(fault) = result {
            parsed.fault = Some(fault);
            break;
        }
    }
    parsed
}

fn flags_of<'c>(commands: &[&'c Command]) -> Vec<&'c Arg> {
    let flags = commands.iter().map(|command| command.get_arguments());
    flags.flatten().collect()
}

/// Whether pflag calls the flag "true", or what else it stands for, when it has no value.
fn may_lack_value(flag: &Arg) -> bool {
    flag.is_require_equals_set() || matches!(flag.get_action(), ArgAction::SetTrue)
}

impl Parsed {
    fn positional(&mut self, word: &OsStr) {
        self.words.push(word.to_owned());
        self.positionals.push(word.to_string_lossy().into_owned());
    }

    fn long<'w>(
        &mut self,
        flags: &[&Arg],
        word: &[u8],
        rest: &mut impl Iterator<Item = &'w OsString>,
    ) -> Result<(), String> {
        let shown = || String::from_utf8_lossy(word).into_owned();
        if matches!(word.first(), None | Some(b'-' | b'=')) {
            return Err(format!("bad flag syntax: --{}", shown()));
        }
        let end = word.iter().position(|byte| *byte == b'=');
        let name = String::from_utf8_lossy(&word[..end.unwrap_or(word.len())]);
        let flag = super::of_name(flags.iter().copied(), &name)
            .ok_or_else(|| format!("unknown flag: --{name}"))?;
        let value = match end {
            Some(end) => Some(&word[end + 1..]),
            None if may_lack_value(flag) => None,
            None => match rest.next() {
                Some(value) => Some(value.as_bytes()),
                None => return Err(format!("flag needs an argument: --{name}")),
            },
        };
        self.flag(flag, value)
    }

    fn shorts<'w>(
        &mut self,
        flags: &[&Arg],
        mut shorts: &[u8],
        rest: &mut impl Iterator<Item = &'w OsString>,
    ) -> Result<(), String> {
        while let Some((short, behind)) = shorts.split_first() {
            let short = char::from(*short);
            let place = || format!("'{short}' in -{}", String::from_utf8_lossy(shorts));
            let flag = flags.iter().find(|flag| flag.get_short() == Some(short));
            let flag = flag.ok_or_else(|| format!("unknown shorthand flag: {}", place()))?;
            let (value, next): (Option<&[u8]>, &[u8]) = match behind {
                [b'=', value @ ..] if !value.is_empty() => (Some(value), &[]),
                _ if may_lack_value(flag) => (None, behind),
                [] => match rest.next() {
                    Some(value) => (Some(value.as_bytes()), &[]),
                    None => return Err(format!("flag needs an argument: {}", place())),
                },
                value => (Some(value), &[]),
            };
            self.flag(flag, value)?;
            shorts = next;
        }
        Ok(())
    }

    /// Adds a flag; that of a list takes as many words as it has items.
    fn flag(&mut self, flag: &Arg, value: Option<&[u8]>) -> Result<(), String> {
        let long = flag.get_long().unwrap_or_default();
        let mut push = |value: &[u8]| {
            let word = [b"--", long.as_bytes(), b"=", value].concat();
            self.words.push(OsString::from_vec(word));
        };
        match value {
            None => self.words.push(format!("--{long}").into()),
            Some(value) if super::is_list(flag) => {
                let text = String::from_utf8_lossy(value);
                let items = comma_separated(&text).map_err(|fault| {
                    let shown = given_as(flag);
                    format!(
                        "invalid argument {} for \"{shown}\" flag: {fault}",
                        quote(&text)
                    )
                })?;
                // An empty list is none; but a flag that must be given was given.
                if items.is_empty() && flag.is_required_set() {
                    push(b"");
                }
                items.iter().for_each(|item| push(item.as_bytes()));
            }
            Some(value) => push(value),
        }
        Ok(())
    }
}

/// The fields of the first record that Go's `encoding/csv` finds; none in an empty text.
fn comma_separated(text: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Ok(fields);
    }
    let fault = |rest: &str, what: &str| {
        let column = line.len() - rest.len() + 1;
        Err(format!("parse error on line 1, column {column}: {what}"))
    };
    let mut rest = line;
    loop {
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find(',').unwrap_or(rest.len());
            if let Some(at) = rest[..end].find('"') {
                return fault(&rest[at..], "bare \" in non-quoted field");
            }
            fields.push(rest[..end].to_owned());
            match rest.get(end + 1..) {
                Some(next) => rest = next,
                None => return Ok(fields),
            }
            continue;
        };
        let (mut field, mut inside) = (String::new(), quoted);
        loop {
            let Some(end) = inside.find('"') else {
                return fault("", "extraneous or missing \" in quoted-field");
            };
            field.push_str(&inside[..end]);
            let behind = &inside[end + 1..];
            match behind.chars().next() {
                Some('"') => {
                    field.push('"');
                    inside = &behind[1..];
                }
                None => {
                    fields.push(field);
                    return Ok(fields);
                }
                Some(',') => {
                    rest = &behind[1..];
                    break;
                }
                Some(_) => {
                    return fault(&inside[end..], "extraneous or missing \" in quoted-field");
                }
            }
        }
        fields.push(field);
    }
}

/// The index of the word with which the path to a command goes on: the first that is neither a flag of `commands` nor
/// the value of a flag. As cobra does, a flag that nobody knows is taken to have the next word for its value.
pub fn next_command(commands: &[&Command], words: &[OsString]) -> Option<usize> {
    let flags = flags_of(commands);
    let mut index = 0;
    while let Some(word) = words.get(index) {
        let text = word.to_string_lossy();
        if text == "--" {
            return None;
        }
        if !text.starts_with('-') && !text.is_empty() {
            return Some(index);
        }
        let takes_next = match text.strip_prefix("--") {
            Some(long) => !long.contains('='),
            None => text.starts_with('-') && text.len() == 2 && text != "-=",
        };
        let may_lack = super::flag_of(flags.iter().copied(), &text).is_some_and(may_lack_value);
        index += 1;
        if takes_next && !may_lack {
            // The last word is never a command's name behind a flag.
            if index + 1 >= words.len() {
                return None;
            }
            index += 1;
        }
    }
    None
}

/// The command within `entry` that the words behind its name lead to, the names on the way to it, and the other words.
pub fn leaf<'c>(
    root: &Command,
    entry: &'c Command,
    words: &[OsString],
) -> (&'c Command, Vec<String>, Vec<OsString>) {
    let (mut command, mut names, mut words) = (entry, Vec::new(), words.to_vec());
    loop {
        let inner = next_command(&[command, root], &words)
            .and_then(|at| Some((at, command.find_subcommand(&words[at])?)));
        let Some((at, inner)) = inner else {
            return (command, names, words);
        };
        names.push(inner.get_name().to_owned());
        words.remove(at);
        command = inner;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        super::super::as_pflag(
            Command::new("get")
                .arg(Arg::new("output").short('o').long("output"))
                .arg(
                    Arg::new("watch")
                        .short('w')
                        .long("watch")
                        .action(ArgAction::SetTrue),
                )
                .arg(
                    Arg::new("label-columns")
                        .short('L')
                        .long("label-columns")
                        .value_delimiter(','),
                ),
        )
    }

    #[test]
    fn words_are_read_as_pflag_reads_them() {
        let command = command();
        for (line, expected) in [
            ("-o=", "--output=="),
            ("-o=yaml", "--output=yaml"),
            ("-oyaml", "--output=yaml"),
            ("-wo yaml a", "--watch --output=yaml a"),
            ("--output -1 a", "--output=-1 a"),
            ("-w=false -", "--watch=false -"),
            ("-L a,b", "--label-columns=a --label-columns=b"),
            ("-L \"a,b\",c", "--label-columns=a,b --label-columns=c"),
            ("--label-columns= a", "a"),
            ("--label_columns=a", "--label-columns=a"),
            ("a -- -b --c", "a -- -b --c"),
            ("-w= a", "--watch ! unknown shorthand flag: '=' in -="),
            ("-wZ", "--watch ! unknown shorthand flag: 'Z' in -Z"),
            ("a --nope=x b", "a ! unknown flag: --nope"),
            ("--=x", "! bad flag syntax: --=x"),
            ("---", "! bad flag syntax: ---"),
            ("-wo", "--watch ! flag needs an argument: 'o' in -o"),
            ("--output", "! flag needs an argument: --output"),
            (
                "-L a\"b",
                "! invalid argument \"a\\\"b\" for \"-L, --label-columns\" flag: parse error on line 1, column 2: \
                 bare \" in non-quoted field",
            ),
        ] {
            let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
            let parsed = parse(&[&command], &words);
            let mut found: Vec<String> = parsed
                .words
                .iter()
                .map(|word| word.to_string_lossy().into_owned())
                .collect();
            found.extend(parsed.fault.map(|fault| format!("! {fault}")));
            assert_eq!(found.join(" "), expected, "{line}");
        }
    }

    #[test]
    fn an_unknown_flag_swallows_a_word() {
        let command = command();
        for (line, expected) in [
            ("--nope a b", Some(2)),
            ("--nope a", None),
            ("--nope=x a", Some(1)),
            ("-w a", Some(1)),
            ("-o a b", Some(2)),
            ("-- a", None),
        ] {
            let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
            assert_eq!(next_command(&[&command], &words), expected, "{line}");
        }
    }
}
