# What a contributor needs; `just` lists it.

default:
    @just --list

# Every check and test, as CI runs them
test:
    ./test

# The fast part while working
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --workspace --lib

# One crate's tests: just unit setoff-clearing
unit crate:
    cargo test -p {{crate}}

# Accept changed snapshots after reading them
snapshots:
    INSTA_UPDATE=always TRYCMD=overwrite cargo test --workspace

# The documentation of all crates, opened
docs:
    cargo doc --workspace --no-deps --open

# Licences, bans and sources of the dependencies
licences:
    cargo deny check bans licenses sources

# Known vulnerabilities (needs the advisory database)
advisories:
    cargo deny check advisories

# Ten minutes of fuzzing of one reader (csv, jsonl, xlsx, map, rates): just fuzz csv. Needs
# cargo install cargo-fuzz --locked
fuzz target seconds="600":
    mkdir -p fuzz/corpus/{{target}}
    cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz run {{target}} corpus/{{target}} seeds/{{target}} -- -max_total_time={{seconds}} -rss_limit_mb=2048 -malloc_limit_mb=1024 -timeout=10

# A million obligations beside pandas and OR-Tools
bench:
    python3 bench/clear_million.py

# Clear the example and open the report
demo:
    cargo run --release -- clear examples/group.csv --out target/demo --force
    xdg-open target/demo/report.html
