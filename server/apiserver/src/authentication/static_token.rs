//! Static tokens: lines of `token,user,uid,"group1,group2"` as `--token-auth-file` of upstream reads them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::user::UserInfo;

/// Why a token file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "token file: line {0} must have at least 3 columns (token, user name, user uid), found {1}"
    )]
    Columns(usize, usize),
    #[error("token file: line {0} has an empty token")]
    EmptyToken(usize),
}

/// The tokens of one file.
#[derive(Default)]
pub struct StaticTokens {
    users: HashMap<String, Arc<UserInfo>>,
}

impl StaticTokens {
    /// Reads the text of a token file.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut users = HashMap::new();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            if line.trim().is_empty() {
                continue;
            }
            let columns = csv_columns(line);
            let [token, name, uid, rest @ ..] = columns.as_slice() else {
                return Err(Error::Columns(number, columns.len()));
            };
            if token.is_empty() {
                return Err(Error::EmptyToken(number));
            }
            let groups = rest.first().map(String::as_str).unwrap_or_default();
            let groups = groups
                .split(',')
                .map(str::trim)
                .filter(|group| !group.is_empty());
            let mut user = UserInfo::authenticated(name.as_str(), groups);
            user.uid = uid.clone();
            users.insert(token.clone(), Arc::new(user));
        }
        Ok(Self { users })
    }

    /// The user of a token.
    pub fn find(&self, token: &str) -> Option<Arc<UserInfo>> {
        self.users.get(token).cloned()
    }
}

/// Splits a line at commas outside double quotes; a doubled quote inside quotes is a quote.
fn csv_columns(line: &str) -> Vec<String> {
    let mut columns = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        let column = columns.last_mut().expect("there is always a last column");
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                column.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => columns.push(String::new()),
            other => column.push(other),
        }
    }
    columns
        .into_iter()
        .map(|column| column.trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_user() {
        let tokens = StaticTokens::parse("abc,jane,7,\"dev,ops\"\n\nxyz,bob,8\n").unwrap();
        let jane = tokens.find("abc").unwrap();
        assert_eq!((jane.name.as_str(), jane.uid.as_str()), ("jane", "7"));
        assert!(jane.in_group("ops"));
        assert!(tokens.find("nope").is_none());
    }

    #[test]
    fn a_short_line_is_an_error() {
        assert!(matches!(
            StaticTokens::parse("abc,jane"),
            Err(Error::Columns(1, 2))
        ));
    }
}
