//! The worked examples that come with real data: the largest set-off of each is known.
//!
//! The files are read where they are, beside the repository. Where they are absent the tests say
//! so and pass, except under `CI`, where absence is a failure.

#![allow(clippy::unwrap_used)] // here a panic is the report

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use setoff_clearing::{Debt, Network, Seed, Verified, solve, verify};

/// The network of a table whose last columns are `debtor,creditor,amount`, gzip'd if its name says so.
fn network(name: &str) -> Option<Network> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/networks"));
    let path = folder.join(name);
    if !path.exists() {
        assert!(std::env::var_os("CI").is_none(), "{} is not there", path.display());
        println!("SKIPPED: {} is not there", path.display());
        return None;
    }
    let file = File::open(&path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        (&file).read_to_string(&mut text).unwrap();
    }

    let mut numbers = BTreeMap::new();
    let mut number = |name: &str| {
        let next = numbers.len();
        *numbers.entry(name.to_owned()).or_insert(u32::try_from(next).unwrap())
    };
    let debts = text
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            let [.., debtor, creditor, amount] = fields[..] else { panic!("short line {line}") };
            let (debtor, creditor) = (number(debtor), number(creditor));
            Debt { debtor, creditor, amount: amount.parse().unwrap(), weight: 1 }
        })
        .collect();
    Some(Network::new(u32::try_from(numbers.len()).unwrap(), debts).unwrap())
}

fn cleared(network: &Network) -> Verified {
    let clearing = solve(network, Seed([7; 32]));
    verify(network, &clearing.discharges, &clearing.certificate).unwrap()
}

#[test]
fn micro_clears_300_of_500() {
    let Some(network) = network("micro.csv") else {
        return;
    };

    let verified = cleared(&network);

    assert_eq!((verified.gross, verified.cleared), (500, 300));
}

#[test]
fn synthetic_network_01_clears_535_494_678() {
    let Some(network) = network("synthetic_network_01.csv.gz") else {
        return;
    };

    let verified = cleared(&network);

    assert_eq!((network.debts().len(), network.members()), (100_471, 28_975));
    assert_eq!((verified.gross, verified.cleared), (61_202_827_278, 535_494_678));
}

#[test]
fn synthetic_network_02_clears_1_809_489_714() {
    let Some(network) = network("synthetic_network_02.csv.gz") else {
        return;
    };

    let verified = cleared(&network);

    assert_eq!((network.debts().len(), network.members()), (179_586, 35_739));
    assert_eq!((verified.gross, verified.cleared), (148_096_373_150, 1_809_489_714));
}
