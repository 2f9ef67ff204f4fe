//! The requests of a priority level that wait or are worked on, so that administrators can be shown who they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;

use crate::request::RequestInfo;
use crate::user::UserInfo;

/// The requests of one level, in the order in which they came.
#[derive(Default)]
pub struct Present(Mutex<Visits>);

#[derive(Default)]
struct Visits {
    last: u64,
    all: BTreeMap<u64, Arc<Visit>>,
}

/// One request.
pub struct Visit {
    pub schema: Arc<str>,
    pub distinguisher: String,
    pub user: Arc<UserInfo>,
    pub info: RequestInfo,
    pub arrived: Timestamp,
    pub seats: u32,
    place: Mutex<Place>,
}

/// Where a request is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// The queue that it waits in or came from; none when it found a seat at once.
    pub queue: Option<usize>,
    /// Since when it is worked on.
    pub started: Option<Timestamp>,
}

impl Visit {
    pub fn new(
        schema: Arc<str>,
        distinguisher: &str,
        user: Arc<UserInfo>,
        info: RequestInfo,
        seats: u32,
    ) -> Arc<Self> {
        Arc::new(Self {
            schema,
            distinguisher: distinguisher.to_owned(),
            user,
            info,
            arrived: Timestamp::now(),
            seats,
            place: Mutex::default(),
        })
    }

    /// It has to wait.
    pub fn waits_in(&self, queue: usize) {
        self.place.lock().queue = Some(queue);
    }

    /// It is worked on.
    pub fn started(&self) {
        self.place.lock().started = Some(Timestamp::now());
    }

    pub fn place(&self) -> Place {
        *self.place.lock()
    }
}

impl Present {
    /// Lets a request in; it is there until what is answered is dropped.
    pub fn enter(self: &Arc<Self>, visit: Arc<Visit>) -> Entered {
        let mut visits = self.0.lock();
        visits.last += 1;
        let id = visits.last;
        visits.all.insert(id, visit);
        Entered {
            present: self.clone(),
            id,
        }
    }

    /// All that are there now.
    pub fn all(&self) -> Vec<Arc<Visit>> {
        self.0.lock().all.values().cloned().collect()
    }
}

/// A request that is there.
pub struct Entered {
    present: Arc<Present>,
    id: u64,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.present.0.lock().all.remove(&self.id);
    }
}
