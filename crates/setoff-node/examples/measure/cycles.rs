//! A large union through whole cycles: declared by creditors, confirmed by debtors, cut off,
//! cleared, verified, final.

use std::time::Duration;

use setoff_clearing::solve;
use setoff_journal::{Envelope, Micros};
use setoff_node::{Answer, Node};
use setoff_union::{
    Action, Code, CycleId, Digest, Mode, NetworkResult, ObligationId, Opening, networks, seed,
    utc_date,
};

use crate::world::{
    by_member, by_operator, cpu, founded, memory, new_place, next_salt, now, obligation, spread,
    timed,
};

/// How many commands share one append.
const TOGETHER: usize = 1000;

struct Cycles {
    node: Node,
    salts: u64,
    /// The cycles live a month in a moment.
    now: Micros,
    members: u32,
}

pub fn measure(stores: &[&str], members: u32, obligations: u32, cycles: u32) {
    for on in stores {
        let folder = tempfile::tempdir().unwrap();
        let place = new_place(on, folder.path());
        println!("{on}, memory now and at the peak:");
        let begun = cpu();
        let (node, took) = timed(|| founded(&place, members));
        let used = cpu() - begun;
        println!(
            "  {members} members applied and were admitted: {took:.1?}, processor {used:.1} s; \
             memory {:?} MiB",
            memory()
        );
        let mut union = Cycles { node, salts: 1 << 40, now: now(), members };
        let each = obligations / cycles;
        for cycle in 0..cycles {
            union.declare_and_confirm(cycle * each, each);
            union.clear(cycle);
        }
        let begun = cpu();
        let ((), took) = timed(|| union.node.close().unwrap());
        let used = cpu() - begun;
        println!(
            "  closed with a snapshot: {took:.1?}, processor {used:.1} s; memory {:?} MiB",
            memory()
        );
    }
}

impl Cycles {
    fn phase<T>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let begun = cpu();
        let (done, took) = timed(|| work(self));
        let used = cpu() - begun;
        println!("  {name}: {took:.1?}, processor {used:.1} s; memory {:?} MiB", memory());
        done
    }

    fn give(&mut self, envelopes: Vec<Envelope>) {
        let salted =
            envelopes.into_iter().map(|envelope| (envelope, next_salt(&mut self.salts))).collect();
        let (answers, _) = self.node.submit(salted, self.now).unwrap();
        let refused = answers.iter().find(|answer| !matches!(answer, Answer::Accepted(_)));
        assert!(refused.is_none(), "{refused:?}");
    }

    fn operator(&mut self, action: &Action) {
        let name = format!("{}", self.node.state().position().0);
        self.give(vec![by_operator(self.node.union(), &name, action)]);
    }

    /// Each creditor declares what it is owed in one command, and each debtor confirms in one.
    fn declare_and_confirm(&mut self, first: u32, count: u32) {
        let members = self.members;
        let parties = |number: u32| {
            let debtor = spread(number) % members;
            (debtor, (debtor + 1 + spread(number ^ 0x5555_5555) % (members - 1)) % members)
        };
        let mut owed: Vec<Vec<u32>> = vec![Vec::new(); members as usize];
        (first..first + count).for_each(|n| owed[parties(n).1 as usize].push(n));
        let mut owing: Vec<Vec<ObligationId>> = vec![Vec::new(); members as usize];
        let mut number = u32::try_from(self.node.state().obligations().len()).unwrap();
        let declare = (0..members).filter_map(|creditor| {
            let numbers = &owed[creditor as usize];
            let one = |&n: &u32| {
                owing[parties(n).0 as usize].push(ObligationId(number));
                number += 1;
                obligation(n, parties(n).0, creditor)
            };
            let obligations: Vec<_> = numbers.iter().map(one).collect();
            let action = Action::Declare { obligations, file: None };
            (!numbers.is_empty()).then_some((creditor, action))
        });
        let declare: Vec<_> = declare.collect();
        self.phase(&format!("{count} obligations declared"), |union| {
            union.all("declare", &declare);
        });
        let confirm = (0..members).zip(owing).filter(|(_, owing)| !owing.is_empty());
        let confirm: Vec<_> =
            confirm.map(|(m, obligations)| (m, Action::Confirm { obligations })).collect();
        self.phase("confirmed", |union| union.all("confirm", &confirm));
    }

    fn all(&mut self, name: &str, actions: &[(u32, Action)]) {
        let union = self.node.union();
        let begun = self.node.state().position().0;
        for batch in actions.chunks(TOGETHER) {
            let signed = |(member, action): &(u32, Action)| {
                by_member(union, *member, &format!("{name} {begun}"), action)
            };
            self.give(batch.iter().map(signed).collect());
        }
    }

    fn clear(&mut self, cycle: u32) {
        let mode = Mode::PerCurrency { currencies: vec![setoff_union::testing::code("EUR")] };
        let today = utc_date(jiff::Timestamp::from_microsecond(self.now.0).unwrap());
        self.operator(&Action::OpenCycle(Opening { mode, value_date: today }));
        let cycle = CycleId(cycle);
        self.phase("cut-off", |union| union.operator(&Action::CutOff { cycle }));
        self.now.0 += i64::try_from(Duration::from_hours(25).as_micros()).unwrap();
        let state = self.node.state();
        let begun = cpu();
        let ((cleared, results), took) = timed(|| {
            let networks = networks(state, cycle).unwrap();
            let seed = seed(state, cycle, &networks);
            let results: Vec<_> = networks
                .iter()
                .map(|part| {
                    let clearing = solve(&part.network, seed);
                    NetworkResult {
                        currency: Code::of(&state.currencies()[0]),
                        discharges: clearing.discharges,
                        potentials: clearing.certificate.potentials,
                    }
                })
                .collect();
            (Digest(seed.0), results)
        });
        let used = cpu() - begun;
        println!(
            "  network made and solved: {took:.1?}, processor {used:.1} s; memory {:?} MiB",
            memory()
        );
        let result = Action::ProposeResult { cycle, cleared, results };
        self.phase("result handed in, verified and durable", |union| union.operator(&result));
        self.phase("final", |union| union.operator(&Action::Finalise { cycle }));
    }
}
