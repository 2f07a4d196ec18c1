//! Money and credit beside the debts: the largest discharge for the liquidity there is.
//!
//! # The problem
//! Debts that close no circle are discharged only with money or credit. A *funder* (a bank, a
//! treasury, a member with cash at hand) *tenders* up to a limit of its money to a member, who
//! discharges debts with it; the creditor does the same in turn; and the money ends with a member
//! who *accepts* it, up to a limit. So every use of money is a circle through its funder,
//!
//! ```text
//! funder ──tender──► member ──debt──► member ──debt──► … ──► member ──acceptance──► funder,
//! ```
//!
//! and the largest discharge for the liquidity there is is again a maximum-weight circulation, of a
//! network with the funders as further nodes and with tenders and acceptances as further arcs of
//! weight 0. This is the model of E. Buchman, P. Dini, S. Ahmed, A. Miller and T. Fleischman, *Cycles
//! Protocol: A Peer-to-Peer Electronic Clearing System*, arXiv 2507.22309, 2025: there a tender is an
//! obligation of the money's node to the member, and an acceptance an arc to that node. That outside
//! money counts against a settlement and credit among members does not is theirs, too.
//!
//! A funder may be a member. Then the tender is a loan that it offers, and an acceptance says that
//! another member is willing to be owed by it: both are credit from one member to another.
//!
//! How it becomes a network is told by the module of [`Funded`](crate::Funded).

use std::fmt;

use crate::{BrokenLimit, LARGEST_WEIGHT, Network, NetworkError, Violation};

/// Who offers money and who takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liquidity {
    /// How many funders there are that are not members. They are numbered from
    /// [`Network::members`] on.
    pub funders: u32,
    /// What is offered.
    pub tenders: Vec<Tender>,
    /// What is taken. Who takes nothing of a funder never ends up holding its money.
    pub acceptances: Vec<Acceptance>,
    /// The most money that may be used in all; [`u64::MAX`] for no such limit. Any other limit but
    /// 0 needs that all tenders have one funder.
    pub most: u64,
}

/// Up to `limit` of what `funder` has may go to `to`, who discharges debts with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tender {
    /// A funder, or a member.
    pub funder: u32,
    /// Who gets it.
    pub to: Recipient,
    /// How much at most; [`u64::MAX`] for no limit.
    pub limit: u64,
}

/// Who gets the money of a tender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// This member.
    Member(u32),
    /// Whichever members it discharges most with; the limit is for all together.
    Anyone,
}

/// `member` is willing to end up holding up to `limit` of what `funder` has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// A member.
    pub member: u32,
    /// A funder, or another member.
    pub funder: u32,
    /// How much at most; [`u64::MAX`] for no limit.
    pub limit: u64,
}

/// What a unit of money must discharge to be used: more than `discharge / money`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// So much discharge, 0 to [`LARGEST_WEIGHT`],
    pub discharge: u32,
    /// for so much money, 1 to [`LARGEST_WEIGHT`].
    pub money: u32,
}

/// Why there is no clearing with this liquidity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiquidityError {
    /// A tender names a funder or a member that is not there, or a funder tenders to itself.
    Tender {
        /// Its place in the list.
        tender: usize,
    },
    /// An acceptance names a funder or a member that is not there, or a member accepts itself.
    Acceptance {
        /// Its place in the list.
        acceptance: usize,
    },
    /// There is a limit for all money together, but more than one funder tenders.
    SeveralFunders,
    /// A limit names a member or a debt that is not there.
    Limit(BrokenLimit),
    /// All debts together are over 2^62.
    Gross,
    /// The network with its liquidity is too large.
    Network(NetworkError),
    /// A price, or a weight multiplied by one, is over [`LARGEST_WEIGHT`].
    Price,
    /// The optimiser's own answer does not verify.
    Unproven(Violation),
    /// The caller's progress function asked to stop.
    Stopped,
}

impl Liquidity {
    /// One funder whose money all members can get and all accept, without limit: what it takes to
    /// discharge everything.
    #[must_use]
    pub fn unlimited(network: &Network) -> Self {
        let funder = network.members();
        let all = |member| Acceptance { member, funder, limit: u64::MAX };
        Self {
            funders: 1,
            tenders: vec![Tender { funder, to: Recipient::Anyone, limit: u64::MAX }],
            acceptances: (0..funder).map(all).collect(),
            most: u64::MAX,
        }
    }
}

impl fmt::Display for LiquidityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tender { tender } => write!(
                f,
                "tender {tender} names a funder or a member that is not there, or is to its own \
                 funder"
            ),
            Self::Acceptance { acceptance } => write!(
                f,
                "acceptance {acceptance} names a funder or a member that is not there, or is of \
                 the member itself"
            ),
            Self::SeveralFunders => write!(
                f,
                "a limit for all money together needs a single funder; limit each tender instead"
            ),
            Self::Limit(limit) => {
                write!(f, "{limit} names a member or a debt that is not there")
            }
            Self::Gross => write!(f, "all debts together are over 2^62; count in larger units"),
            Self::Network(error) => write!(f, "with its liquidity: {error}"),
            Self::Price => write!(
                f,
                "a weight or the discharge of a unit of money is over {LARGEST_WEIGHT}: use \
                 smaller weights"
            ),
            Self::Unproven(violation) => {
                write!(f, "the optimiser's answer does not verify: {violation}")
            }
            Self::Stopped => write!(f, "stopped as asked"),
        }
    }
}

impl std::error::Error for LiquidityError {}
