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

# Ten minutes of fuzzing of one reader (csv, jsonl, xlsx, map, rates, liquidity,
# limits) or of the book of debts (book): just fuzz csv. Needs
# cargo install cargo-fuzz --locked
fuzz target seconds="600":
    mkdir -p fuzz/corpus/{{target}}
    mkdir -p fuzz/seeds/{{target}}
    cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz run {{target}} corpus/{{target}} seeds/{{target}} -- -max_total_time={{seconds}} -rss_limit_mb=2048 -malloc_limit_mb=1024 -timeout=10

# Which changes of one file of the union's rules no test notices: just mutants settlement.rs. What
# was found is in docs/union-tests.md. Needs cargo install cargo-mutants --locked
mutants file:
    cargo mutants -p setoff-union -f crates/setoff-union/src/{{file}} --no-shuffle --timeout 120 \
        --output target -- --test union -- --skip laws::

# Lines, regions and branches of the union's rules that its tests reach, in target/llvm-cov/html. Needs
# cargo install cargo-llvm-cov --locked and rustup component add llvm-tools
coverage:
    RUSTC_BOOTSTRAP=1 cargo llvm-cov --branch -p setoff-union --html \
        --ignore-filename-regex 'setoff-(clearing|money)/'

# What the benchmark needs: LEMON from Debian, the other peers from PyPI
bench-setup:
    bench/setup.sh

# The optimiser beside its peers, then docs/benchmarks.md: just bench --quick (bench/README.md)
bench *options: bench-setup
    target/venv/bin/python bench/run.py {{options}}
    target/venv/bin/python bench/document.py

# Everything that docs/benchmarks.md shows, measured anew; says first how long it takes
bench-full *options: bench-setup
    target/venv/bin/python bench/cross_check.py --record
    target/venv/bin/python bench/run.py --full {{options}}
    target/venv/bin/python bench/clear_million.py --record
    target/venv/bin/python bench/document.py

# The same optimum as OR-Tools and LEMON on 5,000 small networks, and on all families to 10^6
cross-check networks="5000": bench-setup
    target/venv/bin/python bench/cross_check.py --networks {{networks}}
    target/venv/bin/python bench/run.py --repeats 1 --factor 0 --limit 600 \
        --solvers setoff,lemon-cost-scaling,lemon-network-simplex,ortools --results target/bench/cross-check.jsonl

# A book of debts that come, change and go: latencies, batches and memory, then docs/book-latency.md
bench-book *options:
    cargo build --release -p setoff-clearing --example arrivals
    python3 bench/book.py {{options}}

# Unions in a hostile world, seed by seed: 10,000,000 steps (docs/simulator.md)
sim seeds="20000" steps="500" *options:
    cargo run --release -p setoff-sim -- --seeds {{seeds}} --steps {{steps}} --threads 2 {{options}}

# Mistakes planted in a copy of the code, and after how many steps the simulator finds each
sim-planted *names:
    crates/setoff-sim/planted/run.sh {{names}}

# A node on both stores beside the disk and PostgreSQL (commands, load, start, cycles, takeover),
# as in docs/journal-speed.md: just bench-node load 1000000
bench-node *options:
    cargo run --release -p setoff-node --example measure -- {{options}}

# Clear the example and open the report
demo:
    cargo run --release -- clear examples/group.csv --out target/demo --force
    xdg-open target/demo/report.html
