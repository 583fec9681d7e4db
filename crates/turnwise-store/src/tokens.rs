//! Token ids as bytes: LEB128, seven bits a byte, the low ones first. Two bytes for most ids of a small vocabulary.

/// Packs token ids.
pub(crate) fn pack(ids: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ids.len() * 2);
    for &id in ids {
        let mut rest = id;
        while rest >= 0x80 {
            bytes.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        bytes.push(rest.to_le_bytes()[0]);
    }
    bytes
}

/// Unpacks token ids; `None` when the bytes are cut off or no packed ids.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<u32>> {
    let mut ids = Vec::with_capacity(bytes.len() / 2);
    let mut id = 0_u32;
    let mut shift = 0_u32;
    for &byte in bytes {
        let low = u32::from(byte & 0x7f);
        id |= low.checked_shl(shift).filter(|part| part >> shift == low)?;
        shift += 7;
        if byte < 0x80 {
            ids.push(id);
            (id, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(ids)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop::collection::vec, proptest};

    use super::{pack, unpack};

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(ids in vec(any::<u32>(), 0..50)) {
            assert_eq!(unpack(&pack(&ids)), Some(ids));
        }
    }

    #[test]
    fn small_ids_take_two_bytes_and_cut_bytes_are_noticed() {
        assert_eq!(pack(&[1, 300]), [1, 0xac, 2]);
        assert_eq!(unpack(&[0xac]), None);
        assert_eq!(unpack(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
