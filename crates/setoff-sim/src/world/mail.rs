//! Requests to a node, and what its answers must be.

use setoff_journal::{JournalError, Micros, Salt, StoreError};
use setoff_node::{Answer, NodeError, Receipt, Rejection};
use setoff_union::{Action, Actor};

use super::World;
use crate::commands::twist::Request;
use crate::coverage::Fate;
use crate::dice::Dice;
use crate::model::{Ask, Broken, Checked, must};

impl World {
    /// Sends these to the node at a desk, as one append.
    pub(super) fn deliver(
        &mut self,
        place: usize,
        requests: Vec<Request>,
        dice: &mut Dice,
    ) -> Checked {
        let now = Micros(self.now + self.desks[place].skew);
        let Some(node) = &mut self.desks[place].node else { return Ok(()) };
        let salted = requests.iter().map(|r| (r.envelope.clone(), Salt(dice.bytes())));
        let leads = self.leader == Some(place);
        match node.submit(salted.collect(), now) {
            Ok((answers, checkpoint)) => {
                must(answers.len() == requests.len(), "each is answered", || {
                    format!("{} to {}", answers.len(), requests.len())
                })?;
                for (request, answer) in requests.iter().zip(answers) {
                    self.answered(place, request, answer, now)?;
                }
                if let Some(checkpoint) = checkpoint {
                    let (stated, known) = (checkpoint.checkpoint().size, self.history.len() as u64);
                    must(stated == known, "a checkpoint states what is acknowledged", || {
                        format!("{stated} and {known}")
                    })?;
                }
            }
            Err(error) if leads => self.failed(place, &requests, now, error, dice)?,
            Err(error) => self.failed_asleep(error)?,
        }
        self.keep(requests);
        Ok(())
    }

    fn answered(
        &mut self,
        place: usize,
        request: &Request,
        answer: Answer,
        now: Micros,
    ) -> Checked {
        self.tell(|| {
            let Request { draft, .. } = request;
            format!("  desk {place}: {:?} {:?} -> {answer:?}", draft.by, draft.action)
        });
        let leads = self.leader == Some(place);
        let known = self.accepted.get(&request.payload()).copied();
        let fate = match answer {
            Answer::Accepted(Receipt { position }) => {
                must(leads, "two nodes never write one history", || {
                    format!("desk {place} accepted {request:?}, and {:?} leads", self.leader)
                })?;
                must(known.is_none(), "what was accepted is not accepted again", || {
                    format!("{request:?} at {known:?} and {position}")
                })?;
                self.accept(request, position, now)?;
                Fate::Accepted
            }
            Answer::AcceptedBefore(Receipt { position }) => {
                must(known == Some(position), "a receipt is for what was sent", || {
                    format!("{request:?} is at {known:?}, not at {position}")
                })?;
                Fate::Again
            }
            Answer::Rejected(rejection) => {
                // One that sleeps does not know what was accepted meanwhile.
                must(!leads || known.is_none(), "what was acknowledged is known again", || {
                    format!("{request:?} was accepted at {known:?}, and now: {rejection}")
                })?;
                match rejection {
                    Rejection::Refused(refusal) => {
                        *self.coverage.refusals.entry(cause(&refusal)).or_default() += 1;
                        Fate::Refused
                    }
                    Rejection::Unfit(_) => Fate::Unfit,
                }
            }
        };
        self.coverage.command(&request.name, fate);
        Ok(())
    }

    /// Takes note of a command that a node accepted.
    pub(super) fn accept(&mut self, request: &Request, position: u64, now: Micros) -> Checked {
        let next = self.history.len() as u64;
        must(position == next, "positions have no gap", || format!("{position} after {next}"))?;
        must(request.forbidden.is_none(), "what is bent on its way is refused", || {
            format!("{request:?}")
        })?;
        let payload = request.payload();
        let draft = &request.draft;
        if draft.by != Actor::Applicant {
            let slot = format!("{:?}/{}", draft.by, request.key);
            let before = self.slots.insert(slot, payload);
            must(before.is_none(), "a key is good for one command", || format!("{request:?}"))?;
        }
        let last = self.model.last.map_or(i64::MIN, jiff::Timestamp::as_microsecond);
        let at = jiff::Timestamp::from_microsecond(now.0.max(last));
        let at = at.map_err(|_| Broken { rule: "time is time", what: format!("{now:?}") })?;
        self.accepted.insert(payload, position);
        self.history.push(payload);
        let (by, action, signers) = (draft.by, &draft.action, &draft.signers[..]);
        self.model.accept(Ask { by, action, signers, at })
    }

    /// A node that leads could not write: only for causes that the simulator made.
    fn failed(
        &mut self,
        place: usize,
        requests: &[Request],
        now: Micros,
        error: NodeError,
        dice: &mut Dice,
    ) -> Checked {
        self.tell(|| format!("  desk {place}: {error}, having been sent {requests:?}"));
        let changes_its_key = |request: &Request| {
            request.draft.by == Actor::Operator
                && matches!(
                    request.draft.action,
                    Action::RevokeKey { .. } | Action::RotateKey { .. }
                )
        };
        match error {
            NodeError::Journal(JournalError::Store(StoreError::Storage { .. })) => {
                self.coverage.event("append in doubt");
                let last = self.model.last.map_or(i64::MIN, jiff::Timestamp::as_microsecond);
                self.doubt = Some((requests.to_vec(), now.0.max(last)));
            }
            NodeError::Journal(JournalError::Store(StoreError::Fenced { .. }))
                if self.lease_lost =>
            {
                self.coverage.event("lease was lost");
            }
            NodeError::NotTheOperator if requests.iter().any(changes_its_key) => {
                self.coverage.event("own key ended");
            }
            other => return Err(Broken { rule: "who leads can write", what: other.to_string() }),
        }
        self.leader = None;
        // It is started again at once, or stays as it is and must not write.
        if dice.one_in(2) {
            self.desks[place].node = None;
        }
        Ok(())
    }

    /// One that lost its lease, or failed before, says so.
    fn failed_asleep(&mut self, error: NodeError) -> Checked {
        self.tell(|| format!("  the one asleep: {error}"));
        match error {
            NodeError::Failed
            | NodeError::NotTheOperator
            | NodeError::Journal(JournalError::Store(StoreError::Fenced { .. })) => {
                self.coverage.event("write after lease lost");
                Ok(())
            }
            other => Err(Broken { rule: "who lost the lease is told so", what: other.to_string() }),
        }
    }
}

/// The cause within a row, where it is in one.
fn cause(refusal: &setoff_union::Refusal) -> &'static str {
    match refusal {
        setoff_union::Refusal::InRow { cause, .. } => cause.cause(),
        other => other.cause(),
    }
}
