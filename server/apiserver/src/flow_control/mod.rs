//! Priority and fairness (<https://kubernetes.io/docs/concepts/cluster-administration/flow-control/>): a flow schema puts
//! each request into a flow of a priority level; a level has seats, and requests that find none wait in its queues, or
//! are told to come again. What runs long takes no seat, but for the start of a watch.
//!
//! Simpler than upstream: how much of its seats a level lends follows the highest demand since the last adjustment, and
//! flows are held against each other only while somebody waits.

mod counts;
mod dump;
mod level;
mod present;
mod queues;
mod schema;
mod shares;
mod width;

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue};
use knarr_api::flow_control::{mandatory_levels, mandatory_schemas};
use knarr_api::meta;
use knarr_component::metrics;
use parking_lot::{Mutex, RwLock};
use serde_json::Value;

use crate::registry::Registry;
use crate::request::{RequestInfo, Verb};
use crate::user::{MASTERS, UserInfo};
use counts::{Durations, Executing};
use level::Level;
use present::{Entered, Visit};
use schema::Schema;

pub use counts::{Counts, Names};
pub use dump::Dump;
pub use level::{Refused, Seat};

/// How often seats are lent anew, as upstream.
pub const ADJUST_INTERVAL: Duration = Duration::from_secs(10);

/// By which a client finds the flow schema that its request matched.
const SCHEMA_HEADER: HeaderName = HeaderName::from_static("x-kubernetes-pf-flowschema-uid");
/// By which a client finds the priority level of its request.
const LEVEL_HEADER: HeaderName = HeaderName::from_static("x-kubernetes-pf-prioritylevel-uid");

/// As upstream: how many requests that change nothing are worked on at the same time.
pub const MAX_REQUESTS: u32 = 400;
/// As upstream: how many that change something.
pub const MAX_MUTATING: u32 = 200;

/// How many requests are worked on at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowSettings {
    /// Without it the two limits hold each for itself.
    pub fair: bool,
    /// `--max-requests-inflight`.
    pub max_requests: u32,
    /// `--max-mutating-requests-inflight`.
    pub max_mutating: u32,
}

impl Default for FlowSettings {
    fn default() -> Self {
        Self {
            fair: true,
            max_requests: MAX_REQUESTS,
            max_mutating: MAX_MUTATING,
        }
    }
}

/// Which of the two kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    Schema,
    Level,
}

/// The objects by name, as they are in the store.
#[derive(Default)]
struct Objects {
    schemas: BTreeMap<String, Value>,
    levels: BTreeMap<String, Value>,
}

impl Objects {
    fn of(&mut self, kind: ObjectKind) -> &mut BTreeMap<String, Value> {
        match kind {
            ObjectKind::Schema => &mut self.schemas,
            ObjectKind::Level => &mut self.levels,
        }
    }
}

/// Who has to wait.
pub struct FlowControl {
    settings: FlowSettings,
    objects: Mutex<Objects>,
    current: RwLock<Arc<Current>>,
    /// Tells flows apart; nobody outside knows which flows share queues.
    hasher: std::hash::RandomState,
    /// Requests under way when there is no fairness: those that read, and those that write.
    reading: Arc<AtomicU32>,
    writing: Arc<AtomicU32>,
    durations: Arc<Durations>,
}

/// What the objects come to.
#[derive(Default)]
struct Current {
    /// In the order in which they are asked.
    schemas: Vec<Schema>,
    levels: BTreeMap<String, Arc<Level>>,
}

/// Where a request belongs, for the headers of its answer.
#[derive(Clone, Debug)]
pub struct Classified {
    schema: HeaderValue,
    level: HeaderValue,
}

impl Classified {
    /// Tells the client.
    pub fn tell(self, headers: &mut HeaderMap) {
        headers.insert(SCHEMA_HEADER, self.schema);
        headers.insert(LEVEL_HEADER, self.level);
    }
}

/// What a request holds while it is worked on.
pub enum Permit {
    /// A seat of its level, unless that is exempt.
    Seated(Option<Seat>, Executing, Entered),
    /// One of those under way, when there is no fairness.
    Counted(Counted),
    /// Nothing limits it.
    Free,
}

/// Gives its place back when it is dropped.
pub struct Counted(Arc<AtomicU32>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl FlowControl {
    /// With the objects that every cluster has, until those of the store are known.
    pub fn new(settings: FlowSettings, metrics: &metrics::Registry) -> Self {
        let control = Self {
            settings,
            objects: Mutex::default(),
            current: RwLock::default(),
            hasher: std::hash::RandomState::new(),
            reading: Arc::default(),
            writing: Arc::default(),
            durations: Arc::new(Durations::new(metrics)),
        };
        control.rebuild(&control.objects.lock());
        control
    }

    /// Whether the objects have an effect.
    pub fn is_fair(&self) -> bool {
        self.settings.fair
    }

    /// Takes in an object of the store.
    pub fn put(&self, kind: ObjectKind, object: &Value) {
        let mut objects = self.objects.lock();
        let own = objects.of(kind);
        let before = own.insert(meta::name(object).to_owned(), object.clone());
        // Their status is of no interest here.
        let same = |before: &Value| {
            before["spec"] == object["spec"] && meta::uid(before) == meta::uid(object)
        };
        if !before.as_ref().is_some_and(same) {
            self.rebuild(&objects);
        }
    }

    /// Forgets an object that is gone.
    pub fn remove(&self, kind: ObjectKind, name: &str) {
        let mut objects = self.objects.lock();
        if objects.of(kind).remove(name).is_some() {
            self.rebuild(&objects);
        }
    }

    /// Forgets all objects but these.
    pub fn retain(&self, kind: ObjectKind, keep: impl Fn(&str) -> bool) {
        let mut objects = self.objects.lock();
        let own = objects.of(kind);
        let before = own.len();
        own.retain(|name, _| keep(name));
        if own.len() != before {
            self.rebuild(&objects);
        }
    }

    fn rebuild(&self, objects: &Objects) {
        let with_mandatory = |own: &BTreeMap<String, Value>, mandatory: Vec<Value>| {
            let mut all = own.clone();
            for object in mandatory {
                all.entry(meta::name(&object).to_owned()).or_insert(object);
            }
            all
        };
        let levels = with_mandatory(&objects.levels, mandatory_levels());
        let schemas = with_mandatory(&objects.schemas, mandatory_schemas());
        let nominal = shares::nominal(&levels, self.settings.total());
        let before = self.current.read().clone();
        let levels: BTreeMap<String, Arc<Level>> = levels
            .iter()
            .map(|(name, object)| {
                let limits = nominal[name.as_str()];
                let level = before
                    .levels
                    .get(name)
                    .filter(|level| level.is_of(object))
                    .cloned()
                    .unwrap_or_else(|| Arc::new(Level::new(object)));
                level.configure(object, limits);
                (name.clone(), level)
            })
            .collect();
        let mut schemas: Vec<Schema> = schemas
            .values()
            .filter_map(|object| {
                let mut schema = Schema::new(object, &levels)?;
                let mut known = before.schemas.iter();
                let known = known.find(|one| one.names.schema == schema.names.schema);
                if let Some(known) = known {
                    schema.counts = known.counts.clone();
                }
                Some(schema)
            })
            .collect();
        schemas.sort_by(|one, other| one.order().cmp(&other.order()));
        *self.current.write() = Arc::new(Current { schemas, levels });
    }

    /// The flow schemas with their priority levels, and what is counted of them.
    pub fn counts(&self) -> Vec<(counts::Names, Arc<Counts>)> {
        let current = self.current.read().clone();
        let schemas = current.schemas.iter();
        schemas
            .map(|one| (one.names.clone(), one.counts.clone()))
            .collect()
    }

    /// The priority levels, each with the seats that it has now, its nominal ones, the fewest and the most.
    pub fn limits(&self) -> Vec<(String, [u32; 4])> {
        let current = self.current.read().clone();
        let levels = current.levels.iter();
        levels
            .map(|(name, level)| (name.clone(), level.limits()))
            .collect()
    }

    /// Lends the seats that are not needed to those who need more; called every [`ADJUST_INTERVAL`].
    pub fn adjust(&self) {
        let current = self.current.read().clone();
        let levels: Vec<&Arc<Level>> = current
            .levels
            .values()
            .filter(|level| !level.is_exempt())
            .collect();
        let demands: Vec<shares::Demand> = levels.iter().map(|level| level.demand()).collect();
        let limits = shares::adjust(&demands, self.settings.total());
        for (level, limit) in levels.into_iter().zip(limits) {
            level.set_limit(limit);
        }
    }

    /// Waits for the seat that a request needs. What runs long takes none, but a watch until it has begun.
    pub async fn admit(
        &self,
        user: &Arc<UserInfo>,
        info: &RequestInfo,
        query: &str,
        registry: &Registry,
    ) -> (Option<Classified>, Result<Permit, Refused>) {
        if info.is_long_running() && info.verb != Verb::Watch {
            return (None, Ok(Permit::Free));
        }
        if !self.settings.fair {
            return (None, self.count(user, info));
        }
        let current = self.current.read().clone();
        // The mandatory schemas match everything.
        let Some(schema) = current.schemas.iter().find(|one| one.matches(user, info)) else {
            return (None, Ok(Permit::Free));
        };
        let classified = Some(schema.classified());
        let level = &schema.level;
        let width = if level.is_exempt() {
            0
        } else {
            width::of(info, query, registry, || level.max_width())
        };
        let distinguisher = schema.distinguisher(user, info);
        let (names, user) = (schema.names.clone(), user.clone());
        let visit = Visit::new(names.schema, distinguisher, user, info.clone(), width);
        let entered = level.present.enter(visit.clone());
        let seat = if level.is_exempt() {
            Ok(None)
        } else {
            self.seat(schema, &visit).await.map(Some)
        };
        let permit = seat.map(|seat| {
            visit.started();
            let (counts, names) = (schema.counts.clone(), schema.names.clone());
            let watch = info.verb == Verb::Watch;
            let executing = Executing::new(counts, width, self.durations.clone(), names, watch);
            Permit::Seated(seat, executing, entered)
        });
        (classified, permit)
    }

    /// Waits for the seats of a request.
    async fn seat(&self, schema: &Schema, visit: &Visit) -> Result<Seat, Refused> {
        let (counts, names) = (&schema.counts, &schema.names);
        let flow = || self.hasher.hash_one((&names.schema, &visit.distinguisher));
        self.durations.estimated(names, visit.seats);
        let (began, waiting) = (Instant::now(), counts.waits(visit.seats));
        let placed = |queue| visit.waits_in(queue);
        let seat = schema.level.acquire(flow, visit.seats, placed).await;
        waiting.over();
        self.durations.waited(names, seat.is_ok(), began.elapsed());
        seat.inspect_err(|why| counts.refused(*why))
    }

    /// The two plain limits, when there is no fairness. A watch counts for as long as it lasts upstream neither.
    fn count(&self, user: &UserInfo, info: &RequestInfo) -> Result<Permit, Refused> {
        if info.is_long_running() || user.in_group(MASTERS) {
            return Ok(Permit::Free);
        }
        let reads = matches!(
            info.verb,
            Verb::Get | Verb::List | Verb::Watch | Verb::Other("get" | "head" | "options")
        );
        let (count, limit) = match reads {
            true => (&self.reading, self.settings.max_requests),
            false => (&self.writing, self.settings.max_mutating),
        };
        if limit == 0 {
            return Ok(Permit::Free);
        }
        let counted = Counted(count.clone());
        match count.fetch_add(1, Ordering::Relaxed) < limit {
            true => Ok(Permit::Counted(counted)),
            false => Err(Refused::ConcurrencyLimit),
        }
    }
}

impl FlowSettings {
    /// All seats.
    fn total(&self) -> u32 {
        self.max_requests.saturating_add(self.max_mutating)
    }
}

#[cfg(test)]
mod tests;
