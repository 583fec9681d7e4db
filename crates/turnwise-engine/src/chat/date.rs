//! `strftime_now` for chat templates that put the date into the prompt.
//!
//! The date is always the same: with a clock, the same command would not be the same run tomorrow. It is the one
//! that Llama's templates fall back on where they have no clock: Friday, 26 July 2024, midnight.

/// The fixed date in this format of `strftime`; what is not known of a format stays as it is.
pub(super) fn strftime_now(format: &str) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, directive)) = rest.split_once('%') {
        out.push_str(before);
        let (plain, directive) = match directive.strip_prefix('-') {
            Some(directive) => (true, directive),
            None => (false, directive),
        };
        let mut letters = directive.chars();
        let Some(letter) = letters.next() else {
            out.push('%');
            return out;
        };
        out.push_str(match letter {
            'd' | 'e' => "26",
            'm' if plain => "7",
            'm' => "07",
            'b' | 'h' => "Jul",
            'B' => "July",
            'Y' => "2024",
            'y' => "24",
            'a' => "Fri",
            'A' => "Friday",
            'j' => "208",
            'H' | 'M' | 'S' if plain => "0",
            'H' | 'M' | 'S' => "00",
            'I' => "12",
            'p' => "AM",
            'F' => "2024-07-26",
            'T' => "00:00:00",
            'D' => "07/26/24",
            'Z' | 'z' => "",
            _ => "%",
        });
        if !"demhbBYyaAjHMSIpFTDZz%".contains(letter) {
            out.push(letter);
        }
        rest = letters.as_str();
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::strftime_now;

    #[test]
    fn the_date_never_changes() {
        let table = [
            ("%d %b %Y", "26 Jul 2024"),
            ("%Y-%m-%d", "2024-07-26"),
            ("%B %d, %Y", "July 26, 2024"),
            ("%A, %-m/%-d at %H:%M %% %q", "Friday, 7/26 at 00:00 % %q"),
            ("no date, 5%", "no date, 5%"),
        ];
        for (format, date) in table {
            assert_eq!(strftime_now(format), date);
        }
    }
}
