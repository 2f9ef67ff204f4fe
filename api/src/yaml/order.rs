//! go-yaml's order of keys: numbers inside them by value, letters after everything else.
//!
//! It is no total order (`a1b` < `a9` < `a10` < `a1b`), so it must not be handed to the standard library's
//! sort, which may panic on such; short lists are sorted by insertion, as Go does, to agree on those too.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// Go sorts up to this many by insertion.
const INSERTION: usize = 12;

/// The fields in the order in which they are written.
pub(super) fn sorted(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    if fields.keys().all(|key| is_word(key)) {
        // Between words of letters the order is that of their bytes.
        let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
        fields.sort_unstable_by_key(|(key, _)| *key);
        return fields;
    }
    let mut fields: Vec<Field<'_>> = fields.iter().map(Field::new).collect();
    if fields.len() <= INSERTION {
        for end in 1..fields.len() {
            for at in (1..=end).rev() {
                if compare(&fields[at].chars, &fields[at - 1].chars) != Ordering::Less {
                    break;
                }
                fields.swap(at, at - 1);
            }
        }
    } else {
        fields = merge_sorted(fields);
    }
    fields.into_iter().map(|field| field.entry).collect()
}

fn is_word(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_alphabetic())
}

struct Field<'a> {
    entry: (&'a String, &'a Value),
    /// Of the key.
    chars: Vec<char>,
}

impl<'a> Field<'a> {
    fn new(entry: (&'a String, &'a Value)) -> Self {
        let chars = entry.0.chars().collect();
        Self { entry, chars }
    }
}

fn merge_sorted(mut fields: Vec<Field<'_>>) -> Vec<Field<'_>> {
    if fields.len() < 2 {
        return fields;
    }
    let right = merge_sorted(fields.split_off(fields.len() / 2));
    let left = merge_sorted(fields);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(l), Some(r)) = (left.peek(), right.peek()) {
        let from = if compare(&r.chars, &l.chars) == Ordering::Less {
            &mut right
        } else {
            &mut left
        };
        merged.extend(from.next());
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

fn compare(left: &[char], right: &[char]) -> Ordering {
    let Some(at) = left.iter().zip(right).position(|(a, b)| a != b) else {
        return left.len().cmp(&right.len());
    };
    let (a, b) = (left[at], right[at]);
    match (a.is_alphabetic(), b.is_alphabetic()) {
        (true, true) => return a.cmp(&b),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // Zeros inside a longer number count as digits of it, leading zeros do not.
    let inside = (a == '0' || b == '0')
        && left[..at]
            .iter()
            .rev()
            .take_while(|c| c.is_numeric())
            .any(|c| *c != '0');
    let (a_number, a_end) = number_at(left, at, inside);
    let (b_number, b_end) = number_at(right, at, inside);
    a_number
        .cmp(&b_number)
        .then(a_end.cmp(&b_end))
        .then(a.cmp(&b))
}

fn number_at(chars: &[char], at: usize, inside: bool) -> (i64, usize) {
    let mut number = i64::from(inside);
    let mut end = at;
    while let Some(digit) = chars.get(end).filter(|c| c.is_ascii_digit()) {
        number = number
            .wrapping_mul(10)
            .wrapping_add(i64::from(*digit as u32 - '0' as u32));
        end += 1;
    }
    (number, end)
}
