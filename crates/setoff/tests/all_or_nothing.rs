//! A result folder appears whole under its name or not at all, whatever happens to the process or
//! the machine.

#![allow(clippy::unwrap_used, reason = "what a test needs and has not got fails the test")]

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn setoff() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_setoff"));
    command.env_remove("CI").stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the binary was built for this test")
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn network(folder: &Path, obligations: u32) -> std::path::PathBuf {
    let file = folder.join("network.csv");
    let made = run(setoff()
        .args(["generate", "trade", "--seed", "7", "--obligations", &obligations.to_string()])
        .arg("--out")
        .arg(&file));
    assert_eq!(code(&made), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    file
}

fn partial_folders(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().contains(".partial-")).count()
}

/// Numbers that look random and are the same in every run (`SplitMix64`).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[test]
fn a_process_killed_at_any_moment_leaves_a_whole_result_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let input = network(folder.path(), 20_000);
    let out = folder.path().join("result");
    let clear = || {
        let mut command = setoff();
        command.arg("clear").arg(&input).arg("--out").arg(&out).args(["--force", "--quiet"]);
        command
    };
    let begun = Instant::now();
    assert_eq!(code(&run(&mut clear())), Some(0));
    let whole = begun.elapsed();
    fs::remove_dir_all(&out).unwrap();

    let mut state = 1;
    let (mut killed, mut with_result) = (0, 0);
    for _ in 0..200 {
        let mut child = clear().spawn().unwrap();
        let longest = u64::try_from(whole.as_micros()).unwrap() * 11 / 10;
        std::thread::sleep(Duration::from_micros(random(&mut state) % longest));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        killed += u32::from(status.code().is_none());

        if out.exists() {
            with_result += 1;
            let verified = run(setoff().arg("verify").arg(&out).arg("--input").arg(&input));
            assert_eq!(code(&verified), Some(0), "{}", String::from_utf8_lossy(&verified.stderr));
            if random(&mut state).is_multiple_of(2) {
                fs::remove_dir_all(&out).unwrap();
            }
        }
    }
    println!("killed {killed} of 200 while running; a whole result was there {with_result} times");
    assert!(killed > 100, "the test must kill running processes: {killed}");

    assert_eq!(code(&run(&mut clear())), Some(0));
    assert_eq!(partial_folders(folder.path()), 0, "what killed runs left behind is removed");
}

#[test]
fn a_folder_that_exists_is_replaced_only_by_force_and_only_if_it_is_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let input = network(folder.path(), 100);
    let out = folder.path().join("result");
    let clear = |more: &[&str]| {
        run(setoff().arg("clear").arg(&input).arg("--quiet").arg("--out").arg(&out).args(more))
    };

    assert_eq!(code(&clear(&[])), Some(0));
    let refused = clear(&[]);
    assert_eq!(code(&refused), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force"));
    assert_eq!(code(&clear(&["--force"])), Some(0));

    fs::remove_file(out.join("certificate.json")).unwrap();
    fs::write(out.join("precious.txt"), "not a result").unwrap();
    let refused = clear(&["--force"]);
    assert_eq!(code(&refused), Some(2));
    assert!(out.join("precious.txt").is_file());
    assert_eq!(partial_folders(folder.path()), 0);
}

#[test]
fn a_full_or_read_only_place_is_the_machines_fault_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let input = network(folder.path(), 100);

    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = run(setoff().arg("clear").arg(&input).arg("--json").stdout(full));
    assert_eq!(code(&output), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("No space left"));

    // A file system of 64 KiB that fills up on the way, and one that is read-only.
    for options in ["size=64k", "size=64k,ro"] {
        let script = "mount -t tmpfs -o \"$1\" none \"$2\" && \"$3\" clear \"$4\" --quiet --out \"$2/result\"; \
                      code=$?; ls -A \"$2\"; exit $code";
        let small = folder.path().join("small");
        fs::create_dir_all(&small).unwrap();
        let output = run(Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", script, "sh", options])
            .arg(&small)
            .arg(env!("CARGO_BIN_EXE_setoff"))
            .arg(&input));
        assert_eq!(code(&output), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "nothing is left behind");
    }

    // The superuser may write to a read-only folder, but to no one's /proc.
    for place in ["/proc/result", "/proc/self/result"] {
        let output = run(setoff().arg("clear").arg(&input).args(["--quiet", "--out", place]));
        assert_eq!(code(&output), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_is_not_there_is_told_with_its_name_before_anything_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let input = network(folder.path(), 100);

    let output = run(setoff().arg("clear").arg(&input).args(["--out", "/no/such/place/result"]));
    assert_eq!(code(&output), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "--out /no/such/place/result: there is no folder /no/such/place: make it first\n"
    );
    for input in ["/no/such/file.csv", "/tmp"] {
        let output = run(setoff().args(["clear", input]));

        assert_eq!(code(&output), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stderr).contains(input));
    }
}
