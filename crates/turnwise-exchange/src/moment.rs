//! Dates of RFC 3339 (`2026-08-22T10:11:12.5+02:00`) and seconds since the epoch, as milliseconds since the epoch.

/// Seconds since the epoch as milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "within a few thousand years of today, which is checked")]
pub(crate) fn of_seconds(seconds: f64) -> Option<i64> {
    (seconds.abs() < 1e11).then(|| (seconds * 1e3).round() as i64)
}

/// Milliseconds since the epoch as seconds.
pub(crate) fn to_seconds(ms: i64) -> f64 {
    ms as f64 / 1e3
}

/// Reads a date; one without an offset is taken as UTC.
pub(crate) fn read(text: &str) -> Option<i64> {
    let (date, time) = text.trim().split_once(['T', ' '])?;
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (&time[..at], offset(&time[at..])?),
        None => (time, 0),
    };
    let mut parts = clock.splitn(3, ':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    let second: f64 = parts.next().unwrap_or("0").parse().ok()?;
    let right = (1..=12).contains(&month) && (1..=31).contains(&day) && (0..24).contains(&hour);
    if !right || !(0..60).contains(&minute) || !(0.0..61.0).contains(&second) || !(0..10_000).contains(&year)
    {
        return None;
    }
    let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - offset;
    Some(minutes * 60_000 + of_seconds(second)?)
}

/// Writes a date in UTC.
pub(crate) fn write(ms: i64) -> String {
    let (day, rest) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = date(day);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}+00:00", rest % 1000)
}

/// The minutes that a clock is ahead of UTC.
fn offset(text: &str) -> Option<i64> {
    let sign = match text.chars().next()? {
        'Z' | 'z' => return Some(0),
        '-' => -1,
        _ => 1,
    };
    let digits = text[1..].replace(':', "");
    let (hours, minutes) = (digits.get(..2)?, digits.get(2..).filter(|rest| !rest.is_empty()).unwrap_or("0"));
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?))
}

/// Days from 1970-01-01, by the proleptic Gregorian calendar, whose cycle of 400 years has 146,097 days. Years are
/// counted from March, so that the leap day is a year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (cycle, of_cycle) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    cycle * 146_097 + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year - 719_468
}

/// The date of a day from 1970-01-01.
fn date(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (cycle, of_cycle) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (year + cycle * 400 + i64::from(month <= 2), month, of_year - (153 * march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{read, write};

    #[test]
    fn dates_are_read_as_people_write_them() {
        assert_eq!(read("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(read("2026-08-22T10:11:12.5+02:00"), Some(1_787_386_272_500));
        assert_eq!(read("2026-08-22 08:11:12.500000"), read("2026-08-22T10:11:12.5+02:00"));
        assert_eq!(read("2024-02-29T23:59:59-0100"), Some(1_709_254_799_000));
        for wrong in ["", "yesterday", "2026-13-01T00:00:00", "2026-01-01", "2026-01-01T25:00:00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(write(1_709_254_799_000), "2024-03-01T00:59:59.000+00:00");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(ms in 0_i64..200_000_000_000_000) {
            assert_eq!(read(&write(ms)), Some(ms));
        }
    }
}
