//! Small random networks in every shape that the families of `setoff generate` have, with
//! amounts from 1 to 2^50 minor units, several currencies, and weights.

use std::fmt::Write;

/// A network as a CSV file and how it was drawn.
pub(crate) struct Drawn {
    pub(crate) csv: String,
    pub(crate) shape: &'static str,
    pub(crate) members: usize,
    pub(crate) obligations: usize,
    /// Whether the file has a column `weight` that the optimum is about.
    pub(crate) weighted: bool,
}

/// `SplitMix64`, so that a number names a network for ever.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let word = u128::from(word ^ (word >> 31));
        usize::try_from((word * limit as u128) >> 64).unwrap()
    }

    /// Any amount of any size up to 2^50: first the size, then the amount.
    fn amount(&mut self) -> usize {
        let size = self.below(51);
        1 + self.below(1 << size)
    }

    fn weight(&mut self) -> usize {
        match self.below(3) {
            0 => 1,
            1 => 1 + self.below(9),
            _ => 1 + self.below(1_000_000),
        }
    }
}

type Pair = fn(&mut Draws, usize, usize) -> (usize, usize);

/// Draws the debtor and the creditor of obligation `row` among `members`; equal ones are drawn
/// again.
const SHAPES: [(&str, Pair); 8] = [
    ("uniform", |draws, members, _| (draws.below(members), draws.below(members))),
    ("sparse", |draws, members, row| (row % members, draws.below(members))),
    ("trade", |draws, members, _| {
        let tier = members.div_ceil(4);
        let debtor = draws.below(members);
        let on = if draws.below(8) == 0 {
            draws.below(members)
        } else {
            (debtor / tier + 1) * tier + draws.below(tier)
        };
        (debtor, on.min(members - 1))
    }),
    ("ring", |draws, members, row| {
        if draws.below(10) == 0 {
            (draws.below(members), draws.below(members))
        } else {
            (row % members, (row + 1) % members)
        }
    }),
    ("core-periphery", |draws, members, _| {
        let core = members.div_ceil(6);
        let pair = (draws.below(core), draws.below(members));
        if draws.below(2) == 0 { pair } else { (pair.1, pair.0) }
    }),
    ("scale-free", |draws, members, _| {
        let mut low = || {
            let limit = draws.below(members) + 1;
            let limit = draws.below(limit) + 1;
            draws.below(limit)
        };
        (low(), low())
    }),
    ("pairs", |draws, members, _| {
        // Few pairs, many obligations both ways between them.
        let one = draws.below(members) / 3 * 3;
        let other = (one + 1 + draws.below(2)).min(members - 1);
        if draws.below(2) == 0 { (one, other) } else { (other, one) }
    }),
    ("chains", |draws, members, row| {
        // Hardly anything closes.
        let debtor = row % members;
        if draws.below(12) == 0 {
            (members - 1, 0)
        } else {
            (debtor, (debtor + 1).min(members - 1))
        }
    }),
];

const CURRENCIES: [(&str, usize); 4] = [("EUR", 2), ("JPY", 0), ("KWD", 3), ("USD", 2)];

/// The network of a number.
pub(crate) fn draw(number: usize) -> Drawn {
    let draws = &mut Draws(number as u64);
    let (shape, pair) = SHAPES[number % SHAPES.len()];
    let members = 2 + draws.below(59);
    let wanted = 1 + draws.below(members * 8);
    let currencies = 1 + draws.below(3);
    let first_currency = draws.below(CURRENCIES.len());
    let weighted = draws.below(3) == 0;
    let mut csv = String::from("debtor,creditor,amount,currency,due,reference");
    csv.push_str(if weighted { ",weight\n" } else { "\n" });
    let mut obligations = 0;
    for row in 0..wanted {
        let (debtor, creditor) = pair(draws, members, row);
        if debtor == creditor {
            continue;
        }
        obligations += 1;
        let which = (first_currency + draws.below(currencies)) % CURRENCIES.len();
        let (currency, decimals) = CURRENCIES[which];
        let amount = decimal(draws.amount(), decimals);
        let due = match draws.below(4) {
            0 => String::new(),
            _ => format!("2026-{:02}-15", 1 + draws.below(12)),
        };
        write!(csv, "P{debtor},P{creditor},{amount},{currency},{due},R{row}").unwrap();
        if weighted {
            write!(csv, ",{}", draws.weight()).unwrap();
        }
        csv.push('\n');
    }
    if obligations == 0 {
        // Too small a network to have drawn two different members.
        csv.push_str("P0,P1,1,JPY,,R0");
        csv.push_str(if weighted { ",1\n" } else { "\n" });
        obligations = 1;
    }
    Drawn { csv, shape, members, obligations, weighted }
}

fn decimal(minor: usize, decimals: usize) -> String {
    let mut digits = format!("{minor:0width$}", width = decimals + 1);
    if decimals > 0 {
        digits.insert(digits.len() - decimals, '.');
    }
    digits
}
