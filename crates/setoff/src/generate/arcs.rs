//! A test network as a binary file of arcs, for those who measure solvers and not the reading of
//! tables: `docs/networks.md` defines the format.

use std::io::{self, Write};

use super::Size;
use super::draws::Draws;
use super::families::{Drawn, Family};
use super::rows::draw_due;

const MAGIC: &[u8; 8] = b"STFARCS1";

/// Writes the obligations that [`rows::write`](super::rows::write) writes for one currency, 16
/// bytes each.
pub(super) fn write(
    mut family: Family,
    mut draws: Draws,
    size: Size,
    out: &mut impl Write,
) -> io::Result<()> {
    out.write_all(MAGIC)?;
    out.write_all(&size.members.to_le_bytes())?;
    out.write_all(&size.obligations.to_le_bytes())?;
    for _ in 0..size.obligations {
        let Drawn { debtor, creditor, amount } = family.draw(&mut draws, size.members);
        // The day is not written, but the next obligation is drawn after it.
        draw_due(&mut draws);
        for member in [debtor, creditor] {
            let member = u32::try_from(member).expect("there are at most 2^32 - 1 members");
            out.write_all(&member.to_le_bytes())?;
        }
        out.write_all(&amount.to_le_bytes())?;
    }
    Ok(())
}
