//! The ciphers that upstream knows, in the form that upstream writes: what is put before the value, and the value under
//! the cipher. The key's path is authenticated with the value where the cipher can do so.

use aes::{Aes128, Aes192, Aes256};
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, Nonce};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, StreamCipher};
use poly1305::Poly1305;
use salsa20::XSalsa20;

const GCM_NONCE: usize = 12;
const CBC_IV: usize = 16;
const BOX_NONCE: usize = 24;
const BOX_TAG: usize = 16;

/// Why a value can't be turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CipherError {
    #[error("the stored data was shorter than the required size")]
    Short,
    #[error("the data is not what this key has written")]
    Unauthentic,
}

/// A key with its cipher.
#[derive(Clone)]
pub(super) enum Cipher {
    Gcm(Gcm),
    /// AES-CBC with the padding of PKCS #7; its key is 16, 24 or 32 bytes long.
    Cbc(Box<[u8]>),
    /// NaCl's secret box: XSalsa20 and Poly1305.
    SecretBox(Box<[u8; 32]>),
}

/// AES-GCM by the length of its key.
#[derive(Clone)]
pub(super) enum Gcm {
    Aes128(Box<AesGcm<Aes128, U12>>),
    Aes192(Box<AesGcm<Aes192, U12>>),
    Aes256(Box<AesGcm<Aes256, U12>>),
}

impl Gcm {
    /// None if the key has no length that AES knows.
    pub fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => AesGcm::new_from_slice(key)
                .ok()
                .map(Box::new)
                .map(Self::Aes128),
            24 => AesGcm::new_from_slice(key)
                .ok()
                .map(Box::new)
                .map(Self::Aes192),
            32 => AesGcm::new_from_slice(key)
                .ok()
                .map(Box::new)
                .map(Self::Aes256),
            _ => None,
        }
    }

    fn seal(&self, nonce: &[u8; GCM_NONCE], path: &[u8], value: &[u8]) -> Option<Vec<u8>> {
        let nonce = Nonce::from(*nonce);
        let payload = Payload {
            msg: value,
            aad: path,
        };
        match self {
            Self::Aes128(cipher) => cipher.encrypt(&nonce, payload),
            Self::Aes192(cipher) => cipher.encrypt(&nonce, payload),
            Self::Aes256(cipher) => cipher.encrypt(&nonce, payload),
        }
        .ok()
    }

    fn open(&self, nonce: &[u8; GCM_NONCE], path: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let nonce = Nonce::from(*nonce);
        let payload = Payload {
            msg: sealed,
            aad: path,
        };
        match self {
            Self::Aes128(cipher) => cipher.decrypt(&nonce, payload),
            Self::Aes192(cipher) => cipher.decrypt(&nonce, payload),
            Self::Aes256(cipher) => cipher.decrypt(&nonce, payload),
        }
        .ok()
    }
}

impl Cipher {
    /// The value under the cipher, after `prefix`.
    pub fn seal(&self, prefix: &[u8], path: &str, value: &[u8]) -> Result<Vec<u8>, CipherError> {
        let mut out = Vec::with_capacity(prefix.len() + value.len() + BOX_NONCE + 2 * BOX_TAG);
        out.extend_from_slice(prefix);
        match self {
            Self::Gcm(cipher) => {
                let nonce: [u8; GCM_NONCE] = rand::random();
                let sealed = cipher.seal(&nonce, path.as_bytes(), value);
                out.extend_from_slice(&nonce);
                out.extend_from_slice(&sealed.ok_or(CipherError::Unauthentic)?);
            }
            Self::Cbc(key) => {
                let iv: [u8; CBC_IV] = rand::random();
                let sealed = match key.len() {
                    16 => cbc_seal::<Aes128>(key, &iv, value),
                    24 => cbc_seal::<Aes192>(key, &iv, value),
                    _ => cbc_seal::<Aes256>(key, &iv, value),
                };
                out.extend_from_slice(&iv);
                out.extend_from_slice(&sealed.ok_or(CipherError::Unauthentic)?);
            }
            Self::SecretBox(key) => {
                let nonce: [u8; BOX_NONCE] = rand::random();
                out.extend_from_slice(&nonce);
                out.extend_from_slice(&box_seal(key, &nonce, value));
            }
        }
        Ok(out)
    }

    /// The value of what [`Cipher::seal`] made, without its prefix.
    pub fn open(&self, path: &str, sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
        match self {
            Self::Gcm(cipher) => {
                let (nonce, sealed) = sealed.split_first_chunk().ok_or(CipherError::Short)?;
                cipher.open(nonce, path.as_bytes(), sealed)
            }
            Self::Cbc(key) => {
                let (iv, sealed) = sealed.split_first_chunk().ok_or(CipherError::Short)?;
                match key.len() {
                    16 => cbc_open::<Aes128>(key, iv, sealed),
                    24 => cbc_open::<Aes192>(key, iv, sealed),
                    _ => cbc_open::<Aes256>(key, iv, sealed),
                }
            }
            Self::SecretBox(key) => {
                let (nonce, sealed) = sealed.split_first_chunk().ok_or(CipherError::Short)?;
                box_open(key, nonce, sealed)
            }
        }
        .ok_or(CipherError::Unauthentic)
    }
}

fn cbc_seal<C>(key: &[u8], iv: &[u8; CBC_IV], value: &[u8]) -> Option<Vec<u8>>
where
    cbc::Encryptor<C>: KeyIvInit + BlockModeEncrypt,
    C: cbc::cipher::BlockCipherEncrypt,
{
    let cipher = cbc::Encryptor::<C>::new_from_slices(key, iv).ok()?;
    Some(cipher.encrypt_padded_vec::<Pkcs7>(value))
}

fn cbc_open<C>(key: &[u8], iv: &[u8; CBC_IV], sealed: &[u8]) -> Option<Vec<u8>>
where
    cbc::Decryptor<C>: KeyIvInit + BlockModeDecrypt,
    C: cbc::cipher::BlockCipherDecrypt,
{
    if sealed.is_empty() {
        // Even an empty value has a block of padding.
        return None;
    }
    let cipher = cbc::Decryptor::<C>::new_from_slices(key, iv).ok()?;
    cipher.decrypt_padded_vec::<Pkcs7>(sealed).ok()
}

/// The tag, then the ciphertext: the first block of the key stream is the key of the tag.
fn box_seal(key: &[u8; 32], nonce: &[u8; BOX_NONCE], value: &[u8]) -> Vec<u8> {
    let mut stream = XSalsa20::new(key.into(), nonce.into());
    let mut tag_key = [0; 32];
    stream.apply_keystream(&mut tag_key);
    let mut out = vec![0; BOX_TAG + value.len()];
    let (tag, text) = out.split_at_mut(BOX_TAG);
    text.copy_from_slice(value);
    stream.apply_keystream(text);
    tag.copy_from_slice(&Poly1305::new(&tag_key.into()).compute_unpadded(text));
    out
}

fn box_open(key: &[u8; 32], nonce: &[u8; BOX_NONCE], sealed: &[u8]) -> Option<Vec<u8>> {
    let (tag, text) = sealed.split_first_chunk::<BOX_TAG>()?;
    let mut stream = XSalsa20::new(key.into(), nonce.into());
    let mut tag_key = [0; 32];
    stream.apply_keystream(&mut tag_key);
    let expected = Poly1305::new(&tag_key.into()).compute_unpadded(text);
    let difference = expected
        .iter()
        .zip(tag)
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    if difference != 0 {
        return None;
    }
    let mut value = text.to_vec();
    stream.apply_keystream(&mut value);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(byte).collect()
    }

    fn ciphers() -> Vec<Cipher> {
        let mut all = vec![Cipher::SecretBox(Box::new([7; 32]))];
        for length in [16, 24, 32] {
            let key = vec![length; usize::from(length)];
            all.push(Cipher::Gcm(Gcm::new(&key).unwrap()));
            all.push(Cipher::Cbc(key.into()));
        }
        all
    }

    #[test]
    fn values_come_back_and_changed_ones_do_not() {
        for cipher in ciphers() {
            for value in [&b""[..], b"a", &[9; 16], &[1; 5_000]] {
                let sealed = cipher.seal(b"p:", "/registry/a", value).unwrap();
                let sealed = sealed.strip_prefix(b"p:").unwrap();
                assert_eq!(cipher.open("/registry/a", sealed).unwrap(), value);
                // CBC, which authenticates nothing, would take one block for all there is.
                for length in 0..28 {
                    assert!(cipher.open("/registry/a", &sealed[..length]).is_err());
                }
            }
        }
    }

    #[test]
    fn a_value_under_another_path_is_refused() {
        let cipher = Cipher::Gcm(Gcm::new(&[1; 32]).unwrap());
        let sealed = cipher.seal(b"", "/registry/a", b"value").unwrap();
        assert_eq!(
            cipher.open("/registry/b", &sealed),
            Err(CipherError::Unauthentic)
        );
    }

    /// The example of NaCl's documentation of `crypto_secretbox` (tests/secretbox.c).
    #[test]
    fn the_secret_box_is_that_of_nacl() {
        let key = hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
        let nonce = hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
        let message = hex(
            "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705",
        );
        let expected = hex(
            "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5",
        );
        let sealed = box_seal(
            key.as_slice().try_into().unwrap(),
            nonce.as_slice().try_into().unwrap(),
            &message,
        );
        assert_eq!(sealed, expected);
    }
}
