//! The four ways to choose among candidates.

use std::time::Duration;

use medcover_kernel::Rng;

use super::{Pool, Strategy};

impl<I: Clone + PartialEq> Pool<I> {
    /// One of `among`, which are places of members in their order.
    pub(super) fn choose(
        &mut self,
        among: &[usize],
        now: Duration,
        rng: &dyn Rng,
    ) -> Option<usize> {
        match self.config.strategy {
            Strategy::RoundRobin => self.next_in_turn(among),
            Strategy::Weighted => self.next_by_weight(among),
            Strategy::LeastConnections => self.least_connections(among),
            Strategy::PeakEwma => self.better_of_two(among, now, rng),
        }
    }

    /// The first after the last one chosen; by number, so that joining and leaving disturb nobody's turn.
    fn next_in_turn(&self, among: &[usize]) -> Option<usize> {
        let after = among.partition_point(|place| self.members[*place].number <= self.last);
        among.get(after).or(among.first()).copied()
    }

    /// Each earns its weight; who has earned most is chosen and pays what all have earned.
    fn next_by_weight(&mut self, among: &[usize]) -> Option<usize> {
        let mut total = 0;
        for place in among {
            let member = &mut self.members[*place];
            member.credit += i64::from(member.weight);
            total += i64::from(member.weight);
        }
        let first_of_most = |place: &&usize| (self.members[**place].credit, usize::MAX - **place);
        let chosen = *among.iter().max_by_key(first_of_most)?;
        self.members[chosen].credit -= total;
        Some(chosen)
    }

    /// Ties go in turn, else the first instance would get all calls that come one by one.
    fn least_connections(&self, among: &[usize]) -> Option<usize> {
        let load = |place: usize| {
            let member = &self.members[place];
            (u64::from(member.pending), u64::from(member.weight))
        };
        let is_less = |one: usize, other: usize| {
            let ((pending, weight), (others, of)) = (load(one), load(other));
            pending * of < others * weight
        };
        let least = among
            .iter()
            .copied()
            .reduce(|least, place| if is_less(place, least) { place } else { least })?;
        let tied: Vec<_> = among
            .iter()
            .copied()
            .filter(|place| !is_less(least, *place))
            .collect();
        self.next_in_turn(&tied)
    }

    fn better_of_two(&self, among: &[usize], now: Duration, rng: &dyn Rng) -> Option<usize> {
        if among.len() < 2 {
            return among.first().copied();
        }
        let first = rng.below(among.len() as u64) as usize;
        let second = rng.below(among.len() as u64 - 1) as usize;
        let second = second + usize::from(second >= first);
        let (first, second) = (among[first], among[second]);
        let unknown = self.guess(among, now);
        if self.cost(second, unknown, now) < self.cost(first, unknown, now) {
            Some(second)
        } else {
            Some(first)
        }
    }

    /// The time a call would take there, waiting for those before it. At least a microsecond, so that these always count.
    fn cost(&self, place: usize, unknown: f64, now: Duration) -> f64 {
        let member = &self.members[place];
        let latency = member
            .latency
            .map_or(unknown, |it| it.read(now, self.config.decay));
        latency.max(1e-6) * f64::from(member.pending + 1) / f64::from(member.weight)
    }

    /// An instance of which nothing is known is taken for the average of the others, so that it is neither flooded nor
    /// left out.
    fn guess(&self, among: &[usize], now: Duration) -> f64 {
        let known = among
            .iter()
            .filter_map(|place| self.members[*place].latency);
        let (sum, count) = known.fold((0.0, 0_u32), |(sum, count), latency| {
            (sum + latency.read(now, self.config.decay), count + 1)
        });
        if count == 0 {
            self.config.first_guess.as_secs_f64()
        } else {
            sum / f64::from(count)
        }
    }
}
