//! Dishonest commands: a sensible one, bent in one way.
//!
//! What is bent before it is signed may still be allowed by chance, which is for the model to say.
//! What is bent in the envelope must never be accepted ([`Request::forbidden`]).

use setoff_journal::{Envelope, Hash};
use setoff_money::Decimal;
use setoff_node::{Submission, UnionId};
use setoff_union::{Action, Actor, Amount, MemberId, ObligationId, PublicKey};

use super::Draft;
use crate::dice::Dice;
use crate::model::Model;
use crate::people::People;

/// A command on its way to a node.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// What it says.
    pub draft: Draft,
    /// The name of its action in the document.
    pub name: String,
    /// Its idempotency key.
    pub key: String,
    /// What is sent.
    pub envelope: Envelope,
    /// Why it must never be accepted, where it must not.
    pub forbidden: Option<&'static str>,
}

impl Request {
    /// What its payload is known by.
    #[must_use]
    pub(crate) fn payload(&self) -> Hash {
        Hash::of(&[self.envelope.payload()])
    }
}

/// The name of the action in a document.
fn name(payload: &[u8]) -> String {
    let mark = b"\"do\":{\"";
    let begin = payload.windows(mark.len()).position(|bytes| bytes == mark);
    let rest = begin.and_then(|begin| payload.get(begin + mark.len()..)).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'"').unwrap_or(0);
    String::from_utf8_lossy(&rest[..end]).into_owned()
}

/// Bends a command before it is signed.
pub(crate) fn bend(draft: &mut Draft, model: &Model, dice: &mut Dice) {
    let keys: Vec<PublicKey> = model.keys.keys().copied().collect();
    let anyone = u32::try_from(dice.below(model.members.len() + 1)).unwrap_or(0);
    match dice.below(9) {
        // For someone else, with the same keys.
        0 => draft.by = Actor::Member(MemberId(anyone)),
        1 => draft.by = Actor::Operator,
        // With another's key, maybe one that is revoked.
        2 => draft.signers = dice.pick(&keys).copied().into_iter().collect(),
        3 => draft.signers.extend(dice.pick(&keys).copied()),
        4 => draft.signers.truncate(1),
        5 => {
            // The declarer confirms, the debtor receives: the other side of the same thing.
            if let Some(other) = other_side(draft, model) {
                let of_other = |key: &&PublicKey| {
                    model.keys[*key].owner == Some(other) && model.keys[*key].live
                };
                draft.by = Actor::Member(MemberId(other));
                draft.signers = keys.iter().find(of_other).copied().into_iter().collect();
            }
        }
        6 => bend_number(&mut draft.action, model, dice),
        7 => bend_amount(&mut draft.action, dice),
        _ => bend_text(&mut draft.action, model, dice),
    }
}

fn other_side(draft: &Draft, model: &Model) -> Option<u32> {
    let number = match &draft.action {
        Action::Confirm { obligations } => obligations.first()?.0,
        Action::Dispute { obligation, .. }
        | Action::Answer { obligation, .. }
        | Action::Withdraw { obligation, .. }
        | Action::Correct { obligation, .. }
        | Action::ConfirmPayment { obligation, .. }
        | Action::CreditNote { obligation, .. }
        | Action::OfferAssignment { obligation, .. }
        | Action::Release { obligation, .. }
        | Action::Hold { obligation, .. } => obligation.0,
        Action::ConfirmInstruction { instruction, .. } => {
            return model.instructions.get(instruction.0 as usize).map(|found| found.debtor);
        }
        _ => return None,
    };
    let found = model.obligations.get(number as usize)?;
    Some(if draft.by == Actor::Member(MemberId(found.debtor)) {
        found.creditor
    } else {
        found.debtor
    })
}

fn bend_number(action: &mut Action, model: &Model, dice: &mut Dice) {
    let any = u32::try_from(dice.below(model.obligations.len() + 1)).unwrap_or(0);
    let few = u32::try_from(dice.below(model.cycles.len() + 1)).unwrap_or(0);
    match action {
        Action::Confirm { obligations } => match dice.below(3) {
            0 => obligations.extend(obligations.clone()),
            1 => obligations.clear(),
            _ => obligations.push(ObligationId(any)),
        },
        Action::Dispute { obligation, .. }
        | Action::Answer { obligation, .. }
        | Action::Withdraw { obligation, .. }
        | Action::Correct { obligation, .. }
        | Action::ConfirmPayment { obligation, .. }
        | Action::CreditNote { obligation, .. }
        | Action::OfferAssignment { obligation, .. }
        | Action::AcceptAssignment { obligation }
        | Action::Hold { obligation, .. }
        | Action::Release { obligation, .. } => obligation.0 = any,
        Action::CutOff { cycle }
        | Action::ProposeResult { cycle, .. }
        | Action::Finalise { cycle }
        | Action::Abandon { cycle, .. }
        | Action::Instruct { cycle } => cycle.0 = few,
        Action::ConfirmInstruction { instruction, .. }
        | Action::FailInstruction { instruction, .. }
        | Action::ExpireInstruction { instruction } => {
            instruction.0 = u32::try_from(dice.below(model.instructions.len() + 1)).unwrap_or(0);
        }
        Action::Vote { proposal, .. } | Action::CountVotes { proposal } => {
            proposal.0 = u32::try_from(dice.below(model.proposals.len() + 1)).unwrap_or(0);
        }
        Action::SignAgreement { agreement, .. } | Action::EndAgreement { agreement, .. } => {
            agreement.0 = u32::try_from(dice.below(model.agreements.len() + 1)).unwrap_or(0);
        }
        Action::Declare { obligations, .. } => {
            for one in obligations {
                one.creditor = one.debtor;
            }
        }
        Action::Delegate { delegate, .. } => delegate.0 = any,
        _ => {}
    }
}

fn bend_amount(action: &mut Action, dice: &mut Dice) {
    let bent = |amount: &mut Amount, dice: &mut Dice| {
        let (digits, scale) = (amount.0.digits(), amount.0.scale());
        let digits = match dice.below(6) {
            0 => 0,
            1 => -digits,
            2 => digits.saturating_add(1),
            3 => digits.saturating_mul(1000),
            4 => i128::from(i64::MAX),
            _ => 1 << 62,
        };
        *amount = Amount(Decimal::new(digits, scale));
    };
    match action {
        Action::Declare { obligations, .. } => {
            for one in obligations {
                bent(&mut one.amount, dice);
            }
        }
        Action::ConfirmPayment { amount, .. }
        | Action::CreditNote { amount, .. }
        | Action::Correct { outstanding: amount, .. }
        | Action::Dispute { part: Some(amount), .. }
        | Action::LimitOnePerson { over: Some(amount), .. }
        | Action::ConfirmInstruction { amount, .. } => bent(amount, dice),
        _ => {}
    }
}

fn bend_text(action: &mut Action, model: &Model, dice: &mut Dice) {
    match action {
        Action::Stand { reason, .. }
        | Action::Dispute { reason, .. }
        | Action::Answer { reason, .. }
        | Action::Withdraw { reason, .. }
        | Action::ConfirmPayment { reason, .. }
        | Action::Hold { reason, .. }
        | Action::Release { reason, .. }
        | Action::Abandon { reason, .. }
        | Action::FailInstruction { reason, .. } => " ".clone_into(reason),
        Action::Declare { obligations, .. } => {
            // A document that was declared before, or a date that can't be.
            let place = dice.below(model.obligations.len());
            for one in obligations {
                if let Some(other) = model.obligations.get(place)
                    && dice.one_in(2)
                {
                    one.debtor = MemberId(other.debtor);
                    one.creditor = MemberId(other.creditor);
                    one.currency = model.currencies[usize::from(other.currency)].0;
                    one.reference.clone_from(&other.reference);
                } else {
                    std::mem::swap(&mut one.issued, &mut one.due);
                }
            }
        }
        Action::SignAgreement { text, .. } => text.0 = dice.bytes(),
        Action::DraftAgreement(draft) => drop(draft.parties.pop_first()),
        _ => {}
    }
}

/// What surrounds a command on its way.
pub(crate) struct Mail<'a> {
    /// For which union.
    pub union: Option<UnionId>,
    /// How many commands its signer knows of.
    pub position: u64,
    /// Keys that were used before.
    pub used: &'a [Request],
    /// A key that is new.
    pub key: String,
}

/// Signs a command and puts it in an envelope, bent in one way if `dishonest`.
pub(crate) fn envelope(
    draft: Draft,
    mail: Mail,
    people: &mut People,
    dice: &mut Dice,
    dishonest: bool,
) -> Option<Request> {
    let Mail { union, position, used, mut key } = mail;
    let (mut union, mut stated) = (union, dice.one_in(20).then_some(position));
    let mut signers = draft.signers.clone();
    let mut forbidden = None;
    let kind = if dishonest { dice.below(6) } else { usize::MAX };
    match kind {
        0 => {
            union = Some(UnionId(Hash(dice.bytes())));
            forbidden = Some("it is another union's");
        }
        1 => {
            stated = Some(position.wrapping_sub(1 + dice.below(9) as u64));
            forbidden = Some("its signer knew of another position");
        }
        2 => {
            signers.push(people.new_key(dice));
            forbidden = Some("a stranger signed it");
        }
        3 => {
            // Of what was accepted under this key, the world knows; see there.
            key.clone_from(&dice.pick(used)?.key);
        }
        4 => {
            signers.clear();
            forbidden = Some("nobody signed it");
        }
        _ => {}
    }
    let payload = Submission::document(union, &key, stated, draft.by, &draft.action);
    let name = name(&payload);
    let mut envelope = people.sign(payload, &signers)?;
    if kind == 5 {
        envelope = tampered(&envelope, dice)?;
        forbidden = Some("it was changed after it was signed");
    }
    // Someone who applies brings its keys: a stranger's among them is for the rules to refuse.
    let draft = Draft { signers, ..draft };
    Some(Request { draft, name, key, envelope, forbidden })
}

/// The same envelope with one changed bit in its payload.
fn tampered(envelope: &Envelope, dice: &mut Dice) -> Option<Envelope> {
    let mut payload = envelope.payload().to_vec();
    let place = dice.below(payload.len());
    payload[place] ^= 1 << dice.below(7);
    let mut other = Envelope::new(envelope.payload_type(), payload).ok()?;
    for signature in envelope.signatures() {
        other.add(signature.clone()).ok()?;
    }
    Some(other)
}
