use setoff_clearing::*;
fn main() {
    let skip: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    for seed in skip..100000u64 {
        let mut s = seed.wrapping_mul(0x9e3779b97f4a7c15) | 1;
        let mut rnd = |n: u64| { s ^= s << 13; s ^= s >> 7; s ^= s << 17; (s.wrapping_mul(0x2545f4914f6cdd1d) >> 33) % n };
        let n = 3 + rnd(4);
        let mut book = ClearingBook::new(n as u32).unwrap();
        book.set_effort(if rnd(2) == 0 { 0 } else { 1000 });
        let mut ids = vec![];
        let mut log = vec![];
        for _ in 0..rnd(30) {
            match rnd(6) {
                0..=3 => { let u = rnd(n); let v = (u + 1 + rnd(n - 1)) % n; let d = Debt { debtor: u as u32, creditor: v as u32, amount: 1 + rnd(9), weight: rnd(3) as i32 };
                    log.push(format!("add {d:?}")); 
                    if skip > 0 { eprintln!("{}", log.last().unwrap()); }
                    ids.push(book.add(d).unwrap()); }
                4 if !ids.is_empty() => { let i = rnd(ids.len() as u64) as usize; log.push(format!("remove {:?}", book.debt(ids[i]))); 
                    if skip > 0 { eprintln!("{}", log.last().unwrap()); }
                    book.remove(ids.swap_remove(i)).unwrap(); }
                _ => { log.push("optimise".into());
                    if skip > 0 { eprintln!("{}", log.last().unwrap()); }
                    book.optimise(); }
            }
        }
        println!("{seed}");
        if skip > 0 { return; }
    }
}
