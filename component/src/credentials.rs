//! What a request's headers say of who asks: the bearer token, wherever it stands, and names in any script.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue, SEC_WEBSOCKET_PROTOCOL};

/// The sub-protocol by which browsers hand a token over, as they cannot set headers; the token follows.
const WEBSOCKET_TOKEN: &str = "base64url.bearer.authorization.k8s.io.";

/// The text of a header. What is no UTF-8 in it is replaced: a name must not be passed over because it is not understood.
pub fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Takes the bearer token out of the headers: of `Authorization: Bearer …`, or of the sub-protocols of a WebSocket.
pub fn take_token(headers: &mut HeaderMap) -> Option<String> {
    if let Some(token) = bearer_token(headers).map(str::to_owned) {
        headers.remove(AUTHORIZATION);
        return Some(token);
    }
    if !headers.contains_key(http::header::UPGRADE) {
        return None;
    }
    let offered: Vec<String> = headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|protocol| protocol.trim().to_owned())
        .collect();
    let encoded = offered
        .iter()
        .find_map(|one| one.strip_prefix(WEBSOCKET_TOKEN))?;
    let token = String::from_utf8(B64.decode(encoded).ok()?).ok()?;
    let rest: Vec<&str> = offered
        .iter()
        .map(String::as_str)
        .filter(|one| !one.starts_with(WEBSOCKET_TOKEN))
        .collect();
    // A server that answers with no protocol that was offered ends the handshake: at least one other must be left.
    if let Some(value) = HeaderValue::from_str(&rest.join(", "))
        .ok()
        .filter(|_| !rest.is_empty())
    {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, value);
    } else {
        return None;
    }
    Some(token)
}

/// The token of `Authorization: Bearer …`.
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_hands_its_token_over_as_a_protocol() {
        let mut headers = HeaderMap::new();
        headers.insert("upgrade", HeaderValue::from_static("websocket"));
        let offered = format!(
            "{WEBSOCKET_TOKEN}{}, v5.channel.k8s.io",
            B64.encode("secret")
        );
        headers.insert(
            SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_str(&offered).unwrap(),
        );
        assert_eq!(take_token(&mut headers).as_deref(), Some("secret"));
        assert_eq!(headers[SEC_WEBSOCKET_PROTOCOL], "v5.channel.k8s.io");
    }

    #[test]
    fn a_token_goes_no_further_than_here() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("bearer  abc "));
        assert_eq!(take_token(&mut headers).as_deref(), Some("abc"));
        assert!(headers.is_empty());
    }
}
