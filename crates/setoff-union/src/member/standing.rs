//! How a member stands, and the steps from one standing to another: the picture and the table of
//! `member.rs` in code.

use serde::{Deserialize, Serialize};

use crate::{MemberId, Refusal};

/// How a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Has applied, is not admitted yet.
    Applied,
    /// Was not admitted.
    Rejected,
    /// Takes part in everything.
    Active,
    /// Declares and confirms, and does not clear.
    MatchedOnly,
    /// Its account is blocked by law.
    Blocked,
    /// Excluded for a time.
    Suspended,
    /// About to leave: only settles what there is.
    RunningOff,
    /// Its insolvency is notified.
    Insolvent,
    /// Has left.
    Left,
}

impl Standing {
    /// Whether its obligations take part in cycles.
    #[must_use]
    pub fn clears(self) -> bool {
        matches!(self, Self::Active | Self::RunningOff)
    }

    /// Whether it may vote.
    #[must_use]
    pub fn votes(self) -> bool {
        matches!(self, Self::Active | Self::MatchedOnly | Self::Blocked)
    }

    /// Whether obligations to or of it may be declared or confirmed.
    #[must_use]
    pub fn takes_new(self) -> bool {
        matches!(self, Self::Active | Self::MatchedOnly)
    }

    /// Whether it is no party any more, for good.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Rejected | Self::Left)
    }

    /// Refuses a party that may give no command.
    pub(crate) fn check_acts(self, member: MemberId) -> Result<(), Refusal> {
        match self {
            Self::Applied | Self::Rejected | Self::Left => Err(self.refused(member)),
            Self::Active
            | Self::MatchedOnly
            | Self::Blocked
            | Self::Suspended
            | Self::RunningOff
            | Self::Insolvent => Ok(()),
        }
    }

    pub(crate) fn refused(self, member: MemberId) -> Refusal {
        Refusal::StandsSo { member, standing: self.name().to_owned() }
    }

    /// The name in texts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "an applicant",
            Self::Rejected => "rejected",
            Self::Active => "active",
            Self::MatchedOnly => "matched but not cleared",
            Self::Blocked => "blocked by law",
            Self::Suspended => "suspended",
            Self::RunningOff => "leaving the union",
            Self::Insolvent => "insolvent",
            Self::Left => "no longer a member",
        }
    }
}

/// A step from one standing to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Applied to active.
    Admit,
    /// Applied to rejected.
    Reject,
    /// To suspended.
    Suspend,
    /// Suspended back to what it was.
    Reinstate,
    /// To blocked by law.
    Block,
    /// Blocked back to what it was.
    Unblock,
    /// Active to matched only.
    MatchOnly,
    /// Matched only back to active.
    Clear,
    /// To insolvent, by notice.
    Insolvency,
    /// To running off.
    RunOff,
    /// To left.
    Leave,
}

impl Step {
    /// Where it leads from a standing; `None` where it can't be taken. The way back from a suspension
    /// or a block is to active, unless the member was something else before ([`Member::before`](crate::Member::before)).
    #[must_use]
    pub fn from(self, standing: Standing) -> Option<Standing> {
        use Standing::{
            Active, Applied, Blocked, Insolvent, Left, MatchedOnly, Rejected, RunningOff, Suspended,
        };
        let free = matches!(standing, Active | MatchedOnly | RunningOff);
        let living = free || matches!(standing, Blocked | Suspended);
        let (may, to) = match self {
            Self::Admit => (standing == Applied, Active),
            Self::Reject => (standing == Applied, Rejected),
            Self::Suspend => (free, Suspended),
            Self::Reinstate => (standing == Suspended, Active),
            Self::Block => (free, Blocked),
            Self::Unblock => (standing == Blocked, Active),
            Self::MatchOnly => (standing == Active, MatchedOnly),
            Self::Clear => (standing == MatchedOnly, Active),
            Self::Insolvency => (living, Insolvent),
            Self::RunOff => (matches!(standing, Active | MatchedOnly), RunningOff),
            Self::Leave => (living && standing != Blocked, Left),
        };
        may.then_some(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_left_or_is_insolvent_takes_no_further_step() {
        let steps = [Step::Admit, Step::Suspend, Step::Reinstate, Step::Block, Step::Leave];
        for end in [Standing::Left, Standing::Insolvent, Standing::Rejected] {
            assert!(steps.iter().all(|step| step.from(end).is_none()), "{end:?}");
        }
    }
}
