//! Numbers as people read them.

/// With commas between thousands: `74,719`.
pub(crate) fn grouped(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share from 0 to 1 in whole per cent; what is no share counts as the nearest that is.
pub(crate) fn percent(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}

/// A duration in the unit that needs the fewest digits.
pub(crate) fn micros(us: f64) -> String {
    match us {
        us if us < 10.0 => format!("{us:.1} µs"),
        us if us < 1_000.0 => format!("{us:.0} µs"),
        us if us < 1_000_000.0 => format!("{:.1} ms", us / 1_000.0),
        us => format!("{:.1} s", us / 1_000_000.0),
    }
}

/// Days, hours and minutes, the largest two that matter.
pub(crate) fn uptime(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_thousands() {
        let numbers = [0_u64, 999, 1_000, 74_719, 1_234_567];
        assert_eq!(
            numbers.map(grouped),
            ["0", "999", "1,000", "74,719", "1,234,567"]
        );
    }

    #[test]
    fn shares_stay_between_none_and_all() {
        assert_eq!(
            [-1.0, 0.0, 0.865, 1.0, 7.0].map(percent),
            [0, 0, 87, 100, 100]
        );
        assert_eq!(percent(f32::NAN), 0);
    }

    #[test]
    fn durations_take_a_fitting_unit() {
        assert_eq!(
            [4.24, 85.0, 2_650.0].map(micros),
            ["4.2 µs", "85 µs", "2.6 ms"]
        );
        assert_eq!(
            [5, 61, 3_700, 90_000].map(uptime),
            ["5 s", "1 min", "1 h 1 min", "1 d 1 h"]
        );
    }
}
