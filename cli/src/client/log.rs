//! The request logs of `-v`, in the lines and the words of klog and client-go: 6 shows each answer, 7 the heads of
//! requests, 8 bodies and the heads of answers, 9 a curl command and where the time went.

use super::Request;
use crate::session::error_line;
use http::{HeaderMap, StatusCode};
use knarr_api::quote::quote;
use std::time::Duration;

/// Writes one line of the log: `I1123 04:27:31.072078    7002 loader.go:407] TEXT`.
pub fn line(place: &str, text: &str) {
    line_of('I', place, text);
}

/// Writes one line of the log of the severity `I`, `W` or `E`.
pub fn line_of(severity: char, place: &str, text: &str) {
    error_line(&text_of(severity, place, text));
}

/// One line of the log, for who writes it later.
pub fn text_of(severity: char, place: &str, text: &str) -> String {
    let now = jiff::Zoned::now().strftime("%m%d %H:%M:%S%.6f").to_string();
    let process = std::process::id();
    format!("{severity}{now} {process:>7} {place}] {text}")
}

/// What the log shows of one request and its answer.
pub struct RequestLog<'a> {
    pub verbosity: i32,
    pub body_verbosity: i32,
    pub request: &'a Request,
    pub url: &'a str,
    pub headers: &'a HeaderMap,
    pub user_agent: &'a str,
}

impl RequestLog<'_> {
    pub fn sent(&self) {
        if self.body_verbosity >= 8 {
            let body = self.request.body.as_deref().unwrap_or_default();
            self.body("Request Body", body);
        }
        match self.verbosity {
            ..=6 => {}
            7 | 8 => line(
                "round_trippers.go:527",
                &format!(
                    "\"Request\" verb=\"{}\" url={} headers={}",
                    self.request.method,
                    quote(self.url),
                    block(&self.request_headers(": "))
                ),
            ),
            _ => {
                let headers: Vec<String> = self
                    .request_headers(": ")
                    .iter()
                    .map(|header| format!("-H {}", quote(header)))
                    .collect();
                let command = format!(
                    "curl -v -X{}  {} '{}'",
                    self.request.method,
                    headers.join(" "),
                    self.url
                );
                line(
                    "round_trippers.go:527",
                    &format!("\"Request\" curlCommand={}", block(&[command])),
                );
            }
        }
    }

    /// The answer, or that there is none.
    pub fn answered(&self, response: Option<&reqwest::Response>, took: Duration) {
        if self.verbosity < 6 {
            return;
        }
        let mut text = "\"Response\"".to_owned();
        if self.verbosity != 7 && self.verbosity != 8 {
            text.push_str(&format!(
                " verb=\"{}\" url={}",
                self.request.method,
                quote(self.url)
            ));
        }
        let status = response.map(|response| match response.status() {
            // What the disk still has is the answer.
            StatusCode::NOT_MODIFIED if !self.request.conditions.is_empty() => {
                StatusCode::OK.to_string()
            }
            status => status.to_string(),
        });
        text.push_str(&format!(" status=\"{}\"", status.unwrap_or_default()));
        if let Some(response) = response.filter(|_| self.verbosity >= 8) {
            let mut lines: Vec<String> = response
                .headers()
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    format!("{}: {value}", canonical(name.as_str()))
                })
                .collect();
            lines.sort();
            text.push_str(&format!(" headers={}", block(&lines)));
        }
        text.push_str(&format!(" milliseconds={}", took.as_millis()));
        line("round_trippers.go:632", &text);
    }

    /// A body of the log, cut off where client-go cuts it.
    pub fn body(&self, title: &str, body: &[u8]) {
        let limit = match self.body_verbosity {
            ..=8 => 1024,
            9 => 10240,
            _ => usize::MAX,
        };
        let is_binary = body.iter().any(|byte| *byte < b'\n');
        let text = match is_binary {
            true => hex_dump(body).into(),
            false => String::from_utf8_lossy(body),
        };
        let mut end = limit.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut shown = text[..end].to_owned();
        if end < text.len() {
            shown.push_str(&format!(" [truncated {} chars]", text.len() - end));
        }
        let value = value(&shown);
        line(
            self.request.place(),
            &format!("{} body={value}", quote(title)),
        );
    }

    /// The heads of the request; what proves who the user is stays out of logs.
    fn request_headers(&self, between: &str) -> Vec<String> {
        let mut lines = vec![
            format!("Accept{between}{}", self.request.accept),
            format!("User-Agent{between}{}", self.user_agent),
        ];
        if self.request.body.is_some() && !self.request.content_type.is_empty() {
            lines.push(format!(
                "Content-Type{between}{}",
                self.request.content_type
            ));
        }
        for (name, value) in self.headers {
            let name = canonical(name.as_str());
            if name.starts_with("Kubectl-") {
                continue;
            }
            let value = String::from_utf8_lossy(value.as_bytes());
            let shown = match (name.as_str(), value.split_once(' ')) {
                ("Authorization", Some((scheme, _))) => format!("{scheme} <masked>"),
                _ => value.into_owned(),
            };
            lines.push(format!("{name}{between}{shown}"));
        }
        lines.sort();
        lines
    }
}

/// Sixteen bytes a line, as `hexdump -C` shows them.
fn hex_dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, line) in bytes.chunks(16).enumerate() {
        let hex =
            |part: &[u8]| -> String { part.iter().map(|byte| format!("{byte:02x} ")).collect() };
        let (left, right) = line.split_at(line.len().min(8));
        let shown: String = line
            .iter()
            .map(|byte| {
                if (32..=126).contains(byte) {
                    char::from(*byte)
                } else {
                    '.'
                }
            })
            .collect();
        text.push_str(&format!(
            "{:08x}  {:<24} {:<24} |{shown}|\n",
            index * 16,
            hex(left),
            hex(right)
        ));
    }
    text
}

/// A text as klog shows it beside its name: quoted, or framed if it has several lines.
pub fn value(text: &str) -> String {
    match text.contains('\n') {
        true => block(&text.trim_end_matches('\n').split('\n').collect::<Vec<_>>()),
        false => quote(text),
    }
}

/// Several lines as klog frames them.
fn block(lines: &[impl AsRef<str>]) -> String {
    let mut text = "<\n".to_owned();
    for line in lines {
        text.push('\t');
        text.push_str(line.as_ref());
        text.push('\n');
    }
    text + " >"
}

/// `content-type` becomes `Content-Type`.
pub(super) fn canonical(name: &str) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    name.split('-').map(capital).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stay_out_of_the_log() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "authorization",
            http::HeaderValue::from_static("Bearer secret"),
        );
        headers.insert(
            "kubectl-command",
            http::HeaderValue::from_static("kubectl get"),
        );
        let log = RequestLog {
            verbosity: 8,
            body_verbosity: 8,
            request: &Request::get("/api"),
            url: "https://x/api",
            headers: &headers,
            user_agent: "kubectl",
        };
        assert_eq!(
            log.request_headers(": "),
            [
                "Accept: application/json",
                "Authorization: Bearer <masked>",
                "User-Agent: kubectl"
            ]
        );
    }

    #[test]
    fn binary_bodies_are_dumped() {
        assert_eq!(
            hex_dump(b"k8s\0 0123456789ab"),
            "00000000  6b 38 73 00 20 30 31 32  33 34 35 36 37 38 39 61  |k8s. 0123456789a|\n\
             00000010  62                                                |b|\n"
        );
    }

    #[test]
    fn several_lines_are_framed() {
        assert_eq!(block(&["a", "b"]), "<\n\ta\n\tb\n >");
    }
}
