//! Things found alike two by two, gathered into groups (disjoint sets, by union with path halving).

/// Groups of the things numbered `0..n`, at first each by itself.
pub(super) struct Alike {
    /// Another thing of the same group, closer to the one that stands for the group; that one
    /// names itself. It is always the group's smallest number.
    towards: Vec<usize>,
}

impl Alike {
    /// `n` things, none alike.
    pub(super) fn new(n: usize) -> Self {
        Self { towards: (0..n).collect() }
    }

    /// The smallest number of the group that `thing` is in.
    pub(super) fn group(&mut self, mut thing: usize) -> usize {
        while self.towards[thing] != thing {
            let next = self.towards[self.towards[thing]];
            self.towards[thing] = next;
            thing = next;
        }
        thing
    }

    /// Makes the groups of `a` and `b` one.
    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.group(a), self.group(b));
        self.towards[a.max(b)] = a.min(b);
    }

    /// The groups of two or more, by their smallest number; within a group by number.
    pub(super) fn groups(&mut self) -> Vec<Vec<usize>> {
        let mut members: Vec<(usize, usize)> =
            (0..self.towards.len()).map(|thing| (self.group(thing), thing)).collect();
        members.sort_unstable();
        members
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|group| group.len() > 1)
            .map(|group| group.iter().map(|&(_, thing)| thing).collect())
            .collect()
    }
}
