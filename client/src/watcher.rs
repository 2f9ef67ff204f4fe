//! Follows the objects of a kind: lists them, watches from there on, and begins again when the API server does not let
//! the watch go on, as when it has forgotten where it was (`410 Gone`).

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::io::Lines;
use futures::stream::Stream;
use futures::{AsyncBufRead, AsyncBufReadExt, StreamExt};
use knarr_api::raw;
use kube::api::{ListParams, WatchParams};
use kube::core::Request;
use kube::{Client, Error};
use rand::RngExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::api::{Api, List, text};
use crate::object::Object;

/// How many objects are asked for at once.
const PAGE: u32 = 500;
/// How long the server is asked to keep a watch open, in seconds; client-go asks for 5 to 10 minutes.
const WATCH_SECONDS: u32 = 290;
/// How long a watch may say nothing at all before it is taken for dead: longer than the server keeps it.
const SILENCE: Duration = Duration::from_secs(WATCH_SECONDS as u64 + 15);
/// How long a page of a list, or the beginning of a watch, may take.
const ANSWER: Duration = Duration::from_secs(60);
/// A watch that ends before this, and has said nothing, has failed (client-go: "very short watch").
const SHORT_WATCH: Duration = Duration::from_secs(1);
/// The first wait after a failure, which doubles up to the longest, each with half as much again at random. The first
/// one follows again when nothing has failed for a while (client-go's reflector).
const FIRST_WAIT: Duration = Duration::from_millis(800);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const FORGIVEN: Duration = Duration::from_secs(120);

/// What happened. A new listing comes as `Init`, one `InitApply` for each object, and `InitDone`: what was known before
/// and is not among them is gone. After an error within a listing there is no `InitDone`, but the next `Init`.
#[derive(Debug)]
pub enum Event<K> {
    Init,
    InitApply(K),
    InitDone,
    Apply(K),
    Delete(K),
}

impl<K> Event<K> {
    fn map<T>(self, with: impl FnOnce(K) -> Result<T, Error>) -> Result<Event<T>, Error> {
        Ok(match self {
            Self::Init => Event::Init,
            Self::InitApply(object) => Event::InitApply(with(object)?),
            Self::InitDone => Event::InitDone,
            Self::Apply(object) => Event::Apply(with(object)?),
            Self::Delete(object) => Event::Delete(with(object)?),
        })
    }

    /// The object that is there, in a listing or after a change.
    pub fn applied(self) -> Option<K> {
        match self {
            Self::InitApply(object) | Self::Apply(object) => Some(object),
            Self::Init | Self::InitDone | Self::Delete(_) => None,
        }
    }
}

/// Which objects are followed, and how much of them.
#[derive(Clone, Debug, Default)]
pub struct Config {
    field_selector: Option<String>,
    metadata_only: bool,
}

impl Config {
    /// Those alone that the selector chooses.
    pub fn fields(mut self, selector: &str) -> Self {
        self.field_selector = Some(selector.to_owned());
        self
    }

    /// Their metadata alone (`PartialObjectMetadata`).
    pub fn metadata(mut self) -> Self {
        self.metadata_only = true;
        self
    }
}

/// Follows the objects of a kind for ever; they come without `metadata.managedFields`, and are shared with whoever else in
/// this process follows them. After an error, which it logs, it goes on by itself, and waits before it asks again. An
/// object that can't be decoded is such an error.
pub fn watcher<K: Object>(
    api: Api<K>,
    config: Config,
) -> impl Stream<Item = Result<Event<Arc<K>>, Error>> + Send + Unpin {
    let (client, path) = api.into_parts();
    let decode = |json: &str| {
        let object = K::decode(&lean(json))?;
        // A decoder leaves room at the end of lists; a copy has none.
        Ok(object.clone())
    };
    let decode = move |json: &str| K::decoded().get(json, decode);
    follow(Follower::new(client, path, config), decode)
}

/// Follows the objects of the resource at `path`, for kinds that are not known before; see [`watcher`].
pub fn watcher_of<T: 'static>(
    client: Client,
    path: String,
    config: Config,
    decode: fn(&str) -> serde_json::Result<T>,
) -> impl Stream<Item = Result<Event<T>, Error>> + Send + Unpin {
    let follower = Follower::new(client, path, config);
    follow(follower, move |json| decode(&lean(json)))
}

fn follow<T: 'static>(
    follower: Follower,
    decode: impl Fn(&str) -> serde_json::Result<T> + Copy + Send + 'static,
) -> impl Stream<Item = Result<Event<T>, Error>> + Send + Unpin {
    let next = move |mut follower: Follower| async move {
        let event = match follower.next().await {
            Ok(event) => event.map(|raw| decode(raw.get()).map_err(Error::SerdeError)),
            Err(error) => Err(error),
        };
        if let Err(error) = &event {
            follower.failed(error);
        }
        Some((event, follower))
    };
    futures::stream::unfold(follower, next).boxed()
}

type Raw = Box<RawValue>;
type Frames = Lines<Pin<Box<dyn AsyncBufRead + Send>>>;

struct Follower {
    client: Client,
    request: Request,
    config: Config,
    state: State,
    /// Those that were read and not yet taken.
    events: VecDeque<Event<Raw>>,
    /// When the watch that is open was begun, while it has said nothing.
    silent_since: Option<Instant>,
    /// How long to wait before the next request.
    pause: Option<Duration>,
    /// When something failed last, and how long the pause was.
    last_failure: Option<(Instant, Duration)>,
}

/// How far it has come.
enum State {
    Empty,
    /// In a listing, with the token of its next page.
    Listing(String),
    /// A watch is to begin at this resource version.
    Listed(String),
    Watching(String, Frames),
}

/// A line of a watch.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    type_: Box<str>,
    object: Raw,
}

/// Of an encoded object, what a watch goes by.
#[derive(Deserialize)]
struct Versioned {
    metadata: Version,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    resource_version: String,
}

impl Follower {
    fn new(client: Client, path: String, config: Config) -> Self {
        Self {
            client,
            request: Request::new(path),
            config,
            state: State::Empty,
            events: VecDeque::new(),
            silent_since: None,
            pause: None,
            last_failure: None,
        }
    }

    async fn next(&mut self) -> Result<Event<Raw>, Error> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            if let Some(pause) = self.pause.take() {
                tokio::time::sleep(pause).await;
            }
            self.step().await?;
        }
    }

    /// One request, or one line of the watch that is open.
    async fn step(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.state, State::Empty) {
            State::Empty => self.page(None).await,
            State::Listing(token) => self.page(Some(token)).await,
            State::Listed(version) => {
                self.state = State::Listed(version.clone());
                let frames = self.open(&version).await?;
                self.silent_since = Some(Instant::now());
                self.state = State::Watching(version, frames);
                Ok(())
            }
            State::Watching(version, mut frames) => {
                self.state = State::Listed(version);
                let line = tokio::time::timeout(SILENCE, frames.next()).await;
                let Ok(Some(line)) = line else {
                    if self
                        .silent_since
                        .is_some_and(|since| since.elapsed() < SHORT_WATCH)
                    {
                        self.slow_down();
                    }
                    return Ok(());
                };
                let version = self.frame(&line.map_err(Error::ReadEvents)?)?;
                self.silent_since = None;
                self.state = State::Watching(version, frames);
                Ok(())
            }
        }
    }

    async fn page(&mut self, token: Option<String>) -> Result<(), Error> {
        let first = token.is_none();
        let params = ListParams {
            field_selector: self.config.field_selector.clone(),
            limit: Some(PAGE),
            continue_token: token,
            ..ListParams::default()
        };
        let request = if self.config.metadata_only {
            self.request.list_metadata(&params)
        } else {
            self.request.list(&params)
        };
        let answer = in_time(text(&self.client, request)).await?;
        let list: List = serde_json::from_str(&answer).map_err(Error::SerdeError)?;
        if first {
            self.events.push_back(Event::Init);
        }
        self.events
            .extend(list.items.into_iter().map(Event::InitApply));
        let more = list.metadata.continue_.filter(|token| !token.is_empty());
        self.state = match more {
            Some(token) => State::Listing(token),
            None => {
                self.events.push_back(Event::InitDone);
                State::Listed(list.metadata.resource_version.unwrap_or_default())
            }
        };
        Ok(())
    }

    async fn open(&mut self, version: &str) -> Result<Frames, Error> {
        let params = WatchParams {
            field_selector: self.config.field_selector.clone(),
            timeout: Some(WATCH_SECONDS),
            bookmarks: true,
            ..WatchParams::default()
        };
        let request = if self.config.metadata_only {
            self.request.watch_metadata(&params, version)
        } else {
            self.request.watch(&params, version)
        };
        let mut request = request.map_err(Error::BuildRequest)?;
        // Compressed, changes would come when a block is full.
        let identity = http::HeaderValue::from_static("identity");
        request
            .headers_mut()
            .insert(http::header::ACCEPT_ENCODING, identity);
        let body = in_time(self.client.request_stream(request)).await?;
        Ok((Box::pin(body) as Pin<Box<dyn AsyncBufRead + Send>>).lines())
    }

    /// Takes a line of a watch; the resource version to go on from.
    fn frame(&mut self, line: &str) -> Result<String, Error> {
        let frame: Frame = serde_json::from_str(line).map_err(broken)?;
        if &*frame.type_ == "ERROR" {
            let status = serde_json::from_str(frame.object.get()).map_err(Error::SerdeError)?;
            return Err(Error::Api(Box::new(status)));
        }
        let versioned: Versioned =
            serde_json::from_str(frame.object.get()).map_err(Error::SerdeError)?;
        match &*frame.type_ {
            "ADDED" | "MODIFIED" => self.events.push_back(Event::Apply(frame.object)),
            "DELETED" => self.events.push_back(Event::Delete(frame.object)),
            _ => {}
        }
        Ok(versioned.metadata.resource_version)
    }

    /// Notes that it can't go on as it was.
    fn failed(&mut self, error: &Error) {
        let path = &self.request.url_path;
        match error {
            // The connection is to blame, or the server has too much to do: the watch goes on where it was.
            Error::Service(_) | Error::HyperError(_) | Error::ReadEvents(_) => {
                tracing::debug!(path, %error, "a watch was interrupted");
            }
            Error::Api(status) if status.code == 429 => {
                tracing::debug!(path, %error, "a watch has to wait");
            }
            error => {
                if matches!(error, Error::Api(status) if status.code == 410) {
                    tracing::debug!(path, %error, "a watch begins again");
                } else {
                    tracing::warn!(path, %error, "objects can't be followed");
                }
                self.state = State::Empty;
                self.events.clear();
            }
        }
        self.slow_down();
    }

    fn slow_down(&mut self) {
        let now = Instant::now();
        let wait = match self.last_failure {
            Some((at, wait)) if now - at < FORGIVEN => LONGEST_WAIT.min(wait * 2),
            _ => FIRST_WAIT,
        };
        self.last_failure = Some((now, wait));
        let more = rand::rng().random_range(0.0..0.5);
        self.pause = Some(wait.mul_f64(1.0 + more));
    }
}

/// An encoded object without `metadata.managedFields`: no component looks at them, and decoded they take more memory than
/// the rest of the object.
fn lean(object: &str) -> Cow<'_, str> {
    match raw::managed_fields(object.as_bytes()) {
        Some(fields) if &object[fields.clone()] != "null" => {
            Cow::Owned([&object[..fields.start], "null", &object[fields.end..]].concat())
        }
        _ => Cow::Borrowed(object),
    }
}

/// A line that ends too early is the connection's fault.
fn broken(error: serde_json::Error) -> Error {
    if error.is_eof() {
        Error::ReadEvents(io::ErrorKind::UnexpectedEof.into())
    } else {
        Error::SerdeError(error)
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let answer = tokio::time::timeout(ANSWER, answer).await;
    answer.unwrap_or_else(|elapsed| Err(Error::Service(elapsed.into())))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::client::Body;
    use parking_lot::Mutex;
    use serde_json::{Value, json};
    use std::convert::Infallible;

    use super::*;

    /// A server that gives these answers, one after another, and nothing more.
    fn server(answers: Vec<(u16, String)>) -> (Client, Arc<Mutex<Vec<String>>>) {
        let answers = Mutex::new(VecDeque::from(answers));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let service = tower::service_fn(move |request: http::Request<Body>| {
            let query = request.uri().query().unwrap_or_default();
            log.lock().push(query.trim_start_matches('&').to_owned());
            let answer = answers.lock().pop_front();
            async move {
                let Some((status, body)) = answer else {
                    return std::future::pending().await;
                };
                let response = http::Response::builder().status(status);
                let body = Body::from(body.into_bytes());
                Ok::<_, Infallible>(response.body(body).expect("a response"))
            }
        });
        (Client::new(service, "default"), asked)
    }

    fn object(name: &str, version: &str) -> Value {
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "resourceVersion": version } })
    }

    fn list(objects: &[Value], version: &str, token: &str) -> (u16, String) {
        let metadata = json!({ "resourceVersion": version, "continue": token });
        (
            200,
            json!({ "metadata": metadata, "items": objects }).to_string(),
        )
    }

    fn watch(frames: &[(&str, Value)]) -> (u16, String) {
        let line = |(type_, object): &(&str, Value)| {
            json!({ "type": type_, "object": object }).to_string() + "\n"
        };
        (200, frames.iter().map(line).collect())
    }

    /// What the next events are, in short.
    async fn events(client: Client, count: usize) -> Vec<String> {
        let name = |object: Arc<ConfigMap>| object.metadata.name.clone().unwrap_or_default();
        let short = |event| match event {
            Ok(Event::Init) => "init".to_owned(),
            Ok(Event::InitApply(object)) => format!("have {}", name(object)),
            Ok(Event::InitDone) => "done".to_owned(),
            Ok(Event::Apply(object)) => format!("set {}", name(object)),
            Ok(Event::Delete(object)) => format!("gone {}", name(object)),
            Err(error) => format!("{error}")
                .split(':')
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        let api = Api::<ConfigMap>::namespaced(client, "n");
        let watcher = watcher(api, Config::default().fields("metadata.name!=x"));
        watcher.take(count).map(short).collect().await
    }

    #[test]
    fn managed_fields_are_left_out() {
        for (object, expected) in [
            (
                r#"{"metadata":{"managedFields":[{"a":"é"}],"name":"x"}}"#,
                r#"{"metadata":{"managedFields":null,"name":"x"}}"#,
            ),
            (
                r#"{"data":{"managedFields":"x"}}"#,
                r#"{"data":{"managedFields":"x"}}"#,
            ),
        ] {
            assert_eq!(lean(object), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn objects_are_listed_by_pages_and_followed_from_where_the_list_was() {
        let (client, asked) = server(vec![
            list(&[object("a", "1")], "5", "t"),
            list(&[object("b", "2")], "5", ""),
            watch(&[
                ("MODIFIED", object("a", "6")),
                ("BOOKMARK", object("", "9")),
            ]),
            watch(&[("DELETED", object("b", "10"))]),
        ]);
        let seen = events(client, 6).await;
        assert_eq!(
            seen,
            ["init", "have a", "have b", "done", "set a", "gone b"]
        );
        let asked = asked.lock();
        assert!(asked[0].contains("limit=500"), "{asked:?}");
        assert!(
            asked[0].contains("fieldSelector=metadata.name%21%3Dx"),
            "{asked:?}"
        );
        assert!(asked[1].contains("continue=t"), "{asked:?}");
        assert!(asked[2].contains("resourceVersion=5"), "{asked:?}");
        assert!(asked[3].contains("resourceVersion=9"), "{asked:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_has_forgotten_is_listed_again() {
        let gone = json!({ "kind": "Status", "status": "Failure", "code": 410, "reason": "Expired", "message": "too old" });
        let (client, _) = server(vec![
            list(&[object("a", "1")], "5", ""),
            watch(&[("ERROR", gone.clone())]),
            list(&[object("b", "7")], "8", ""),
            (410, gone.to_string()),
            list(&[], "9", ""),
        ]);
        let seen = events(client, 10).await;
        let expected = [
            "init", "have a", "done", "ApiError", "init", "have b", "done", "ApiError", "init",
            "done",
        ];
        assert_eq!(seen, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_told_and_waited_out_longer_each_time() {
        let broken = (200, "not json\n".to_owned());
        let refused = (500, String::new());
        let (client, _) = server(vec![
            refused.clone(),
            refused,
            list(&[], "5", ""),
            broken,
            list(&[], "6", ""),
        ]);
        let began = Instant::now();
        let seen = events(client, 7).await;
        assert_eq!(seen[0], "ApiError");
        assert_eq!(seen[5..], ["init", "done"]);
        let waited = began.elapsed().as_secs_f64();
        // 0.8, 1.6 and 3.2 s, each with up to half as much again: a list in between changes nothing.
        assert!((5.6..=8.4).contains(&waited), "{waited}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_object_that_cannot_be_decoded_is_not_taken_for_gone() {
        let odd = json!({ "kind": "ConfigMap", "metadata": { "name": 1, "resourceVersion": "2" } });
        let (client, _) = server(vec![
            list(&[object("a", "1"), odd.clone(), object("b", "3")], "5", ""),
            list(&[object("a", "1")], "6", ""),
            watch(&[("ADDED", odd), ("ADDED", object("c", "8"))]),
            list(&[object("c", "8")], "9", ""),
        ]);
        let seen = events(client, 10).await;
        let error = "Error deserializing response";
        let expected = [
            "init", "have a", error, "init", "have a", "done", error, "init", "have c", "done",
        ];
        assert_eq!(seen, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_that_is_cut_off_goes_on_where_it_was() {
        let cut = watch(&[("ADDED", object("b", "6")), ("ADDED", object("c", "7"))]);
        let cut = (cut.0, cut.1[..cut.1.len() - 20].to_owned());
        let (client, asked) = server(vec![
            list(&[object("a", "1")], "5", ""),
            cut,
            watch(&[("ADDED", object("c", "7"))]),
        ]);
        let seen = events(client, 6).await;
        assert_eq!(seen[3], "set b");
        assert!(seen[4].starts_with("Error reading events"), "{seen:?}");
        assert_eq!(seen[5], "set c");
        assert!(asked.lock()[2].contains("resourceVersion=6"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_that_ends_at_once_is_not_asked_for_without_pause() {
        let (client, asked) = server(vec![list(&[], "5", ""), watch(&[]), watch(&[]), watch(&[])]);
        let began = tokio::time::Instant::now();
        let ended = tokio::time::timeout(ANSWER, events(client, 3)).await;
        assert!(ended.is_err(), "there is nothing more to tell");
        assert_eq!(asked.lock().len(), 5);
        assert!(began.elapsed() >= ANSWER);
    }
}
