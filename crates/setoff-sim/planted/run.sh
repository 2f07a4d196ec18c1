#!/usr/bin/env bash
# Plants each mistake of this folder in a copy of the workspace, one by one, and says after how many
# steps the simulator finds it. Names of patches may be given, to plant only these. Assertions are
# off, as in a release: the model has to find what is wrong.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
copy=$root/target/planted/workspace
export CARGO_TARGET_DIR=$root/target/planted/build
steps=${STEPS:-1000}
seeds=${SEEDS:-300}

say() { # NAME OUTPUT: one line of the table
    local found enough rule
    found=$(grep -oE 'found after [0-9]+ steps' "$2" | grep -oE '[0-9]+' || true)
    enough=$(grep -oE '^[0-9]+ steps are enough' "$2" | grep -oE '^[0-9]+' || true)
    rule=$(grep -A1 '^FAILED' "$2" | tail -1 | cut -d: -f1 || true)
    printf '%-34s %10s %8s   %s\n' "$1" "${found:-NOT FOUND}" "${enough:--}" "$rule"
    [ -n "$found" ] || missed=$((missed + 1))
}

build() { (cd "$copy" && cargo build --quiet -p setoff-sim --config profile.dev.debug-assertions=false); }
simulate() { "$CARGO_TARGET_DIR/debug/setoff-sim" --seeds "$seeds" --steps "$steps" "$@" || true; }

missed=0
rm -rf "$copy"
mkdir -p "$copy"
# Times of today: what an earlier run built from a changed file is built anew.
(cd "$root" && tar -cf - Cargo.toml Cargo.lock crates) | tar -xmf - -C "$copy"
names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(cd "$here" && basename -s .patch -- *.patch)
printf '%-34s %10s %8s   %s\n' planted steps enough 'rule that broke'
for name in "${names[@]}"; do
    patch --quiet -d "$copy" -p1 <"$here/$name.patch"
    build
    simulate >"$copy/$name.out"
    say "$name" "$copy/$name.out"
    patch --quiet --reverse -d "$copy" -p1 <"$here/$name.patch"
done
if [ $# = 0 ]; then
    build
    for plant in lazy-disk unfenced-disk; do
        simulate --plant "$plant" >"$copy/$plant.out"
        say "$plant (--plant)" "$copy/$plant.out"
    done
fi
echo "$missed not found"
[ "$missed" = 0 ]
