//! Results that the time limit cut short: feasible, with a gap, and never taken for the largest.

use super::*;

/// A network in which a clearing takes a while, from `setoff generate`, and its result within no time.
fn stopped(arguments: &[&str]) -> Bench {
    let bench = Bench::new();
    let generated = bench.setoff(&["generate", "trade", "--obligations", "20000", "--seed", "7"]);
    assert!(generated.status.success(), "{}", stderr(&generated));
    bench.write("trade.csv", &generated.stdout);
    bench.clear(&[&["trade.csv", "--time-limit", "0s"], arguments].concat());
    bench
}

fn json_of(bench: &Bench, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(bench.path("result").join(name)).unwrap()).unwrap()
}

#[test]
fn a_result_that_was_stopped_is_feasible_and_says_what_may_be_missing() {
    let mut bench = stopped(&[]);

    let said = bench.verify(&["trade.csv"]).unwrap();

    assert!(said.contains("feasible, not proven the largest: at most "), "{said}");
    assert!(said.contains("No set-off exceeds this one by more than is stated above"), "{said}");
    assert!(!said.contains("No larger set-off exists"), "{said}");
    let result = json_of(&bench, "result.json");
    let number = |value: &Value| value.as_str().unwrap().parse::<i128>().unwrap();
    let stopped = &result["clearings"][0];
    let (cleared, gap) = (number(&stopped["cleared"]["minor"]), number(&stopped["gap"]));
    bench.clear(&["trade.csv"]);
    let largest = json_of(&bench, "result.json");
    let largest = number(&largest["clearings"][0]["cleared"]["minor"]);
    assert!(0 < cleared && cleared < largest && largest <= cleared + gap);
    let page = fs::read_to_string(bench.path("result/report.html")).unwrap();
    assert!(page.contains("It is the most that can be set off"));
}

#[test]
fn the_report_and_the_program_say_that_the_time_limit_came_first() {
    let bench = stopped(&[]);

    let page = fs::read_to_string(bench.path("result/report.html")).unwrap();
    let checked = bench.setoff(&["verify", "result", "--json"]);

    assert!(page.contains("The time limit stopped the optimiser."));
    assert!(!page.contains("It is the most that can be set off"));
    let checked: Value = serde_json::from_slice(&checked.stdout).unwrap();
    let certificate = json_of(&bench, "certificate.json");
    assert_eq!(checked["clearings"][0]["gap"], certificate["clearings"][0]["gap"]);
}

#[test]
fn a_stopped_result_that_claims_to_be_the_largest_is_refused() {
    let mut bench = stopped(&[]);
    let gap = json_of(&bench, "certificate.json")["clearings"][0]["gap"].clone();
    bench.edit("certificate.json", &format!(",\"gap\":{gap}"), "");
    bench.edit("result.json", &format!("\"gap\": {gap},"), "");

    let said = bench.verify(&["trade.csv"]).unwrap_err();

    assert!(said.contains("where the certificate asks (its gain is"), "{said}");
}

#[test]
fn a_gap_that_is_claimed_too_small_is_refused() {
    let mut bench = stopped(&[]);
    let gap = json_of(&bench, "certificate.json")["clearings"][0]["gap"].clone();
    let less = gap.as_str().unwrap().parse::<u128>().unwrap() - 1;
    bench.edit("certificate.json", &format!("\"gap\":{gap}"), &format!("\"gap\":\"{less}\""));
    bench.edit("result.json", &format!("\"gap\": {gap}"), &format!("\"gap\": \"{less}\""));

    let said = bench.verify(&["trade.csv"]).unwrap_err();

    let found = said.lines().find(|line| line.contains("gap is")).unwrap_or_default();
    assert!(found.contains(&format!("{less}")) && found.contains(&gap.to_string()), "{found}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn a_gap_of_nothing_is_none() {
    let mut bench = four();
    bench.edit("certificate.json", "\"potentials\"", "\"gap\":\"0\",\"potentials\"");
    bench.edit(
        "result.json",
        "\"weighted\": \"30000\",",
        "\"weighted\": \"30000\", \"gap\": \"0\",",
    );

    let said = bench.verify(&["four.csv"]).unwrap_err();

    assert!(said.contains("gap is \"0\", expected none"), "{said}");
}

#[test]
fn what_is_overdue_has_a_gap_of_its_own_class() {
    let mut bench = Bench::new();
    // The overdue ones among A, B and C; the others pull another way.
    bench.write(
        "due.csv",
        "debtor,creditor,amount,currency,due\nA,B,100,EUR,2026-01-01\nB,A,70,EUR,2026-09-01\n\
         B,C,90,EUR,2026-01-01\nC,A,80,EUR,2026-01-01\nC,B,50,EUR,2026-09-01\n\
         A,C,60,EUR,2026-09-01\n",
    );
    let first = ["--weights", "overdue-first", "--as-of", "2026-06-01", "--time-limit", "0s"];
    bench.clear(&[&["due.csv"], &first[..]].concat());

    let said = bench.verify(&["due.csv"]).unwrap();

    assert!(said.contains(" of the weight 2 is missing"), "{said}");
    assert!(said.contains("nothing is proven of smaller weights"), "{said}");
}

#[test]
fn where_time_was_up_for_the_most_even_there_is_one_of_the_largest() {
    let mut bench = four();
    let told = bench.setoff(&["clear", "four.csv", "--among", "fair", "--time-limit", "1ns"]);
    assert!(
        stdout(&told).contains("before the choice of --among fair was made"),
        "{}",
        stdout(&told)
    );

    bench.clear(&["four.csv", "--among", "fair", "--time-limit", "0s"]);

    assert!(bench.verify(&["four.csv"]).is_ok());
    assert_eq!(json_of(&bench, "result.json")["among"], "default");
}

#[test]
fn a_search_that_was_stopped_states_the_bound_that_it_has() {
    for search in [&["--whole"][..], &["--among", "fewest"]] {
        let mut bench = four();
        bench.clear(&[&["four.csv", "--time-limit", "0s"], search].concat());

        assert!(bench.verify(&["four.csv"]).is_ok(), "{search:?}");
    }
}

#[test]
fn a_limit_that_is_long_enough_changes_nothing() {
    let bench = four();
    let certificate = fs::read(bench.path("result/certificate.json")).unwrap();

    bench.clear(&["four.csv", "--time-limit", "1h30m"]);

    assert_eq!(fs::read(bench.path("result/certificate.json")).unwrap(), certificate);
    let refused = bench.setoff(&["clear", "four.csv", "--time-limit", "soon"]);
    assert!(stderr(&refused).contains("a duration is such as 500ms, 30s, 5m or 1h30m"));
}

#[test]
fn what_the_time_limit_left_is_explained_so() {
    let bench = Bench::new();
    let group = repository().join("examples/group.csv");
    bench.clear(&[group.to_str().unwrap(), "--time-limit", "0s"]);
    let positions = fs::read_to_string(bench.path("result/positions.csv")).unwrap();
    let members: Vec<&str> =
        positions.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect();

    let mut reasons = Vec::new();
    for member in members {
        let said = bench.setoff(&["explain", "result", "--member", member, "--json"]);
        let said: Value = serde_json::from_slice(&said.stdout).unwrap();
        let of = |c: &Value| c["why"]["reason"].as_str().map(str::to_owned);
        reasons.extend(said["counterparties"].as_array().unwrap().iter().filter_map(of));
    }

    assert!(reasons.contains(&"stopped".to_owned()), "{reasons:?}");
    assert!(!reasons.contains(&"not-largest".to_owned()), "{reasons:?}");
    let told = bench.setoff(&["explain", "result", "--member", "Alder Holding AG"]);
    assert!(stdout(&told).contains("The time limit came before the largest set-off was found."));
    assert!(!stdout(&told).contains("No exchange of circles"), "{}", stdout(&told));
}
