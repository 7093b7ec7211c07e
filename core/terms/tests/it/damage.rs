//! What is not opened, and what is not compiled.

use medcover_terms::source::SourceConcept;
use medcover_terms::{CompileError, OpenError, Release, compile};

use crate::sample::{file, source};

#[test]
fn the_same_source_gives_the_same_bytes() {
    assert!(file() == file());
}

#[test]
fn every_cut_is_refused() {
    let file = file();
    for len in (0..file.len())
        .step_by(997)
        .chain([1, 8, 39, 40, file.len() - 1])
    {
        assert!(Release::open(&file[..len]).is_err(), "cut to {len}");
    }
}

#[test]
fn every_flipped_byte_is_refused() {
    let file = file();
    for at in (0..file.len()).step_by(499).chain(0..64) {
        let mut damaged = file.clone();
        damaged[at] ^= 0x40;
        assert!(Release::open(damaged).is_err(), "flipped at {at}");
    }
}

#[test]
fn foreign_and_other_versions_are_told_apart() {
    assert_eq!(
        Release::open(b"PK\x03\x04 and so on, for more than a header's length".to_vec()).err(),
        Some(OpenError::Foreign)
    );
    let mut newer = file();
    newer[8] = 0xff;
    assert!(
        matches!(Release::open(newer).err(), Some(OpenError::Version { found }) if found & 0xff == 0xff)
    );
    let mut longer = file();
    longer.push(0);
    assert!(matches!(
        Release::open(longer).err(),
        Some(OpenError::Length { .. })
    ));
}

#[test]
fn a_source_that_contradicts_itself_is_refused() {
    let mut twice = source();
    let copy = twice.concepts[2].clone();
    twice.concepts.push(SourceConcept {
        code: copy.code.to_lowercase(),
        ..copy
    });
    assert!(matches!(
        compile(&twice, ""),
        Err(CompileError::DuplicateCode { .. })
    ));

    let mut backwards = source();
    backwards.concepts[1].parent = Some(5);
    assert!(matches!(
        compile(&backwards, ""),
        Err(CompileError::Dangling {
            relation: "parent",
            ..
        })
    ));

    let mut nameless = source();
    nameless.concepts[3].title = "  ".to_owned();
    assert_eq!(
        compile(&nameless, ""),
        Err(CompileError::Empty {
            number: 3,
            what: "title"
        })
    );
}
