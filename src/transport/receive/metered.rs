//! Connections and what their buffers hold: bounded together, the oldest that only wait are closed first.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf, Take};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_io_timeout::TimeoutStream;

use super::budget::{Budget, Permit, Share};
use super::protocol::Protocol;

/// What a connection takes by itself, with its first buffer.
const IDLE: usize = 8 << 10;
/// The longest first read of a connection.
const FIRST: usize = 4 << 10;
/// The longest read of a body. Hyper makes its buffer as large as what it reads at once, and keeps it.
const MOST: usize = 32 << 10;
/// The part of those that wait which is closed at once where the budget is used up.
const CLOSED: usize = 16;
/// Where no more wait, none is closed for a new one: an honest sender may be among them.
const FEW: usize = 256;

/// The connections of a thread.
pub(super) struct Connections {
    budget: Arc<Budget>,
    all: RefCell<HashMap<u64, Rc<Connection>>>,
    /// Counts connections and requests: the order in which they began to wait.
    clock: Cell<u64>,
}

/// A connection, and what it takes of the budget.
pub(super) struct Connection {
    id: u64,
    thread: Rc<Connections>,
    permit: RefCell<Permit>,
    /// So many bytes may stand in its buffers. It never shrinks, as the buffers don't.
    room: Cell<usize>,
    /// Bytes that came of a head that is not complete.
    head: Cell<usize>,
    /// Whether a request is worked on.
    is_busy: Cell<bool>,
    /// When it began to wait for a request.
    since: Cell<u64>,
    /// The protocol that is spoken in place of HTTP/1, where the first bytes show one.
    protocol: Cell<Option<Protocol>>,
    /// Told where it has to end.
    closed: Notify,
}

impl Connections {
    pub(super) fn new(budget: Arc<Budget>) -> Rc<Self> {
        Rc::new(Self { budget, all: RefCell::default(), clock: Cell::new(0) })
    }

    /// A new connection. Where the budget is used up, those that have waited longest are closed for it. Where few wait, it
    /// comes in all the same: it takes little, and the number of connections is bounded.
    pub(super) fn admit(self: &Rc<Self>) -> Rc<Connection> {
        let mut permit = self.budget.permit(Share::Connections);
        if !(permit.take(IDLE) || self.close_oldest(FEW, |_| true) && permit.take(IDLE)) {
            permit.take_anyway(IDLE);
        }
        let id = self.tick();
        let connection = Rc::new(Connection {
            id,
            thread: self.clone(),
            permit: RefCell::new(permit),
            room: Cell::new(FIRST),
            head: Cell::new(0),
            is_busy: Cell::new(false),
            since: Cell::new(id),
            protocol: Cell::new(None),
            closed: Notify::new(),
        });
        self.all.borrow_mut().insert(id, connection.clone());
        connection
    }

    fn tick(&self) -> u64 {
        self.clock.replace(self.clock.get() + 1)
    }

    /// Takes more for a connection, and closes others whose buffers grew too.
    fn make_room(&self, permit: &mut Permit, bytes: usize, id: u64) -> bool {
        while !permit.take(bytes) {
            if !self.close_oldest(0, |other| other.id != id && other.room.get() > FIRST) {
                return false;
            }
        }
        true
    }

    /// Closes those that have waited longest for a request; whether more than so many wait that may be closed.
    fn close_oldest(&self, few: usize, may_close: impl Fn(&Connection) -> bool) -> bool {
        let mut all = self.all.borrow_mut();
        let waits = |one: &&Rc<Connection>| !one.is_busy.get() && may_close(one);
        let mut waiting: Vec<_> = all.values().filter(waits).map(|one| (one.since.get(), one.id)).collect();
        if waiting.len() <= few {
            return false;
        }
        let last = waiting.len().div_ceil(CLOSED) - 1;
        waiting.select_nth_unstable(last);
        for (_, id) in &waiting[..=last] {
            if let Some(connection) = all.remove(id) {
                connection.close();
            }
        }
        true
    }
}

impl Connection {
    /// Returns the protocol that is spoken in place of HTTP/1, where the first bytes show one.
    pub(super) fn protocol(&self) -> Option<Protocol> {
        self.protocol.get()
    }

    /// Done where it has to end at once.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }

    /// Ends it, and gives back what it takes.
    fn close(&self) {
        self.permit.borrow_mut().keep(0);
        self.closed.notify_one();
    }

    /// Is done with: the others may have what it took.
    pub(super) fn leave(&self) {
        self.thread.all.borrow_mut().remove(&self.id);
    }

    /// Works on a request until what is returned is dropped. It is not closed meanwhile.
    pub(super) fn work(self: &Rc<Self>) -> Work {
        self.is_busy.set(true);
        Work(self.clone())
    }

    /// Whether its buffers have grown so that it had better not be kept.
    pub(super) fn is_large(&self) -> bool {
        self.room.get() > MOST
    }

    /// How much may be read now. A head that is not complete stays in the buffer, and a body does not.
    fn readable(&self) -> usize {
        let held = if self.is_busy.get() { 0 } else { self.head.get() };
        if self.room.get() <= held {
            self.grow();
        }
        self.room.get().saturating_sub(held)
    }

    fn grow(&self) {
        let room = self.room.get();
        // Hyper doubles its buffer too, ahead of what is read.
        if self.thread.make_room(&mut self.permit.borrow_mut(), 2 * room, self.id) {
            self.room.set(2 * room);
        }
    }

    /// Counts what was read.
    fn count(&self, bytes: usize) {
        if !self.is_busy.get() {
            self.head.set(self.head.get() + bytes);
        } else if bytes == self.room.get() && bytes < MOST {
            self.grow();
        }
    }
}

/// A request that is worked on, until its answer is written.
pub(super) struct Work(Rc<Connection>);

impl Drop for Work {
    fn drop(&mut self) {
        let Connection { thread, head, is_busy, since, .. } = &*self.0;
        is_busy.set(false);
        head.set(0);
        since.set(thread.tick());
    }
}

/// A connection's stream, which reads no more than the connection may hold.
pub(super) struct Metered {
    stream: Take<Pin<Box<TimeoutStream<TcpStream>>>>,
    connection: Rc<Connection>,
    /// Whether nothing was read yet.
    is_fresh: bool,
    /// Whether the peer does not read its answers. Then nothing more is read from it either: the answers to what it
    /// sends would only pile up.
    is_deaf: bool,
}

impl Metered {
    pub(super) fn new(stream: TimeoutStream<TcpStream>, connection: Rc<Connection>) -> Self {
        Self { stream: Box::pin(stream).take(0), connection, is_fresh: true, is_deaf: false }
    }

    fn written<T>(&mut self, context: &Context<'_>, written: Poll<T>) -> Poll<T> {
        let was_deaf = std::mem::replace(&mut self.is_deaf, written.is_pending());
        if was_deaf && !self.is_deaf {
            // It was not read from meanwhile.
            context.waker().wake_by_ref();
        }
        written
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_deaf {
            return Poll::Pending;
        }
        let readable = self.connection.readable();
        if readable == 0 {
            return Poll::Ready(Err(io::ErrorKind::OutOfMemory.into()));
        }
        self.stream.set_limit(readable as u64);
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if std::mem::take(&mut self.is_fresh) {
            self.connection.protocol.set(Protocol::of(&buffer.filled()[before..]));
        }
        self.connection.count(buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.stream.get_mut().as_mut().poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.get_mut().as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.get_mut().as_mut().poll_shutdown(context)
    }
}
