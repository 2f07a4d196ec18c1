//! How fast a node starts: replay from the first entry, and from a snapshot.

use setoff_journal::Journal;
use setoff_node::{Follower, Node, read};
use setoff_union::Action;

use crate::world::{
    TERM, accepted, by_member, founded, memory, new_place, now, obligation, operator, rate, spread,
    store, timed,
};

const ROWS: u32 = 20_000;
const MEMBERS: u32 = 1000;
const SINGLE: u32 = 20_000;

pub fn measure(stores: &[&str], obligations: u32) {
    for on in stores {
        let folder = tempfile::tempdir().unwrap();
        let place = new_place(on, folder.path());
        let mut node = founded(&place, MEMBERS);
        let (union, mut salts) = (node.union(), 1 << 40);
        let declared = |from: u32, to: u32| Action::Declare {
            obligations: (from..to)
                .map(|n| obligation(n, 0, spread(n) % (MEMBERS - 1) + 1))
                .collect(),
            file: None,
        };
        let singles = |from: u32| {
            let one = |n: u32| by_member(union, 0, &format!("{n}"), &declared(n, n + 1));
            (from..from + 1000).map(one).collect()
        };
        for from in (0..SINGLE).step_by(1000) {
            accepted(&mut node, singles(from), &mut salts);
        }
        let entries = u32::try_from(node.journal().size()).unwrap();
        let ((), took) = timed(|| drop(read(&mut Journal::open(store(&place)).unwrap()).unwrap()));
        println!(
            "{on}: replay of {entries} entries, most of one obligation: {}",
            rate(entries, took)
        );

        let (before, _) = memory();
        for from in (SINGLE..SINGLE + obligations).step_by(ROWS as usize) {
            let to = (from + ROWS).min(SINGLE + obligations);
            let envelope = by_member(union, 0, &format!("{from}"), &declared(from, to));
            accepted(&mut node, vec![envelope], &mut salts);
        }
        let (after, _) = memory();
        println!(
            "  memory: {:.0} bytes an obligation ({before} MiB before, {after} MiB after)",
            (after.saturating_sub(before) << 20) as f64 / f64::from(obligations)
        );
        let (digest, took) = timed(|| node.state().digest());
        println!("  digest of the state in {took:.2?}");
        let ((), took) = timed(|| node.close().unwrap());
        let (body, reading) = timed(|| {
            let mut journal = Journal::open(store(&place)).unwrap();
            journal.latest_snapshot().unwrap().unwrap().body.len()
        });
        println!(
            "  closed with a snapshot of {} MiB in {took:.2?}, read in {reading:.2?}",
            body >> 20
        );

        let (follower, took) = timed(|| Follower::open(store(&place)).unwrap());
        println!("  start from the snapshot in {took:.2?}");
        let (json, took) = timed(|| serde_json::to_vec(follower.state()).unwrap());
        let (again, reading) =
            timed(|| serde_json::from_slice::<setoff_union::State>(&json).unwrap());
        println!(
            "  as JSON: {} MiB, written in {took:.2?}, read in {reading:.2?}",
            json.len() >> 20
        );
        drop((json, again));
        let same = follower.state().digest() == digest;
        drop(follower);
        let (replayed, took) = timed(|| read(&mut Journal::open(store(&place)).unwrap()).unwrap());
        println!("  replay from entry 0 in {took:.2?}, {} obligations", rate(obligations, took));
        assert!(same && replayed.state.digest() == digest, "the same state in all ways");
        drop(replayed);
        let node = Node::open(store(&place), operator(), "measure", now(), TERM).unwrap();
        drop(node);
    }
}
