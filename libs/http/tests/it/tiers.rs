//! What each tier sustains, by a clock that is stepped: somebody asks all the time, and takes what they are given.

use std::time::Duration;

use crate::limits::House;

/// Steps of a second: a whole number of them makes every minute.
const MINUTE: usize = 60;

/// What was admitted in each minute.
async fn admitted(headers: &[(&str, &str)], path: &str, minutes: usize) -> Vec<u32> {
    let house = House::new();
    let mut admitted = vec![0; minutes];
    for second in 0..minutes * MINUTE {
        while house.ask("203.0.113.5", path, headers).await.status == 200 {
            admitted[second / MINUTE] += 1;
        }
        house.clock.advance(Duration::from_secs(1));
    }
    admitted
}

#[tokio::test]
async fn nobody_known_sustains_60_a_minute_until_the_hour_is_used_up() {
    let minutes = admitted(&[], "/open", 62).await;
    assert_eq!(minutes[..16], [60; 16]);
    assert_eq!(minutes[16], 40);
    assert_eq!(minutes[17..60], [0; 43]);
    assert_eq!(minutes[..60].iter().sum::<u32>(), 1_000);
    assert!(minutes[60] > 0);
}

#[tokio::test]
async fn whoever_has_signed_in_sustains_180_a_minute_until_the_hour_is_used_up() {
    let minutes = admitted(&[("authorization", "Bearer 7")], "/open", 60).await;
    // The burst, as far as the limit of a minute lets it.
    assert_eq!(minutes[..3], [200, 200, 187]);
    assert_eq!(minutes[3..27], [180; 24]);
    assert_eq!(minutes.iter().sum::<u32>(), 5_000);
}

#[tokio::test]
async fn premium_sustains_600_a_minute_until_the_hour_is_used_up() {
    let minutes = admitted(&[("x-api-key", "premium")], "/open", 36).await;
    assert_eq!(
        minutes[0],
        200 + 590,
        "the burst, and what comes back within 59 s"
    );
    assert_eq!(minutes[1..32], [600; 31]);
    assert_eq!(minutes.iter().sum::<u32>(), 20_000);
}

#[tokio::test]
async fn enterprise_sustains_10_000_a_minute_until_the_hour_is_used_up() {
    // Each weighs ten requests, so that less is to be asked.
    let minutes = admitted(&[("x-api-key", "enterprise")], "/ten", 22).await;
    assert_eq!(minutes[..20], [1_000; 20]);
    assert_eq!(minutes.iter().sum::<u32>(), 20_000);
}
