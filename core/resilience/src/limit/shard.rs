//! A table of at most so many keys, and the heap that knows which of them is idle first.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::time::Duration;

use super::floor::Floor;
use super::{Cost, RateDecision, RateLimits, RateState};

/// Entries a log may have once the shard has used up its entries.
const TIGHT: u32 = 32;

pub(super) struct Shard<K, S> {
    limits: RateLimits,
    max_keys: usize,
    max_entries: usize,
    places: HashMap<K, usize, S>,
    slots: Vec<Slot<K>>,
    /// Slots as a binary heap; the one that is idle first is on top.
    heap: Vec<usize>,
    floor: Floor,
    entries: usize,
    evicted: u64,
}

struct Slot<K> {
    key: K,
    state: RateState,
    idle_at: u64,
    heap_place: usize,
}

impl<K: Hash + Eq + Clone, S: BuildHasher> Shard<K, S> {
    pub(super) fn new(limits: RateLimits, max_keys: usize, max_entries: usize, hasher: S) -> Self {
        Self {
            limits,
            max_keys,
            max_entries,
            places: HashMap::with_hasher(hasher),
            slots: Vec::new(),
            heap: Vec::new(),
            floor: Floor::default(),
            entries: 0,
            evicted: 0,
        }
    }

    pub(super) fn decide(&mut self, key: &K, now: Duration, cost: Cost) -> RateDecision {
        let room = if self.entries < self.max_entries {
            u32::MAX
        } else {
            TIGHT
        };
        if let Some(&place) = self.places.get(key) {
            return self.decide_known(place, now, cost, room);
        }
        let mut state = self.floor.newcomer(&self.limits, now);
        let decision = self.limits.decide_within(&mut state, now, cost, room);
        // Who is refused is not remembered: there is nothing to remember, and strangers cost no memory.
        if decision.is_admitted() && cost != Cost::FREE {
            self.insert(key.clone(), state, now);
        }
        decision
    }

    /// The log is expired in its place: whoever asks too often asks this every time, and it may be long.
    pub(super) fn refuse(&mut self, key: &K, now: Duration, cost: Cost) -> Option<RateDecision> {
        let Some(&place) = self.places.get(key) else {
            let mut state = self.floor.newcomer(&self.limits, now);
            return self.limits.refuse(&mut state, now, cost);
        };
        let state = &mut self.slots[place].state;
        let held = state.capacity();
        let refused = self.limits.refuse(state, now, cost);
        self.entries = self.entries + state.capacity() - held;
        refused
    }

    pub(super) fn look(&mut self, key: &K, now: Duration) -> RateDecision {
        let mut state = match self.places.get(key) {
            Some(&place) => self.slots[place].state.clone(),
            None => self.floor.newcomer(&self.limits, now),
        };
        self.limits.look(&mut state, now)
    }

    /// Frees the slots of idle keys.
    pub(super) fn sweep(&mut self, now: Duration) -> usize {
        let before = self.slots.len();
        while let Some(&first) = self.heap.first()
            && RateState::is_idle(self.slots[first].idle_at, now)
        {
            self.remove(first);
        }
        if self.slots.capacity() > 64 && self.slots.len() < self.slots.capacity() / 4 {
            self.slots.shrink_to(self.slots.len() * 2);
            self.heap.shrink_to(self.slots.len() * 2);
            self.places.shrink_to(self.slots.len() * 2);
        }
        before - self.slots.len()
    }

    /// What a key has used remains; a log of a window that is no more is dropped with its key.
    pub(super) fn replace_limits(&mut self, limits: RateLimits) {
        self.limits = limits;
        for slot in &mut self.slots {
            slot.idle_at = self.limits.idle_at(&slot.state);
        }
        for place in (0..self.heap.len()).rev() {
            self.sink(place);
        }
    }

    pub(super) fn keys(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Memory of the slots, the heap and the logs; the index has at most 8/7 × 2 places of a key and a number each.
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot<K>>()
            + self.heap.capacity() * size_of::<usize>()
            + self.places.capacity() * (size_of::<(K, usize)>() + 1)
            + self.entries * 16
    }

    fn decide_known(&mut self, place: usize, now: Duration, cost: Cost, room: u32) -> RateDecision {
        let slot = &mut self.slots[place];
        let held = slot.state.capacity();
        let decision = self.limits.decide_within(&mut slot.state, now, cost, room);
        slot.idle_at = slot.idle_at.max(self.limits.idle_at(&slot.state));
        let heap_place = slot.heap_place;
        self.entries = self.entries + slot.state.capacity() - held;
        self.sink(heap_place);
        decision
    }

    fn insert(&mut self, key: K, state: RateState, now: Duration) {
        if self.slots.len() >= self.max_keys {
            self.make_room(now);
        }
        self.entries += state.capacity();
        self.places.insert(key.clone(), self.slots.len());
        self.heap.push(self.slots.len());
        self.slots.push(Slot {
            key,
            idle_at: self.limits.idle_at(&state),
            state,
            heap_place: self.heap.len() - 1,
        });
        self.rise(self.heap.len() - 1);
    }

    fn make_room(&mut self, now: Duration) {
        let mut evicted = self.remove(self.heap[0]);
        if !RateState::is_idle(evicted.idle_at, now) {
            self.limits.expire(&mut evicted.state, now);
            self.floor.raise(&evicted.state);
            self.evicted += 1;
        }
    }

    /// The last slot takes the place of the removed one.
    fn remove(&mut self, place: usize) -> Slot<K> {
        let heap_place = self.slots[place].heap_place;
        self.swap(heap_place, self.heap.len() - 1);
        self.heap.pop();
        if heap_place < self.heap.len() {
            self.sink(heap_place);
            self.rise(heap_place);
        }
        let removed = self.slots.swap_remove(place);
        self.places.remove(&removed.key);
        self.entries -= removed.state.capacity();
        if let Some(moved) = self.slots.get(place) {
            self.heap[moved.heap_place] = place;
            *self
                .places
                .get_mut(&moved.key)
                .expect("every slot has its place in the index") = place;
        }
        removed
    }

    fn idle_at(&self, heap_place: usize) -> u64 {
        self.slots[self.heap[heap_place]].idle_at
    }

    fn rise(&mut self, mut place: usize) {
        while place > 0 && self.idle_at(place) < self.idle_at((place - 1) / 2) {
            self.swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
    }

    fn sink(&mut self, mut place: usize) {
        loop {
            let children = 2 * place + 1..(2 * place + 3).min(self.heap.len());
            let Some(least) = children.min_by_key(|child| self.idle_at(*child)) else {
                return;
            };
            if self.idle_at(place) <= self.idle_at(least) {
                return;
            }
            self.swap(place, least);
            place = least;
        }
    }

    fn swap(&mut self, one: usize, other: usize) {
        self.heap.swap(one, other);
        for place in [one, other] {
            self.slots[self.heap[place]].heap_place = place;
        }
    }
}
