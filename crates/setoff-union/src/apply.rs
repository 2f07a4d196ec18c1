//! From an entry to the next state.
//!
//! Nothing is decided here. An entry that [`decide`](crate::decide()) made of a state fits that
//! state, so looking things up by number cannot fail; applied to another state it may panic.

use setoff_money::Minor;

use crate::cycle::CycleStage;
use crate::member::{Member, name_key};
use crate::obligation::DocumentKey;
use crate::settlement::InstructionStage;
use crate::{
    Agreement, AgreementId, Application, Change, Cycle, Declared, Discharge, Entry, InstructionId,
    Key, KeyId, Limit, MemberId, Merger, NewKey, Obligation, ObligationId, Owner, Position, Side,
    Stage, Standing, State, Succession, utc_date,
};

/// Makes the change of an entry that [`decide`](crate::decide()) made of this state.
///
/// # Panics
/// Only on an entry that was made of another state.
pub fn apply(state: &mut State, entry: &Entry) {
    debug_assert!(
        entry.position == state.position || entry.position.0 + 1 == state.position.0,
        "entries are applied in the order in which they were decided"
    );
    state.position = Position(entry.position.0 + 1);
    state.last_received = entry.at;
    change(state, entry);
    for posting in &entry.postings {
        state.ledger.post(posting);
    }
}

fn change(state: &mut State, entry: &Entry) {
    match &entry.change {
        Change::Founded { founding, currencies } => {
            state.name.clone_from(&founding.name);
            state.currencies.clone_from(currencies);
            state.unit_of_account = founding.unit_of_account;
            state.rulebooks.push((utc_date(entry.at), founding.rulebook.clone()));
            for key in &founding.operator {
                add_key(state, Owner::Operator, key, entry.position);
            }
            for founder in &founding.members {
                add_member(state, founder, Standing::Active, entry.position);
            }
        }
        Change::Applied(application) => {
            add_member(state, application, Standing::Applied, entry.position);
        }
        Change::Stands { member, to, .. } => stand(state, *member, *to),
        Change::MergerOffered { member, offer } => {
            state.members[member.index()].merger = Some(offer.clone());
        }
        Change::Merged(merger) => merge(state, merger),
        Change::RunsOff { member, until } => {
            state.members[member.index()].run_off_until = Some(*until);
        }
        Change::KeyAdded { owner, key } => add_key(state, *owner, key, entry.position),
        Change::KeyRevoked { key, .. } => revoke(state, *key, entry.position),
        Change::KeyRotated { key, replacement } => {
            let owner = state.keys[key.index()].owner;
            revoke(state, *key, entry.position);
            add_key(state, owner, replacement, entry.position);
        }
        Change::LimitSet { member, currency, over } => {
            let limits = &mut state.members[member.index()].two_people_over;
            match over {
                Some(over) => limits.insert(*currency, Limit(*over)),
                None => limits.remove(currency),
            };
        }
        Change::Delegated(delegation) => {
            state.delegations.insert(delegation.clone());
        }
        Change::DelegationEnded { principal, delegate, .. } => {
            state.delegations.remove(*principal, *delegate);
        }
        Change::ProposalOpened { proposal, .. } => state.proposals.push((**proposal).clone()),
        Change::Voted { proposal, member, choice } => {
            state.proposals[proposal.index()].votes.insert(*member, *choice);
        }
        Change::Counted { proposal, outcome } => {
            state.proposals[proposal.index()].outcome = Some(outcome.clone());
        }
        Change::RulebookAdopted { rulebook, from } => {
            state.rulebooks.push((*from, (**rulebook).clone()));
        }
        Change::Drafted { draft, by } => {
            let (draft, signed) = (draft.clone(), [*by].into());
            add_agreement(state, Agreement { draft, signed, ended: None });
        }
        Change::Signed { agreement, member } => {
            state.agreements[agreement.index()].signed.insert(*member);
        }
        Change::AgreementEnded { agreement, from, .. } => {
            state.agreements[agreement.index()].ended = Some(*from);
        }
        Change::CycleOpened(_)
        | Change::CutOff { .. }
        | Change::Proposed { .. }
        | Change::ResultVoided { .. }
        | Change::Final { .. }
        | Change::Abandoned { .. } => change_cycle(state, entry),
        Change::WayChosen { member, way } => state.members[member.index()].way = Some(*way),
        Change::CurrencyChosen { member, currency } => {
            state.members[member.index()].currency = *currency;
        }
        Change::Instructed { .. } | Change::Received { .. } | Change::InstructionEnded { .. } => {
            change_instruction(state, &entry.change);
        }
        _ => change_obligation(state, &entry.change),
    }
}

fn change_obligation(state: &mut State, change: &Change) {
    match change {
        Change::Declared { obligations, .. } => {
            state.obligations.reserve(obligations.len());
            for declared in obligations {
                declare(state, declared);
            }
        }
        Change::Novated { ended, arising, .. } => {
            for &number in ended {
                discharge(state, number, state.obligations[number.index()].outstanding);
            }
            for declared in arising {
                declare(state, declared);
                let new = state.obligations.last_mut();
                new.expect("it was declared just now").stage = Stage::Confirmed;
            }
        }
        Change::Confirmed { obligations } => {
            for number in obligations {
                state.obligations[number.index()].stage = Stage::Confirmed;
            }
        }
        Change::Disputed { obligation, part, split, .. } => {
            dispute(state, *obligation, *part, split.is_some());
        }
        Change::Withdrawn { obligation, .. } => finish(state, *obligation, Stage::Withdrawn),
        Change::Asked { obligation, asked, .. } => {
            state.asked.insert(*obligation, asked.clone());
        }
        Change::Corrected { obligation, outstanding, due, .. } => {
            state.asked.remove(obligation);
            let found = &mut state.obligations[obligation.index()];
            found.amount = Minor(found.amount.0 - found.outstanding.0 + outstanding.0);
            found.outstanding = *outstanding;
            found.due = *due;
        }
        Change::Paid { obligation, amount, .. } => discharge(state, *obligation, *amount),
        Change::Credited { obligation, amount, reference, .. } => {
            let document = DocumentKey::of_credit_note(*obligation, reference);
            state.documents.note(document, *obligation);
            discharge(state, *obligation, *amount);
        }
        Change::Assigned { obligation, to } => assign(state, *obligation, *to),
        Change::Held { obligation, side, .. } => hold(state, *obligation, *side, true),
        Change::Released { obligation, side, .. } => hold(state, *obligation, *side, false),
        _ => {}
    }
}

fn change_cycle(state: &mut State, entry: &Entry) {
    match &entry.change {
        Change::CycleOpened(opening) => {
            state.cycles.push(Cycle { opening: opening.clone(), stage: CycleStage::Open });
        }
        Change::CutOff { cycle, cut_off } => {
            state.cycles[cycle.index()].stage = CycleStage::CutOff(cut_off.clone());
            state.frozen_cycles.insert(*cycle);
        }
        Change::Proposed { cycle, discharges, .. } => {
            let stage = &mut state.cycles[cycle.index()].stage;
            if let CycleStage::CutOff(cut_off) | CycleStage::Proposed { cut_off, .. } = stage {
                let (cut_off, discharges) = (cut_off.clone(), discharges.clone());
                *stage = CycleStage::Proposed { cut_off, discharges };
            }
        }
        Change::ResultVoided { cycle, .. } => {
            let stage = &mut state.cycles[cycle.index()].stage;
            if let CycleStage::Proposed { cut_off, .. } = stage {
                *stage = CycleStage::CutOff(cut_off.clone());
            }
        }
        Change::Final { cycle, discharges } => {
            state.frozen_cycles.remove(cycle);
            let (at, position) = (entry.at, entry.position);
            let stage = &mut state.cycles[cycle.index()].stage;
            if let CycleStage::Proposed { cut_off, .. } = stage {
                let candidates = std::mem::take(&mut cut_off.candidates);
                *stage = CycleStage::Final { at, position, candidates, instructed: false };
            }
            for Discharge { obligation, amount, .. } in discharges {
                discharge(state, *obligation, *amount);
            }
        }
        Change::Abandoned { cycle, reason } => {
            state.frozen_cycles.remove(cycle);
            let reason = reason.clone();
            state.cycles[cycle.index()].stage = CycleStage::Abandoned { reason };
        }
        _ => {}
    }
}

fn change_instruction(state: &mut State, change: &Change) {
    match change {
        Change::Instructed { cycle, instructions } => {
            for instruction in instructions {
                let number = InstructionId::next(state.instructions.len());
                let number = number.expect("the deciding of it left room for them");
                for obligation in &instruction.obligations {
                    state.obligations[obligation.index()].instruction = Some(number);
                }
                state.instructions.push(instruction.clone());
            }
            let stage = &mut state.cycles[cycle.index()].stage;
            if let CycleStage::Final { instructed, candidates, .. } = stage {
                *instructed = true;
                *candidates = Vec::new();
            }
        }
        Change::Received { instruction, paid, payments } => {
            let sum = payments.iter().map(|payment| payment.amount.wide()).sum::<i128>();
            for payment in payments {
                discharge(state, payment.obligation, payment.amount);
            }
            let found = &mut state.instructions[instruction.index()];
            found.received += sum;
            if let Some(payable) = &mut found.payable {
                payable.received += paid.wide();
            }
            if found.received == found.amount {
                found.stage = InstructionStage::Settled;
            }
        }
        Change::InstructionEnded { instruction, stage } => {
            let found = &mut state.instructions[instruction.index()];
            found.stage = stage.clone();
            for obligation in &found.obligations {
                state.obligations[obligation.index()].instruction = None;
            }
        }
        _ => {}
    }
}

fn add_member(state: &mut State, application: &Application, standing: Standing, since: Position) {
    let number = MemberId::next(state.members.len());
    let number = number.expect("the deciding of it left room for it");
    state.members.push(Member::new(application.profile.clone(), standing));
    state.names.insert(name_key(&application.profile.name), number);
    for key in &application.keys {
        add_key(state, Owner::Member(number), key, since);
    }
}

fn stand(state: &mut State, number: MemberId, to: Standing) {
    let member = &mut state.members[number.index()];
    let out_for_a_time = matches!(to, Standing::Suspended | Standing::Blocked);
    member.before = out_for_a_time.then_some(member.standing);
    member.standing = to;
    if to.is_over() {
        state.names.remove(&name_key(&member.profile.name));
    }
}

fn add_key(state: &mut State, owner: Owner, key: &NewKey, since: Position) {
    let number = KeyId::next(state.keys.len()).expect("the deciding of it left room for it");
    state.key_numbers.insert(key.public, number);
    match owner {
        Owner::Operator => state.operator_keys.push(number),
        Owner::Member(member) => state.members[member.index()].keys.push(number),
    }
    state.keys.push(Key { key: key.clone(), owner, since, revoked: None });
}

fn revoke(state: &mut State, key: KeyId, from: Position) {
    state.keys[key.index()].revoked = Some(from);
}

fn declare(state: &mut State, declared: &Declared) {
    let reference = state.references.push(&declared.reference);
    let number = ObligationId::next(state.obligations.len());
    let number = number.expect("the deciding of it left room for it");
    state.documents.note(declared.document, number);
    let Declared { by, debtor, creditor, currency, amount, issued, due, kind, .. } = *declared;
    for member in [debtor, creditor] {
        state.members[member.index()].open += 1;
    }
    state.obligations.push(Obligation {
        debtor,
        creditor,
        amount,
        outstanding: amount,
        issued,
        due,
        reference,
        instruction: None,
        currency,
        kind,
        stage: Stage::Proposed,
        declared_by: by,
        held_by_debtor: false,
        held_by_creditor: false,
    });
}

fn dispute(state: &mut State, number: ObligationId, part: Minor, split: bool) {
    state.asked.remove(&number);
    let found = &mut state.obligations[number.index()];
    if !split {
        found.stage = Stage::Disputed;
        return;
    }
    let disputed =
        Obligation { amount: part, outstanding: part, stage: Stage::Disputed, ..found.clone() };
    found.amount = Minor(found.amount.0 - part.0);
    found.outstanding = Minor(found.outstanding.0 - part.0);
    found.stage = Stage::Confirmed;
    for member in [found.debtor, found.creditor] {
        state.members[member.index()].open += 1;
    }
    let split = ObligationId::next(state.obligations.len());
    state.obligations.push(disputed);
    note_document(state, split.expect("the deciding of it left room for it"));
}

fn discharge(state: &mut State, number: ObligationId, amount: Minor) {
    state.asked.remove(&number);
    let found = &mut state.obligations[number.index()];
    debug_assert!(Minor(0) < amount && amount <= found.outstanding, "no more than outstanding");
    found.outstanding = Minor(found.outstanding.0 - amount.0);
    if found.outstanding == Minor(0) {
        finish(state, number, Stage::Discharged);
    }
}

fn finish(state: &mut State, number: ObligationId, stage: Stage) {
    state.asked.remove(&number);
    let found = &mut state.obligations[number.index()];
    found.stage = stage;
    found.instruction = None;
    for member in [found.debtor, found.creditor] {
        state.members[member.index()].open -= 1;
    }
}

fn assign(state: &mut State, number: ObligationId, to: MemberId) {
    state.asked.remove(&number);
    let found = &mut state.obligations[number.index()];
    state.members[found.creditor.index()].open -= 1;
    state.members[to.index()].open += 1;
    found.creditor = to;
    found.held_by_creditor = false;
    // The debtor had confirmed; from now on the new creditor is the one who claims.
    found.declared_by = Side::Creditor;
    note_document(state, number);
}

/// The document of an obligation is known between its sides as they are now.
fn note_document(state: &mut State, number: ObligationId) {
    let found = &state.obligations[number.index()];
    let (debtor, reference) = (found.debtor, state.reference(found));
    let document = DocumentKey::new((debtor, found.creditor), found.currency, reference);
    match state.declared_as(document, debtor, reference) {
        None => state.documents.note(document, number),
        Some(_) => state.documents.note_another(document, number),
    }
}

fn add_agreement(state: &mut State, agreement: Agreement) {
    let number = AgreementId::next(state.agreements.len());
    let number = number.expect("the deciding of it left room for it");
    state.between.note(&agreement.draft.parties, number);
    state.agreements.push(agreement);
}

fn merge(state: &mut State, merger: &Merger) {
    let &Merger { member, into, on, .. } = merger;
    for &number in &merger.pass {
        state.asked.remove(&number);
        let found = &mut state.obligations[number.index()];
        for side in [&mut found.debtor, &mut found.creditor] {
            if *side == member {
                *side = into;
            }
        }
        note_document(state, number);
        state.members[member.index()].open -= 1;
        state.members[into.index()].open += 1;
    }
    for &number in &merger.lapse {
        let found = &mut state.obligations[number.index()];
        if found.stage == Stage::Confirmed {
            let outstanding = found.outstanding;
            discharge(state, number, outstanding);
        } else {
            finish(state, number, Stage::Withdrawn);
        }
    }
    for &number in &merger.ended {
        state.agreements[number.index()].ended = Some(on);
    }
    for Succession { old, new } in &merger.agreements {
        state.agreements[old.index()].ended = Some(on);
        add_agreement(state, new.clone());
    }
    let absorbed = &mut state.members[member.index()];
    absorbed.merger = None;
    absorbed.merged_into = Some(into);
}

fn hold(state: &mut State, number: ObligationId, side: Side, held: bool) {
    let found = &mut state.obligations[number.index()];
    match side {
        Side::Debtor => found.held_by_debtor = held,
        Side::Creditor => found.held_by_creditor = held,
    }
}
