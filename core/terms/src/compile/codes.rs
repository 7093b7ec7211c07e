//! Look-up by code: a hash table for whole codes, an ordered list for their beginnings.

use crate::code_key::{Key, hash};
use crate::format::{Section, Writer};
use crate::source::{Level, Source};

/// Writes both structures.
pub(super) fn write(source: &Source, writer: &mut Writer) {
    let keys: Vec<Key> = source
        .concepts
        .iter()
        .map(|concept| Key::of(&concept.code))
        .collect();
    writer.records(Section::CodeTable, &table(&keys));

    let mut order: Vec<u32> = (0..source.concepts.len() as u32)
        .filter(|&number| {
            !matches!(
                source.concepts[number as usize].level,
                Level::Chapter | Level::Block
            )
        })
        .collect();
    order.sort_by(|&a, &b| keys[a as usize].as_bytes().cmp(keys[b as usize].as_bytes()));
    writer.records(Section::CodeOrder, &order);
}

/// An open-addressing table at most half full. Of keys that are alike (`B99` the category and a block written so), the
/// deeper concept, which comes later, is found first.
fn table(keys: &[Key]) -> Vec<u32> {
    let size = (keys.len() * 2).next_power_of_two().max(2);
    let mut slots = vec![0_u32; size];
    for (number, key) in keys.iter().enumerate().rev() {
        let mut slot = hash(key.as_bytes()) as usize & (size - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (size - 1);
        }
        slots[slot] = number as u32 + 1;
    }
    slots
}
