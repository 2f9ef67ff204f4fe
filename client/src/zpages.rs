//! `/statusz` and `/flagz` of the components that are clients of the API server.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, WARNING};
use http::{HeaderMap, Response, StatusCode};
use knarr_api::status::Status;
use knarr_api::zpages::{self, Answer, FLAGZ, Flags, STATUSZ, State};
use knarr_component::metrics::process;

/// What a component tells of itself.
#[derive(Clone, Debug)]
pub struct Zpages {
    /// Upstream's name of it.
    pub component: &'static str,
    /// What else it answers.
    pub paths: &'static [&'static str],
    /// The flags of this process.
    pub flags: Flags,
}

impl Zpages {
    /// The answer to one of the two paths; `None` for any other.
    pub fn answer<B: From<String>>(&self, path: &str, headers: &HeaderMap) -> Option<Response<B>> {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        let accept = accept.unwrap_or_default();
        let page = match path {
            STATUSZ => zpages::statusz(accept, &self.state()),
            FLAGZ => zpages::flagz(accept, self.component, &self.flags),
            _ => return None,
        };
        Some(match page {
            Ok(page) => found(page),
            Err(refused) => refusal(&refused),
        })
    }

    fn state(&self) -> State<'_> {
        State {
            component: self.component,
            started: process::start_time()
                .and_then(zpages::time)
                .unwrap_or_default(),
            now: zpages::now(),
            paths: self.paths.to_vec(),
        }
    }
}

fn found<B: From<String>>(page: Answer) -> Response<B> {
    let mut answer = Response::new(page.body.into());
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(page.content_type));
    headers.extend(
        page.warning
            .map(|text| (WARNING, HeaderValue::from_static(text))),
    );
    answer
}

fn refusal<B: From<String>>(status: &Status) -> Response<B> {
    let mut answer = Response::new(status.to_value().to_string().into());
    *answer.status_mut() = StatusCode::from_u16(status.code).unwrap_or(StatusCode::NOT_ACCEPTABLE);
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(path: &str, accept: &'static str) -> Option<Response<String>> {
        let pages = Zpages {
            component: "kube-scheduler",
            paths: &["/configz", "/metrics/slis", "/metrics"],
            flags: Flags::from([("v".into(), "2".into())]),
        };
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        pages.answer(path, &headers)
    }

    #[test]
    fn a_component_tells_of_itself() {
        let text = ask("/statusz", "*/*").unwrap().into_body();
        assert!(text.starts_with("\nkube-scheduler statusz\n"), "{text}");
        assert!(text.ends_with("\nPaths: /configz /metrics\n"), "{text}");
        assert!(ask("/flagz", "").unwrap().into_body().ends_with("\nv=2\n"));
        assert!(ask("/configz", "").is_none());
    }

    #[test]
    fn old_versions_are_warned_of_and_unknown_forms_refused() {
        let old = "application/json;v=v1alpha1;g=config.k8s.io;as=Flagz";
        let answer = ask("/flagz", old).unwrap();
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
        let warning = answer.headers()[WARNING].to_str().unwrap();
        assert!(warning.starts_with("299 - \"This version"), "{warning}");
        let refused = ask("/flagz", "application/json").unwrap();
        assert_eq!(refused.status(), StatusCode::NOT_ACCEPTABLE);
        assert!(refused.body().contains("NotAcceptable"));
    }
}
