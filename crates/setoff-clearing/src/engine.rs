//! The optimiser's engine with labels and weights stored as narrow as the network allows.

use std::ops::{ControlFlow, Range};

use crate::bundle::{Bundle, index};
use crate::label::Label;
use crate::push_relabel::{Component, Halt, PushRelabel};
use crate::residual::{Alike, Each, Residual};

/// [`PushRelabel`] at one of three widths. Which one has no influence on the result.
pub(crate) enum Engine {
    /// All weights are 1 and the labels so far fit `i32`.
    Narrow(PushRelabel<i32, Alike>),
    /// All weights are 1.
    Wide(PushRelabel<i64, Alike>),
    /// Weights differ.
    Weighted(PushRelabel<i64, Each>),
}

/// Each member's label, by place.
pub(crate) type Labels<'a> = &'a dyn Fn(u32) -> i64;

/// Does the same with the engine whatever its width.
macro_rules! with {
    ($engine:expr, $inner:ident => $does:expr) => {
        match $engine {
            Engine::Narrow($inner) => $does,
            Engine::Wide($inner) => $does,
            Engine::Weighted($inner) => $does,
        }
    };
}

impl Engine {
    /// Starts with these bundles set off as [`Bundle::at_first`] says; members are numbered by
    /// place. `largest` is the number of members of the largest component.
    pub(crate) fn new<I: Iterator<Item = Bundle>>(
        members: usize,
        largest: usize,
        bundles: impl Fn() -> I,
    ) -> Self {
        let mut excess = vec![0; members];
        let mut alike = true;
        for bundle in bundles() {
            excess[index(bundle.debtor)] -= i128::from(bundle.at_first());
            excess[index(bundle.creditor)] += i128::from(bundle.at_first());
            alike &= bundle.weight == 1;
        }
        if !alike {
            return Self::Weighted(PushRelabel::new(Residual::new(members, bundles), excess));
        }
        let residual = Residual::new(members, bundles);
        if scale(largest) <= i32::HIGHEST / 2 {
            Self::Narrow(PushRelabel::new(residual, excess))
        } else {
            Self::Wide(PushRelabel::new(residual, excess))
        }
    }

    /// All excess there is.
    pub(crate) fn remaining(&self) -> u128 {
        with!(self, engine => engine.remaining())
    }

    /// As [`PushRelabel::run`] on the members of a component, at the exact scale; `progress` gets the
    /// labels by place.
    pub(crate) fn run<Break>(
        &mut self,
        members: Range<u32>,
        progress: &mut dyn FnMut(u128, Labels<'_>) -> ControlFlow<Break>,
    ) -> ControlFlow<Break> {
        let scale = scale(members.len());
        let mut component =
            Component { members, scale, updates: 0, unbalanced: None, may_switch: true };
        loop {
            let ran = with!(self, engine => engine.run(&mut component, &mut |left, labels| {
                progress(left, &|member| labels[index(member)].wide())
            }));
            match ran {
                Ok(()) => return ControlFlow::Continue(()),
                Err(Halt::Asked(stop)) => return ControlFlow::Break(stop),
                Err(Halt::TooHigh) => self.widen(),
            }
        }
    }

    /// Brings all excess to 0 without regard to cost; the labels no longer mean anything.
    pub(crate) fn balance(&mut self, components: impl Iterator<Item = Range<u32>>) {
        for members in components {
            with!(self, engine => engine.balance(members));
        }
    }

    fn widen(&mut self) {
        let nothing = PushRelabel::new(Residual::new(0, std::iter::empty), Vec::new());
        match std::mem::replace(self, Self::Wide(nothing)) {
            Self::Narrow(engine) => *self = Self::Wide(engine.widened()),
            wide => *self = wide,
        }
    }

    /// The labels by place.
    pub(crate) fn labels(&self) -> Vec<i64> {
        with!(self, engine => engine.labels.iter().map(|label| label.wide()).collect())
    }

    /// What is set off of each bundle, asked in the order of [`Engine::new`].
    pub(crate) fn set_off(&self) -> Box<dyn FnMut(Bundle) -> u64 + '_> {
        debug_assert_eq!(self.remaining(), 0, "all is conserved");
        with!(self, engine => Box::new(engine.residual.set_off()))
    }
}

/// The number by which the costs of a component with so many members are multiplied.
pub(crate) fn scale(members: usize) -> i64 {
    i64::try_from(members).expect("members are numbered in u32") + 1
}
