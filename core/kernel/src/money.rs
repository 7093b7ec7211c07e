//! Money: whole minor units of a currency, and arithmetic that never loses any.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency by its code, `USD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Not a currency code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the ISO 4217 code of a currency: three capital letters, such as USD")]
pub struct CurrencyError;

impl Currency {
    /// US dollar.
    pub const USD: Self = Self(*b"USD");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("capital letters")
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(code: &str) -> Result<Self, CurrencyError> {
        match code.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(CurrencyError),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(code: String) -> Result<Self, CurrencyError> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of a currency in its minor units (cents), within ± [`Money::MAX_MINOR`], so that every JSON reader keeps it
/// whole. There is no operator that could wrap: sums are checked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Money {
    amount_minor: i64,
    currency: Currency,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    amount_minor: i64,
    currency: Currency,
}

/// Amounts that cannot be put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result, or what was read, is beyond [`Money::MAX_MINOR`].
    #[error("must be an amount within ±{} minor units", Money::MAX_MINOR)]
    TooLarge,
    /// Two currencies.
    #[error("{0} and {1} cannot be put together")]
    Currencies(Currency, Currency),
    /// Parts are wanted in proportion to weights of which none is positive, or one is negative.
    #[error("needs weights of which one is positive and none negative")]
    Weights,
}

/// What happens to the half of a minor unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// To the even neighbour.
    HalfEven,
    /// Away from zero.
    HalfUp,
}

/// A rate in basis points: 10,000 are the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct BasisPoints(u32);

/// A rate of more than the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be between 0 and 10000 basis points")]
pub struct BasisPointsError;

impl BasisPoints {
    /// The whole.
    pub const WHOLE: Self = Self(10_000);
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The rate, if it is no more than the whole.
    pub const fn new(basis_points: u32) -> Result<Self, BasisPointsError> {
        if basis_points > 10_000 {
            return Err(BasisPointsError);
        }
        Ok(Self(basis_points))
    }

    /// The number of basis points, 0 to 10,000.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for BasisPoints {
    type Error = BasisPointsError;
    fn try_from(basis_points: u32) -> Result<Self, BasisPointsError> {
        Self::new(basis_points)
    }
}

impl From<BasisPoints> for u32 {
    fn from(rate: BasisPoints) -> Self {
        rate.0
    }
}

impl Money {
    /// The largest amount on either side of zero: 2^53 − 1.
    pub const MAX_MINOR: i64 = (1 << 53) - 1;

    /// An amount within ± [`Money::MAX_MINOR`].
    pub const fn new(amount_minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if amount_minor > Self::MAX_MINOR || amount_minor < -Self::MAX_MINOR {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self {
            amount_minor,
            currency,
        })
    }

    /// No money, of a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self {
            amount_minor: 0,
            currency,
        }
    }

    /// The minor units.
    pub const fn minor(self) -> i64 {
        self.amount_minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether there is none of it.
    pub const fn is_zero(self) -> bool {
        self.amount_minor == 0
    }

    /// Whether it is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.amount_minor > 0
    }

    /// Whether it is less than nothing.
    pub const fn is_negative(self) -> bool {
        self.amount_minor < 0
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        // Two amounts of 53 bits cannot overflow one of 63.
        Self::new(self.amount_minor + other.amount_minor, self.currency)
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.plus(other.negated())
    }

    /// The amount on the other side of zero.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self {
            amount_minor: -self.amount_minor,
            currency: self.currency,
        }
    }

    /// The smaller one.
    pub fn min(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        Ok(if other.amount_minor < self.amount_minor {
            other
        } else {
            self
        })
    }

    /// Whether it is more than `other`.
    pub fn exceeds(self, other: Self) -> Result<bool, MoneyError> {
        self.same(other)?;
        Ok(self.amount_minor > other.amount_minor)
    }

    /// The sum of `amounts`, nothing of `currency` if there are none.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        let mut sum = Self::zero(currency);
        for amount in amounts {
            sum = sum.plus(amount)?;
        }
        Ok(sum)
    }

    /// So many of it.
    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        let product = i128::from(self.amount_minor) * i128::from(count);
        let amount_minor = i64::try_from(product).map_err(|_| MoneyError::TooLarge)?;
        Self::new(amount_minor, self.currency)
    }

    /// The share of `rate`, rounded once to a whole minor unit.
    #[must_use]
    pub fn share(self, rate: BasisPoints, rounding: Rounding) -> Self {
        let whole = i128::from(BasisPoints::WHOLE.get());
        let exact = i128::from(self.amount_minor) * i128::from(rate.get());
        let (floor, rest) = (exact.div_euclid(whole), exact.rem_euclid(whole));
        let up = match (rest * 2).cmp(&whole) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => match rounding {
                Rounding::HalfEven => floor % 2 != 0,
                Rounding::HalfUp => self.amount_minor > 0,
            },
        };
        let amount_minor = i64::try_from(floor + i128::from(up)).expect("no more than the whole");
        Self {
            amount_minor,
            currency: self.currency,
        }
    }

    /// Parts in proportion to `weights`, by the method of the largest remainder, earlier parts first where remainders are
    /// equal: they add up to the whole, and none is a minor unit or more from its exact proportion.
    pub fn split(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let total: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
        if total == 0 {
            return Err(MoneyError::Weights);
        }
        let whole = u128::from(self.amount_minor.unsigned_abs());
        let mut parts: Vec<u128> = Vec::with_capacity(weights.len());
        let mut remainders: Vec<(u128, usize)> = Vec::with_capacity(weights.len());
        for (place, &weight) in weights.iter().enumerate() {
            let exact = whole * u128::from(weight);
            parts.push(exact / total);
            remainders.push((exact % total, place));
        }
        let left = whole - parts.iter().sum::<u128>();
        remainders.sort_by_key(|&(rest, place)| (std::cmp::Reverse(rest), place));
        for &(_, place) in remainders.iter().take(usize::try_from(left).unwrap_or(0)) {
            parts[place] += 1;
        }
        let sign = self.amount_minor.signum();
        let parts = parts.into_iter().map(|part| Self {
            amount_minor: sign * i64::try_from(part).expect("no more than the whole"),
            currency: self.currency,
        });
        Ok(parts.collect())
    }

    fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Currencies(self.currency, other.currency))
        }
    }
}

impl TryFrom<Parts> for Money {
    type Error = MoneyError;
    fn try_from(parts: Parts) -> Result<Self, MoneyError> {
        Self::new(parts.amount_minor, parts.currency)
    }
}

impl From<Money> for Parts {
    fn from(money: Money) -> Self {
        Self {
            amount_minor: money.amount_minor,
            currency: money.currency,
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} minor units of {}", self.amount_minor, self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount_minor, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rng as _, SeededRng};

    fn usd(amount_minor: i64) -> Money {
        Money::new(amount_minor, Currency::USD).expect("within bounds")
    }

    fn rate(basis_points: u32) -> BasisPoints {
        BasisPoints::new(basis_points).expect("a rate")
    }

    #[test]
    fn no_sum_wraps_and_no_currencies_mix() {
        assert_eq!(
            usd(Money::MAX_MINOR).plus(usd(1)),
            Err(MoneyError::TooLarge)
        );
        assert_eq!(
            usd(-Money::MAX_MINOR).minus(usd(1)),
            Err(MoneyError::TooLarge)
        );
        assert_eq!(
            usd(Money::MAX_MINOR).times(u32::MAX),
            Err(MoneyError::TooLarge)
        );
        let euro = Money::zero(Currency::EUR);
        assert_eq!(
            usd(1).plus(euro),
            Err(MoneyError::Currencies(Currency::USD, Currency::EUR))
        );
    }

    #[test]
    fn a_share_is_rounded_once_by_the_rule_that_is_named() {
        for (amount, basis_points, half_even, half_up) in [
            (1_00, 2_000, 20, 20),
            (5, 5_000, 2, 3),
            (7, 5_000, 4, 4),
            (-5, 5_000, -2, -3),
            (-7, 5_000, -4, -4),
            (3, 3_333, 1, 1),
            (-1, 1, 0, 0),
            (Money::MAX_MINOR, 10_000, Money::MAX_MINOR, Money::MAX_MINOR),
        ] {
            let (amount, rate) = (usd(amount), rate(basis_points));
            assert_eq!(amount.share(rate, Rounding::HalfEven), usd(half_even));
            assert_eq!(amount.share(rate, Rounding::HalfUp), usd(half_up));
        }
    }

    #[test]
    fn parts_make_the_whole_and_none_is_a_unit_off() {
        let rng = SeededRng::new(11);
        for _ in 0..2_000 {
            let count = 1 + rng.next_u64() % 7;
            let weights: Vec<u64> = (0..count).map(|_| rng.next_u64() % 1_000).collect();
            let whole = usd(i64::try_from(rng.next_u64() % 2_000_001).expect("small") - 1_000_000);
            let Ok(parts) = whole.split(&weights) else {
                assert!(weights.iter().all(|&weight| weight == 0));
                continue;
            };
            assert_eq!(Money::sum(Currency::USD, parts.iter().copied()), Ok(whole));
            let total: u64 = weights.iter().sum();
            for (part, &weight) in parts.iter().zip(&weights) {
                let exact = i128::from(whole.minor()) * i128::from(weight);
                let off = (i128::from(part.minor()) * i128::from(total) - exact).abs();
                assert!(
                    off < i128::from(total),
                    "{whole:?} by {weights:?}: {parts:?}"
                );
            }
        }
        assert_eq!(
            usd(100).split(&[1, 1, 1]),
            Ok(vec![usd(34), usd(33), usd(33)])
        );
    }

    #[test]
    fn json_that_would_lose_precision_is_refused() {
        let read = |text| serde_json::from_str::<Money>(text);
        assert_eq!(
            read(r#"{"amount_minor":1050,"currency":"USD"}"#).expect("money"),
            usd(1050)
        );
        for bad in [
            r#"{"amount_minor":10.5,"currency":"USD"}"#,
            r#"{"amount_minor":9007199254740992,"currency":"USD"}"#,
            r#"{"amount_minor":"10","currency":"USD"}"#,
            r#"{"amount_minor":10,"currency":"usd"}"#,
            r#"{"amount_minor":10}"#,
            r#"{"amount_minor":10,"currency":"USD","scale":2}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
