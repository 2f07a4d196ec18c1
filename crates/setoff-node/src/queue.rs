//! Group commit: many threads hand envelopes in and wait, one thread writes.
//!
//! ```text
//! client ─► Handle::submit: opens, verifies ─┐                       ┌─► answer
//! client ─► Handle::submit: opens, verifies ─┼─► writer: all that    ┼─► answer
//! client ─► Handle::submit: opens, verifies ─┘   wait, one append    └─► answer
//! ```
//!
//! The writer takes all that wait, up to bounds, decides them in their order, makes them durable as
//! one append, and then answers each. While it waits for the disk the next ones gather, so that the
//! slower the disk is, the more share one write. Those who were just answered often come again at
//! once: the writer waits for as many as there were, half an append at most, and a client that
//! is alone never waits.
//!
//! **What an answer means.** [`Answer`] is given only for what is durable or changed nothing. Where
//! the append failed, the writer looks at the journal again ([`Node::recover`]) and says of each
//! envelope whether it is there. Where it can't look, it says that it does not know; handing the
//! same envelope in again is harmless.
//!
//! **The lease** is held on at a third of its term, also while nothing comes. A command or snapshot
//! that takes longer than the term lets another take over; then this one stops, and says who leads.
//!
//! The clock and the salts are handed in. Only waiting uses the machine's own time.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use setoff_journal::{Envelope, Micros, Salt};
use setoff_union::State;

use crate::answer::{Answer, Receipt};
use crate::node::{Node, NodeError, Waiting};
use crate::opening::{Keys, Ticket, open};
use crate::snapshot::Moment;

/// How much shares one append, and for how long the lease is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The term of the lease.
    pub term: Duration,
    /// The most envelopes of one append, and the most that wait for the writer beside them.
    pub envelopes: usize,
    /// The most bytes of their payloads together. A single larger one is appended by itself.
    pub bytes: usize,
}

/// A term of ten seconds, a thousand envelopes, 64 MiB.
impl Default for Bounds {
    fn default() -> Self {
        Self { term: Duration::from_secs(10), envelopes: 1000, bytes: 64 << 20 }
    }
}

/// What the writer can't know by itself.
pub struct Outside {
    /// The time now. It may go back; the journal's does not.
    pub clock: Box<dyn FnMut() -> Micros + Send>,
    /// 32 random bytes, new each time.
    pub salt: Box<dyn FnMut() -> Salt + Send>,
}

/// Why an envelope has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// It is not in the journal.
    #[error("nothing of it was stored; hand it in again: {why}")]
    NotStored {
        /// What failed.
        why: String,
    },
    /// It may be in the journal.
    #[error("whether it was stored is not known; hand the same in again to learn it: {why}")]
    Unknown {
        /// What failed.
        why: String,
    },
    /// Another node writes now. This one does not know what became of the envelope.
    #[error("{leader} writes now: hand the same in there")]
    Fenced {
        /// Who.
        leader: String,
    },
    /// The queue was stopped.
    #[error("the node has stopped: {why}")]
    Stopped {
        /// Why.
        why: String,
    },
}

/// One writer in a thread of its own, and what waits for it.
pub struct Queue {
    handle: Handle,
    writer: JoinHandle<Result<(), NodeError>>,
}

/// Hands envelopes in. Clones hand in to the same writer.
#[derive(Clone)]
pub struct Handle {
    outbox: SyncSender<Message>,
    keys: Keys,
    end: Arc<OnceLock<Unanswered>>,
}

enum Message {
    Submit(Box<Request>),
    Look(Box<dyn FnOnce(&mut Node) + Send>),
    Stop,
}

struct Request {
    waiting: Waiting,
    ticket: Ticket,
    reply: Reply,
}

type Reply = SyncSender<Result<Answer, Unanswered>>;

impl Queue {
    /// Starts the writer.
    #[must_use]
    pub fn start(node: Node, bounds: Bounds, outside: Outside) -> Self {
        let (outbox, inbox) = sync_channel(bounds.envelopes.max(1));
        let end = Arc::new(OnceLock::new());
        let handle = Handle { outbox, keys: node.keys().clone(), end: Arc::clone(&end) };
        let writer = std::thread::spawn(move || {
            let end = End(end);
            let renew_at = Micros(i64::MIN);
            let last = Append { envelopes: 0, took: Duration::ZERO };
            let writer = Writer { node, bounds, outside, inbox, renew_at, last };
            let done = writer.run();
            end.says(&done);
            done
        });
        Self { handle, writer }
    }

    /// To hand envelopes in with.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Answers what waits, keeps a snapshot if it is worth it, and gives the lease back.
    ///
    /// # Errors
    /// [`NodeError`]: why the writer stopped before, or why the lease could not be given back.
    ///
    /// # Panics
    /// If the writer panicked.
    pub fn stop(self) -> Result<(), NodeError> {
        // Nobody receives it where the writer has stopped already.
        let _ = self.handle.outbox.send(Message::Stop);
        self.writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Handle {
    /// Opens an envelope, waits until it is durable or refused, and says which.
    ///
    /// # Errors
    /// [`Unanswered`] says what is known of it.
    pub fn submit(&self, envelope: Envelope) -> Result<Answer, Unanswered> {
        let opened = match open(&envelope, &self.keys) {
            Ok(opened) => opened,
            Err(unfit) => return Ok(Answer::Rejected(unfit.into())),
        };
        let ticket = opened.ticket;
        // The writer gives the salt.
        let waiting = Waiting { envelope, salt: Salt([0; 32]), opened: Some(opened) };
        let (reply, answer) = sync_channel(1);
        let request = Box::new(Request { waiting, ticket, reply });
        self.outbox.send(Message::Submit(request)).map_err(|_| self.ended())?;
        answer.recv().unwrap_or_else(|_| Err(self.ended()))
    }

    /// What `look` makes of the state between two appends. The writer waits meanwhile.
    ///
    /// # Errors
    /// [`Unanswered::Fenced`] and [`Unanswered::Stopped`].
    pub fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let (reply, answer) = sync_channel(1);
        // Who asked may have gone.
        let ask = move |node: &mut Node| drop(reply.send(look(node.state())));
        self.outbox.send(Message::Look(Box::new(ask))).map_err(|_| self.ended())?;
        answer.recv().map_err(|_| self.ended())
    }

    /// Why the writer ended, which it says after it has dropped what waited.
    fn ended(&self) -> Unanswered {
        self.end.wait().clone()
    }
}

/// Says to all who wait why the writer ended, even if it panics.
struct End(Arc<OnceLock<Unanswered>>);

impl End {
    fn says(&self, done: &Result<(), NodeError>) {
        let end = match done {
            Ok(()) => Unanswered::Stopped { why: "it was asked to".to_owned() },
            Err(error) => match error.fenced_by() {
                Some(leader) => Unanswered::Fenced { leader: leader.to_owned() },
                None => Unanswered::Stopped { why: error.to_string() },
            },
        };
        let _ = self.0.set(end);
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // Nothing is said where it was said before.
        let _ = self.0.set(Unanswered::Stopped { why: "its writer panicked".to_owned() });
    }
}

struct Writer {
    node: Node,
    bounds: Bounds,
    outside: Outside,
    inbox: Receiver<Message>,
    renew_at: Micros,
    last: Append,
}

/// How many the last append answered, and how long it took.
struct Append {
    envelopes: usize,
    took: Duration,
}

impl Writer {
    fn run(mut self) -> Result<(), NodeError> {
        while let Some(batch) = self.gather()? {
            if batch.is_empty() {
                self.node.keep_snapshot_at(Moment::Idle);
            } else {
                self.answer(batch)?;
                self.node.keep_snapshot_at(Moment::Busy);
            }
        }
        self.node.close()
    }

    /// All that wait, up to the bounds; none where the lease has to be renewed first, and nothing
    /// once all is to end.
    fn gather(&mut self) -> Result<Option<Vec<Request>>, NodeError> {
        self.hold_on()?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let now = (self.outside.clock)();
        let left = u64::try_from(self.renew_at.0.saturating_sub(now.0)).unwrap_or(0);
        let mut next = match self.inbox.recv_timeout(Duration::from_micros(left)) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        };
        let until = Instant::now() + self.last.took / 2;
        while let Some(message) = next {
            match message {
                Message::Submit(request) => {
                    bytes += request.waiting.envelope.payload().len();
                    batch.push(*request);
                }
                Message::Look(look) => look(&mut self.node),
                Message::Stop if batch.is_empty() => return Ok(None),
                // What came before is answered; then all is dropped, and who waits is told.
                Message::Stop => {
                    self.answer(batch)?;
                    return Ok(None);
                }
            }
            if batch.len() >= self.bounds.envelopes || bytes >= self.bounds.bytes {
                break;
            }
            next = self.inbox.try_recv().ok();
            if next.is_none() && !batch.is_empty() && batch.len() < self.last.envelopes {
                let left = until.saturating_duration_since(Instant::now());
                next = self.inbox.recv_timeout(left).ok();
            }
        }
        Ok(Some(batch))
    }

    /// Renews the lease when it is time, and tries to recover if an append failed and that did not
    /// succeed at once. Only another writer ends this one.
    fn hold_on(&mut self) -> Result<(), NodeError> {
        let now = (self.outside.clock)();
        if now < self.renew_at {
            return Ok(());
        }
        let term = self.bounds.term;
        let held = if self.node.has_failed() {
            self.node.recover(now, term)
        } else {
            self.node.renew(now, term)
        };
        let third = i64::try_from(term.as_micros() / 3).unwrap_or(i64::MAX);
        self.renew_at = Micros(now.0.saturating_add(third));
        match held {
            Err(error) if error.fenced_by().is_some() => Err(error),
            // A database that is away for a while: what comes is told so.
            Err(_) | Ok(()) => Ok(()),
        }
    }

    fn answer(&mut self, mut batch: Vec<Request>) -> Result<(), NodeError> {
        let now = (self.outside.clock)();
        if self.node.has_failed()
            && let Err(error) = self.node.recover(now, self.bounds.term)
        {
            let why = error.to_string();
            for request in batch {
                answered(&request.reply, Err(Unanswered::NotStored { why: why.clone() }));
            }
            return fenced(error);
        }
        let before = self.node.state().position().0;
        let tickets: Vec<_> = batch.iter().map(|request| request.ticket).collect();
        let replies: Vec<_> = batch.iter().map(|request| request.reply.clone()).collect();
        for request in &mut batch {
            request.waiting.salt = (self.outside.salt)();
        }
        let waiting = batch.into_iter().map(|request| request.waiting).collect();
        let begun = Instant::now();
        let error = match self.node.answer(waiting, now) {
            Ok((answers, _)) => {
                self.last = Append { envelopes: answers.len(), took: begun.elapsed() };
                for (reply, answer) in replies.iter().zip(answers) {
                    answered(reply, Ok(answer));
                }
                return Ok(());
            }
            Err(error) => error,
        };
        let why = error.to_string();
        let now = (self.outside.clock)();
        let recovered = self.node.recover(now, self.bounds.term);
        // Fenced off, it still looked at what is durable.
        let looked = recovered.as_ref().err().is_none_or(|error| error.fenced_by().is_some());
        for (reply, ticket) in replies.iter().zip(tickets) {
            answered(
                reply,
                match self.node.position_of(&ticket) {
                    _ if !looked => Err(Unanswered::Unknown { why: why.clone() }),
                    None => Err(Unanswered::NotStored { why: why.clone() }),
                    Some(position) if position < before => {
                        Ok(Answer::AcceptedBefore(Receipt { position }))
                    }
                    Some(position) => Ok(Answer::Accepted(Receipt { position })),
                },
            );
        }
        recovered.or_else(fenced)
    }
}

/// Who waited may have gone meanwhile, which changes nothing.
fn answered(reply: &Reply, answer: Result<Answer, Unanswered>) {
    let _ = reply.send(answer);
}

/// Only another writer ends this one; whatever else failed is tried again.
fn fenced(error: NodeError) -> Result<(), NodeError> {
    if error.fenced_by().is_some() { Err(error) } else { Ok(()) }
}
