use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::Duration;

use medcover_identity::{
    FetchedKeys, KeyRecord, KeyRing, MasterSecret, PublicKeys, SeededEntropy, TokenFault, TokenKind,
};
use medcover_kernel::{Clock as _, ManualClock};

use super::{AUDIENCE, LIFE, SCHEDULE, grant, id, issuer, now};

struct Installation {
    master: MasterSecret,
    entropy: SeededEntropy,
    records: Vec<KeyRecord>,
    ring: KeyRing,
}

impl Installation {
    fn new() -> Self {
        let entropy = SeededEntropy::new(1);
        let master = MasterSecret::generate(&entropy);
        let ring = KeyRing::unlock(&[], &master, LIFE).expect("nothing to unlock");
        Self {
            master,
            entropy,
            records: Vec::new(),
            ring,
        }
    }

    /// What the worker does from time to time.
    fn look_after_keys(&mut self, clock: &ManualClock) {
        let windows: Vec<_> = self.records.iter().map(|record| record.window).collect();
        if let Some(window) = SCHEDULE.due(&windows, clock.now()) {
            let record = KeyRecord::create(&self.master, window, &self.entropy);
            self.records.push(record);
            self.ring = KeyRing::unlock(&self.records, &self.master, LIFE).expect("its own secret");
        }
    }
}

/// Others keep a copy of the published keys for an hour; tokens live for five minutes. Over forty key changes, with four
/// threads that sign and verify all the time, no token that lives is refused: neither here nor by those with an old copy.
#[test]
fn keys_change_under_load_without_one_refused_token() {
    let clock = ManualClock::at(now());
    let installation = RwLock::new(Installation::new());
    installation
        .write()
        .expect("no panic")
        .look_after_keys(&clock);
    let copy = Mutex::new(FetchedKeys::default());
    let fetch = || {
        let published = installation
            .read()
            .expect("no panic")
            .ring
            .published(clock.now());
        *copy.lock().expect("no panic") = FetchedKeys::from(&published);
    };
    fetch();
    let (stop, held) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (installation, clock, copy, stop, held) =
                (&installation, &clock, &copy, &stop, &held);
            scope.spawn(move || {
                let verifier = issuer().verifier(AUDIENCE);
                let mut number = worker;
                while !stop.load(Ordering::Relaxed) {
                    // The clock must not run away between signing and verifying: the steps of the test are minutes.
                    let installation = installation.read().expect("no panic");
                    let (ring, now) = (&installation.ring, clock.now());
                    let key = ring.signer(now).expect("some key always signs");
                    let token = issuer().issue(
                        TokenKind::Access,
                        &grant(),
                        AUDIENCE,
                        (now, LIFE),
                        id(number),
                        key,
                    );
                    let soon = now.plus(LIFE);
                    let copy = copy.lock().expect("no panic").clone();
                    let keys: [(&dyn PublicKeys, _); 3] = [(ring, now), (ring, soon), (&copy, now)];
                    for (keys, at) in keys {
                        let answer = verifier.verify(TokenKind::Access, token.reveal(), keys, at);
                        assert!(answer.is_ok(), "{answer:?}");
                    }
                    held.fetch_add(1, Ordering::Relaxed);
                    number += 4;
                }
            });
        }
        for step in 1..=40 * 60 {
            // Ten minutes a step, and a token or more between any two.
            while held.load(Ordering::Relaxed) < step {
                std::thread::yield_now();
            }
            let mut installation_now = installation.write().expect("no panic");
            clock.advance(Duration::from_mins(10));
            installation_now.look_after_keys(&clock);
            drop(installation_now);
            if step % 5 == 0 {
                fetch();
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let installation = installation.into_inner().expect("no panic");
    assert_eq!(installation.records.len(), 41);
    assert!(installation.ring.published(clock.now()).keys.len() <= 3);
}

#[test]
fn a_retired_key_is_accepted_until_its_last_token_has_expired() {
    let clock = ManualClock::at(now());
    let mut installation = Installation::new();
    installation.look_after_keys(&clock);
    // To the last second in which the first key signs.
    clock.advance(Duration::from_secs(SCHEDULE.sign_for.as_secs() - 1));
    installation.look_after_keys(&clock);
    let key = installation
        .ring
        .signer(clock.now())
        .expect("the first still signs");
    let first = key.record().kid.clone();
    let token = issuer().issue(
        TokenKind::Access,
        &grant(),
        AUDIENCE,
        (clock.now(), LIFE),
        id(1),
        key,
    );
    clock.advance(LIFE);
    let second = installation
        .ring
        .signer(clock.now())
        .expect("the second signs");
    assert_ne!(second.record().kid, first);
    let verify = |clock: &ManualClock| {
        let verifier = issuer().verifier(AUDIENCE);
        verifier.verify(
            TokenKind::Access,
            token.reveal(),
            &installation.ring,
            clock.now(),
        )
    };
    assert!(verify(&clock).is_ok());
    clock.advance(Duration::from_mins(2));
    assert_eq!(verify(&clock).err(), Some(TokenFault::UnknownKey));
    assert_eq!(installation.ring.published(clock.now()).keys.len(), 1);
}
