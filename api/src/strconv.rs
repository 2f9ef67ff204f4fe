//! Integers and truth as Go's `strconv` reads them, and its words for integers that it does not read.

use std::num::{IntErrorKind, ParseIntError};

use crate::quote::quote;

/// `strconv.ParseBool`; `None` for what it does not read.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// `strconv.ParseInt` of ten digits and 64 bits.
pub fn parse_int(text: &str) -> Result<i64, String> {
    let number: Result<i64, _> = text.parse();
    number.map_err(|error| why("ParseInt", text, &error))
}

/// `strconv.ParseUint` of ten digits and 64 bits: unlike [`parse_int`] it takes no sign.
pub fn parse_uint(text: &str) -> Result<u64, String> {
    // What begins with a sign is read as no number would be.
    let digits = if text.starts_with('+') { "+" } else { text };
    let number: Result<u64, _> = digits.parse();
    number.map_err(|error| why("ParseUint", text, &error))
}

fn why(function: &str, text: &str, error: &ParseIntError) -> String {
    let why = match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
        _ => "invalid syntax",
    };
    format!("strconv.{function}: parsing {}: {why}", quote(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_gos_words() {
        let int = |text| parse_int(text).unwrap_err();
        assert_eq!(int(""), r#"strconv.ParseInt: parsing "": invalid syntax"#);
        assert_eq!(
            int("1.5"),
            r#"strconv.ParseInt: parsing "1.5": invalid syntax"#
        );
        let large = r#"strconv.ParseInt: parsing "9223372036854775808": value out of range"#;
        assert_eq!(int("9223372036854775808"), large);
        assert_eq!(parse_int("-3"), Ok(-3));
        let uint = |text| parse_uint(text).unwrap_err();
        assert_eq!(
            uint("-1"),
            r#"strconv.ParseUint: parsing "-1": invalid syntax"#
        );
        assert_eq!(
            uint("+1"),
            r#"strconv.ParseUint: parsing "+1": invalid syntax"#
        );
        assert_eq!(parse_uint("18446744073709551615"), Ok(u64::MAX));
    }
}
