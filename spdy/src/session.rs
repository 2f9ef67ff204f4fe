//! One connection and its streams. A task owns the reading side and the table of streams; another one writes. Both end
//! when the connection does, or when nobody holds the session or one of its streams any more.

use crate::{
    Error,
    frame::{Frame, Reader, Writer},
    headers::Headers,
};
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use std::collections::HashMap;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf},
    sync::{mpsc, oneshot},
};
use tokio_util::codec::{FramedRead, FramedWrite};

/// How many pieces of data may wait in one direction of one stream, and how many streams for being accepted.
const WAITING: usize = 16;
/// How many frames that must not wait for data may wait for the other side to read. One that asks for more answers than
/// it reads has its connection ended.
const WAITING_CONTROLS: usize = 128;
/// How many streams a connection may have at a time: more than any client opens, each with little memory.
const STREAMS: usize = 4096;
/// The statuses of resets that say: not taken, and no longer wanted.
const REFUSED_STREAM: u32 = 3;
const CANCEL: u32 = 5;

/// A connection on which streams can be opened; clones share it.
#[derive(Clone, Debug)]
pub struct Session(mpsc::Sender<Open>);

#[derive(Debug)]
struct Open {
    headers: Headers,
    opened: oneshot::Sender<Stream>,
}

/// The streams that the other side opens.
#[derive(Debug)]
pub struct Incoming(mpsc::Receiver<Stream>);

/// One stream: two directions that end on their own.
#[derive(Debug)]
pub struct Stream {
    /// What the side that opened it said about it; names are in lower case.
    pub headers: Headers,
    pub reader: StreamReader,
    pub writer: StreamWriter,
}

#[derive(Debug)]
pub struct StreamReader(mpsc::Receiver<Bytes>);

#[derive(Debug)]
pub struct StreamWriter {
    stream: u32,
    frames: mpsc::Sender<Frame>,
}

impl Stream {
    /// The value of a header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

impl StreamReader {
    /// The next piece of data; `None` when the other side has ended the stream. Safe to cancel.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.0.recv().await
    }
}

impl StreamWriter {
    /// Sends a piece of data.
    pub async fn send(&self, bytes: Bytes) -> Result<(), Error> {
        let frame = Frame::Data {
            stream: self.stream,
            fin: false,
            bytes,
        };
        self.frames.send(frame).await.map_err(|_| Error::Closed)
    }

    /// Says that nothing more comes in this direction.
    pub async fn finish(&self) -> Result<(), Error> {
        let frame = Frame::Data {
            stream: self.stream,
            fin: true,
            bytes: Bytes::new(),
        };
        self.frames.send(frame).await.map_err(|_| Error::Closed)
    }

    /// Gives the whole stream up.
    pub async fn reset(&self) -> Result<(), Error> {
        let frame = Frame::Reset {
            stream: self.stream,
            status: CANCEL,
        };
        self.frames.send(frame).await.map_err(|_| Error::Closed)
    }
}

impl Session {
    /// Opens a stream; returns when the other side has accepted it.
    pub async fn open(&self, headers: &[(&str, &str)]) -> Result<Stream, Error> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let (opened, answer) = oneshot::channel();
        let open = Open {
            headers: headers.iter().map(owned).collect(),
            opened,
        };
        self.0.send(open).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)
    }

    /// Waits until the connection is gone.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

impl Incoming {
    /// The next stream that the other side opens; `None` when the connection has ended.
    pub async fn next(&mut self) -> Option<Stream> {
        self.0.recv().await
    }
}

/// Starts the side that opens streams.
pub fn client<T>(connection: T) -> Result<Session, Error>
where
    T: AsyncRead + AsyncWrite + Send + 'static,
{
    let (session, opens) = mpsc::channel(WAITING);
    start(connection, opens, None)?;
    Ok(Session(session))
}

/// Starts the side that accepts streams.
pub fn server<T>(connection: T) -> Result<Incoming, Error>
where
    T: AsyncRead + AsyncWrite + Send + 'static,
{
    let (accepted, incoming) = mpsc::channel(WAITING);
    let (_, opens) = mpsc::channel(1);
    start(connection, opens, Some(accepted))?;
    Ok(Incoming(incoming))
}

fn start<T>(
    connection: T,
    opens: mpsc::Receiver<Open>,
    accepted: Option<mpsc::Sender<Stream>>,
) -> Result<(), Error>
where
    T: AsyncRead + AsyncWrite + Send + 'static,
{
    let (read, write) = tokio::io::split(connection);
    let (control, controls) = mpsc::channel(WAITING_CONTROLS);
    let (data, datas) = mpsc::channel(WAITING);
    let (overflow, overflowed) = oneshot::channel();
    let owner = Owner {
        streams: HashMap::new(),
        next: 1,
        control,
        overflow,
        data,
        accepted,
    };
    tokio::spawn(owner.run(FramedRead::new(read, Reader::new()), opens));
    let frames = FramedWrite::new(write, Writer::new()?);
    tokio::spawn(async move {
        tokio::select! {
            () = write_frames(frames, controls, datas) => {}
            // Whoever only ends reading lets the rest be written.
            Ok(()) = overflowed => {}
        }
    });
    Ok(())
}

/// What is known of a stream.
struct Entry {
    data: mpsc::Sender<Bytes>,
    /// Who waits for the stream to be accepted.
    opened: Option<(oneshot::Sender<Stream>, Stream)>,
}

/// The task that reads.
struct Owner {
    streams: HashMap<u32, Entry>,
    /// The number of the next stream that is opened here; this side's are odd.
    next: u32,
    /// Frames that must not wait for data.
    control: mpsc::Sender<Frame>,
    /// Ends the writing too, which may wait for the other side for ever.
    overflow: oneshot::Sender<()>,
    data: mpsc::Sender<Frame>,
    accepted: Option<mpsc::Sender<Stream>>,
}

impl Owner {
    async fn run<R: AsyncRead>(
        mut self,
        mut frames: FramedRead<ReadHalf<R>, Reader>,
        mut opens: mpsc::Receiver<Open>,
    ) {
        let (mut opening, mut accepting) = (true, self.accepted.is_some());
        let control = self.control.clone();
        loop {
            tokio::select! {
                // Whoever reads a stream sees that it has ended.
                frame = frames.next() => match frame {
                    Some(Ok(frame)) => if self.frame(frame).await.is_err() {
                        let _ = self.overflow.send(());
                        return;
                    },
                    Some(Err(_)) | None => return,
                },
                open = next_open(&control, &mut opens), if opening => match open {
                    Some((open, place)) => place.send(self.open(open)),
                    None if control.is_closed() => return,
                    None => opening = false,
                },
                () = nobody_accepts(self.accepted.as_ref()), if accepting => accepting = false,
                () = nobody_reads(&self.streams), if !opening && !accepting => return,
            }
        }
    }

    fn stream(&mut self, number: u32, headers: Headers) -> (Stream, mpsc::Sender<Bytes>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let writer = StreamWriter {
            stream: number,
            frames: self.data.clone(),
        };
        (
            Stream {
                headers,
                reader: StreamReader(receiver),
                writer,
            },
            sender,
        )
    }

    /// The frame that announces a stream.
    fn open(&mut self, open: Open) -> Frame {
        let number = self.next;
        self.next += 2;
        let (stream, data) = self.stream(number, open.headers.clone());
        let opened = Some((open.opened, stream));
        self.streams.insert(number, Entry { data, opened });
        Frame::SynStream {
            stream: number,
            fin: false,
            headers: open.headers,
        }
    }

    /// Sends what must not wait; the connection is to end when too much waits already, or nothing is written any more.
    fn answer(&self, frame: Frame) -> Result<(), Error> {
        self.control.try_send(frame).map_err(|_| Error::Closed)
    }

    /// Whether one more stream has room, once those that nobody reads any more are forgotten.
    fn has_room(&mut self) -> bool {
        if self.streams.len() >= STREAMS {
            self.streams.retain(|_, entry| !entry.data.is_closed());
        }
        self.streams.len() < STREAMS
    }

    async fn frame(&mut self, frame: Frame) -> Result<(), Error> {
        match frame {
            Frame::SynStream {
                stream: number,
                fin,
                headers,
            } => {
                if !self.has_room() {
                    return self.answer(Frame::Reset {
                        stream: number,
                        status: REFUSED_STREAM,
                    });
                }
                let (stream, data) = self.stream(number, headers);
                if !fin {
                    self.streams.insert(number, Entry { data, opened: None });
                }
                let reply = Frame::SynReply {
                    stream: number,
                    fin: false,
                    headers: Headers::new(),
                };
                self.answer(reply)?;
                if let Some(accepted) = &self.accepted {
                    let _ = accepted.send(stream).await;
                }
            }
            Frame::SynReply { stream, fin, .. } => {
                let opened = self
                    .streams
                    .get_mut(&stream)
                    .and_then(|entry| entry.opened.take());
                if let Some((waiting, stream)) = opened {
                    let _ = waiting.send(stream);
                }
                self.end(stream, fin);
            }
            Frame::Data { stream, fin, bytes } => {
                let unread = match self.streams.get(&stream).filter(|_| !bytes.is_empty()) {
                    Some(entry) => entry.data.send(bytes).await.is_err(),
                    None => false,
                };
                self.end(stream, fin || unread);
            }
            Frame::Headers { stream, fin } => self.end(stream, fin),
            Frame::Reset { stream, .. } => self.end(stream, true),
            // Ours have odd numbers, and are never sent.
            Frame::Ping(id) => self.answer(Frame::Ping(id))?,
            Frame::GoAway | Frame::Other => {}
        }
        Ok(())
    }

    fn end(&mut self, stream: u32, fin: bool) {
        if fin {
            self.streams.remove(&stream);
        }
    }
}

/// The next stream that is to be opened, once there is a place for its announcement; `None` when nobody opens one any
/// more, or nothing is written any more.
async fn next_open<'a>(
    control: &'a mpsc::Sender<Frame>,
    opens: &mut mpsc::Receiver<Open>,
) -> Option<(Open, mpsc::Permit<'a, Frame>)> {
    let place = control.reserve().await.ok()?;
    Some((opens.recv().await?, place))
}

async fn nobody_accepts(accepted: Option<&mpsc::Sender<Stream>>) {
    if let Some(accepted) = accepted {
        accepted.closed().await;
    }
}

async fn nobody_reads(streams: &HashMap<u32, Entry>) {
    for entry in streams.values() {
        entry.data.closed().await;
    }
}

async fn write_frames<W: AsyncWrite>(
    mut frames: FramedWrite<WriteHalf<W>, Writer>,
    mut controls: mpsc::Receiver<Frame>,
    mut datas: mpsc::Receiver<Frame>,
) {
    let (mut more_controls, mut more_datas) = (true, true);
    while more_controls || more_datas {
        // A stream is announced before its data.
        tokio::select! {
            biased;
            frame = controls.recv(), if more_controls => match frame {
                Some(frame) => {
                    if frames.send(frame).await.is_err() { return }
                }
                None => more_controls = false,
            },
            frame = datas.recv(), if more_datas => match frame {
                Some(frame) => {
                    if frames.send(frame).await.is_err() { return }
                }
                None => more_datas = false,
            },
        }
    }
    // The other side learns that nothing more comes; it may be gone already.
    let _ = frames.close().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(reader: &mut StreamReader) -> String {
        let mut all = Vec::new();
        while let Some(bytes) = reader.next().await {
            all.extend_from_slice(&bytes);
        }
        String::from_utf8(all).expect("the tests send text")
    }

    #[tokio::test]
    async fn streams_carry_data_both_ways() {
        let (here, there) = tokio::io::duplex(64);
        let session = client(here).expect("zlib");
        let mut incoming = server(there).expect("zlib");
        let (ours, theirs) = tokio::join!(session.open(&[("streamtype", "data")]), incoming.next());
        let (mut ours, mut theirs) = (
            ours.expect("it is accepted"),
            theirs.expect("it was opened"),
        );
        assert_eq!(theirs.header("Streamtype"), "data");
        let there = async {
            ours.writer
                .send(Bytes::from(vec![b'x'; 10_000]))
                .await
                .expect("connected");
            ours.writer.finish().await.expect("connected");
            text(&mut ours.reader).await
        };
        let back = async {
            let received = text(&mut theirs.reader).await;
            theirs
                .writer
                .send(Bytes::from(format!("{}", received.len())))
                .await
                .expect("connected");
            theirs.writer.finish().await.expect("connected");
        };
        assert_eq!(tokio::join!(there, back).0, "10000");
    }

    #[tokio::test]
    async fn a_lost_connection_ends_every_stream() {
        let (here, there) = tokio::io::duplex(1024);
        let session = client(here).expect("zlib");
        let mut incoming = server(there).expect("zlib");
        let (ours, theirs) = tokio::join!(session.open(&[]), incoming.next());
        drop((theirs, incoming));
        assert_eq!(ours.expect("it is accepted").reader.next().await, None);
        session.closed().await;
        assert!(session.open(&[]).await.is_err());
    }

    type Sent = FramedWrite<WriteHalf<tokio::io::DuplexStream>, Writer>;
    type Received = FramedRead<ReadHalf<tokio::io::DuplexStream>, Reader>;

    /// The other side of a server, frame by frame.
    fn peer(room: usize) -> (Sent, Received, Incoming) {
        let (here, there) = tokio::io::duplex(room);
        let incoming = server(there).expect("zlib");
        let (read, write) = tokio::io::split(here);
        let frames = FramedWrite::new(write, Writer::new().expect("zlib"));
        (frames, FramedRead::new(read, Reader::new()), incoming)
    }

    #[tokio::test]
    async fn a_peer_that_asks_and_never_reads_loses_its_connection() {
        let (mut frames, _unread, mut incoming) = peer(64);
        let asked = async { while frames.send(Frame::Ping(1)).await.is_ok() {} };
        let lost = tokio::join!(asked, incoming.next()).1;
        assert!(lost.is_none());
    }

    #[tokio::test]
    async fn streams_that_nobody_reads_leave_room_and_others_have_a_limit() {
        let (mut frames, mut answers, mut incoming) = peer(1024);
        let mut held = Vec::new();
        let mut open = async |number: u32| {
            let frame = Frame::SynStream {
                stream: number,
                fin: false,
                headers: Headers::new(),
            };
            frames.send(frame).await.expect("connected");
            let answer = answers.next().await.expect("connected").expect("a frame");
            matches!(answer, Frame::SynReply { .. })
        };
        for number in 0..STREAMS as u32 {
            assert!(open(2 * number + 1).await, "{number}");
            held.push(incoming.next().await.expect("it was opened"));
        }
        let next = 2 * STREAMS as u32 + 1;
        assert!(!open(next).await);
        held.pop();
        assert!(open(next + 2).await);
    }

    #[tokio::test]
    async fn a_reset_ends_reading() {
        let (here, there) = tokio::io::duplex(1024);
        let session = client(here).expect("zlib");
        let mut incoming = server(there).expect("zlib");
        let (ours, theirs) = tokio::join!(session.open(&[]), incoming.next());
        ours.expect("it is accepted")
            .writer
            .reset()
            .await
            .expect("connected");
        assert_eq!(theirs.expect("it was opened").reader.next().await, None);
    }
}
