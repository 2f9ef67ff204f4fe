//! Certificate signing requests, and what of the request itself (PKCS#10, RFC 2986) the page shows.

use super::{
    Context, events,
    page::{Page, items, line, map_selector, text, time},
};
use crate::error::{Error, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use knarr_api::{duration, pem};
use serde_json::Value;
use std::net::{Ipv4Addr, Ipv6Addr};

pub async fn signing_request(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (metadata, spec) = (&context.object()["metadata"], context.spec());
    let parsed = STANDARD
        .decode(text(&spec["request"]))
        .ok()
        .and_then(|pem| Certified::parse(&pem))
        .ok_or_else(|| {
            Error::message("Error parsing CSR: PEM block type must be CERTIFICATE REQUEST")
        })?;
    page.field(0, "Name", &context.info.name);
    page.field(0, "Labels", map_selector(&metadata["labels"]));
    page.field(0, "Annotations", map_selector(&metadata["annotations"]));
    page.field(0, "CreationTimestamp", time(&metadata["creationTimestamp"]));
    page.field(0, "Requesting User", text(&spec["username"]));
    if !text(&spec["signerName"]).is_empty() {
        page.field(0, "Signer", text(&spec["signerName"]));
    }
    if let Some(seconds) = spec["expirationSeconds"].as_i64() {
        let length = jiff::SignedDuration::from_secs(seconds);
        page.field(0, "Requested Duration", duration::human_duration(length));
    }
    page.field(0, "Status", state(context.status()));
    line!(page, 0, "Subject:");
    page.line(0, &format!("\tCommon Name:\t{}", parsed.first(COMMON_NAME)));
    page.line(
        0,
        &format!("\tSerial Number:\t{}", parsed.first(SERIAL_NUMBER)),
    );
    for (title, attribute) in SUBJECT {
        list(title, &parsed.all(*attribute), page);
    }
    if parsed.names.iter().any(|names| !names.is_empty()) {
        line!(page, 0, "Subject Alternative Names:");
    }
    for (title, names) in NAMES.iter().zip(&parsed.names) {
        list(title, names, page);
    }
    events::write(context, page).await
}

fn list(title: &str, values: &[String], page: &mut Page) {
    if !values.is_empty() {
        page.line(0, &format!("\t{title}:\t{}", values.join("\n\t\t")));
    }
}

/// `Approved,Issued` and the like.
fn state(status: &Value) -> String {
    let has = |kind: &str| {
        items(&status["conditions"])
            .iter()
            .any(|one| one["type"] == kind)
    };
    let mut state = match (has("Approved"), has("Denied")) {
        (_, true) => "Denied",
        (true, false) => "Approved",
        (false, false) => "Pending",
    }
    .to_owned();
    if has("Failed") {
        state.push_str(",Failed");
    }
    if !text(&status["certificate"]).is_empty() {
        state.push_str(",Issued");
    }
    state
}

/// The last byte of the attribute types below `2.5.4` (X.520).
const COMMON_NAME: u8 = 3;
const SERIAL_NUMBER: u8 = 5;
const SUBJECT: &[(&str, u8)] = &[
    ("Organization", 10),
    ("Organizational Unit", 11),
    ("Country", 6),
    ("Locality", 7),
    ("Province", 8),
    ("StreetAddress", 9),
    ("PostalCode", 17),
];
/// The kinds of alternative names that are shown, in the order of the page.
const NAMES: [&str; 4] = ["DNS Names", "Email Addresses", "URIs", "IP Addresses"];
/// `subjectAltName`, 2.5.29.17.
const ALTERNATIVE_NAMES: [u8; 3] = [0x55, 0x1d, 0x11];

/// Who a request is for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Certified {
    /// The last byte of each attribute's type, and its value.
    subject: Vec<(u8, String)>,
    /// Alternative names, as [`NAMES`] has them.
    names: [Vec<String>; 4],
}

impl Certified {
    /// Reads what PEM holds; `None` when it is no request.
    fn parse(pem: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(pem).ok()?;
        let der = pem::first(text, pem::CERTIFICATE_REQUEST)?;
        let mut found = Certified::default();
        let request = Der(&der).enter(0x30)?;
        let mut info = request.enter(0x30)?;
        info.next()?;
        let (_, subject) = info.next()?;
        for set in Der(subject) {
            for (_, attribute) in Der(set.1) {
                let mut attribute = Der(attribute);
                if let (Some((_, [0x55, 0x04, kind])), Some((_, value))) =
                    (attribute.next(), attribute.next())
                {
                    let value = String::from_utf8_lossy(value).into_owned();
                    found.subject.push((*kind, value));
                }
            }
        }
        info.next()?;
        for (_, attribute) in info
            .filter(|(tag, _)| *tag == 0xa0)
            .flat_map(|(_, all)| Der(all))
        {
            let sets = Der(attribute).filter(|(tag, _)| *tag == 0x31);
            for (_, extension) in sets
                .flat_map(|(_, set)| Der(set))
                .flat_map(|(_, all)| Der(all))
            {
                found.read_extension(extension);
            }
        }
        Some(found)
    }

    fn read_extension(&mut self, extension: &[u8]) {
        let mut parts = Der(extension);
        if parts
            .next()
            .is_none_or(|(_, kind)| kind != ALTERNATIVE_NAMES)
        {
            return;
        }
        let Some(names) = parts
            .find(|(tag, _)| *tag == 0x04)
            .and_then(|(_, value)| Der(value).enter(0x30))
        else {
            return;
        };
        for (tag, value) in names {
            let words = || String::from_utf8_lossy(value).into_owned();
            match tag {
                0x82 => self.names[0].push(words()),
                0x81 => self.names[1].push(words()),
                0x86 => self.names[2].push(words()),
                0x87 => self.names[3].extend(address(value)),
                _ => {}
            }
        }
    }

    fn first(&self, kind: u8) -> String {
        self.all(kind).into_iter().next().unwrap_or_default()
    }

    fn all(&self, kind: u8) -> Vec<String> {
        let alike = self.subject.iter().filter(|(one, _)| *one == kind);
        alike.map(|(_, value)| value.clone()).collect()
    }
}

fn address(bytes: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
    let sixteen = || <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).to_string());
    four.or_else(|_| sixteen()).ok()
}

/// The elements of DER one after the other: tag and content.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The elements inside the first element, if it has that tag.
    fn enter(mut self, tag: u8) -> Option<Der<'a>> {
        self.next()
            .filter(|(found, _)| *found == tag)
            .map(|(_, content)| Der(content))
    }
}

impl<'a> Iterator for Der<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match usize::from(*first) {
            short @ 0..=0x7f => (short, rest),
            long => {
                // Requests are far from four gigabytes.
                let (bytes, rest) = rest
                    .split_at_checked(long & 0x7f)
                    .filter(|(b, _)| b.len() <= 4)?;
                let length = bytes
                    .iter()
                    .fold(0, |all, byte| (all << 8) | usize::from(*byte));
                (length, rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn broken_requests_are_none() {
        let framed = |der: &[u8]| {
            format!(
                "-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n",
                STANDARD.encode(der)
            )
        };
        for der in [
            &[][..],
            &[0x30],
            &[0x30, 0x84, 1],
            &[0x30, 0x82, 0xff, 0xff, 0],
            &[0x30, 0x80],
        ] {
            assert_eq!(Certified::parse(framed(der).as_bytes()), None, "{der:?}");
        }
        assert_eq!(Certified::parse(b"nothing"), None);
    }

    #[test]
    fn a_state_names_all_that_happened() {
        let status = json!({"conditions": [{"type": "Approved"}], "certificate": "AA=="});
        assert_eq!(state(&status), "Approved,Issued");
        assert_eq!(state(&json!({})), "Pending");
    }
}
