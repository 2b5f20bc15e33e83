//! From and to the types of the `http` crate.

use alloc::string::{String, ToString};

use ::http::header::{HeaderMap, HeaderName, HeaderValue};
use ::http::request::Parts;

use super::headers::is_secret;
use super::{Headers, Method, RequestHead, Response};

/// Values that are no UTF-8 are read as well as can be.
impl From<&HeaderMap> for Headers {
    fn from(map: &HeaderMap) -> Self {
        let mut headers = Self::new();
        for (name, value) in map {
            // Both crates refuse the same.
            let _ = headers.push(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
        }
        headers
    }
}

/// Values that grant access are marked as sensitive.
impl From<&Headers> for HeaderMap {
    fn from(headers: &Headers) -> Self {
        let pairs = headers.iter().filter_map(|(name, value)| {
            let mut value = HeaderValue::from_str(value).ok()?;
            value.set_sensitive(is_secret(name));
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        });
        let mut map = Self::new();
        for (name, value) in pairs {
            map.append(name, value);
        }
        map
    }
}

impl From<&Parts> for RequestHead {
    fn from(parts: &Parts) -> Self {
        Self {
            method: Method::from(parts.method.as_str()),
            url: parts.uri.to_string(),
            headers: Headers::from(&parts.headers),
        }
    }
}

impl From<Parts> for RequestHead {
    fn from(parts: Parts) -> Self {
        Self::from(&parts)
    }
}

/// Fails for a URL that is none, and for [`Method::Other`].
impl TryFrom<&RequestHead> for ::http::Request<()> {
    type Error = ::http::Error;

    fn try_from(head: &RequestHead) -> Result<Self, ::http::Error> {
        let builder = Self::builder().method(head.method.as_str()).uri(&head.url);
        let mut request = builder.body(())?;
        *request.headers_mut() = HeaderMap::from(&head.headers);
        Ok(request)
    }
}

impl<B> From<::http::Response<B>> for Response<B> {
    fn from(response: ::http::Response<B>) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status.as_u16(), headers: Headers::from(&parts.headers), body }
    }
}

/// A status that HTTP does not have becomes 500: whoever answers with it has failed.
impl<B> From<Response<B>> for ::http::Response<B> {
    fn from(response: Response<B>) -> Self {
        let status = ::http::StatusCode::from_u16(response.status);
        let mut converted = Self::new(response.body);
        *converted.status_mut() = status.unwrap_or(::http::StatusCode::INTERNAL_SERVER_ERROR);
        *converted.headers_mut() = HeaderMap::from(&response.headers);
        converted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_there_and_back() {
        let mut head = RequestHead::new(Method::Post, "https://h:1/a%20b?c=d");
        head.headers.push("authorization", "the token").unwrap();
        head.headers.push("x-bz-info-color", "r\u{f6}t").unwrap();
        let request = ::http::Request::try_from(&head).unwrap();
        assert_eq!((request.method(), request.uri().query()), (&::http::Method::POST, Some("c=d")));
        assert!(request.headers()["authorization"].is_sensitive());
        assert!(!request.headers()["x-bz-info-color"].is_sensitive());
        assert_eq!(RequestHead::from(request.into_parts().0), head);
    }

    #[test]
    fn what_cannot_be_sent_is_no_request() {
        for head in
            [RequestHead::new(Method::Other, "https://h"), RequestHead::new(Method::Get, "no url")]
        {
            assert!(::http::Request::try_from(&head).is_err(), "{head:?}");
        }
    }

    #[test]
    fn a_response_goes_there_and_back() {
        let mut response = ::http::Response::new("the body");
        let (map, bytes) = (response.headers_mut(), HeaderValue::from_bytes(b"\xff").unwrap());
        map.append("x", HeaderValue::from_static("1"));
        map.append("x", HeaderValue::from_static("2"));
        map.append("y", bytes);
        let read = Response::from(response);
        assert_eq!((read.status, read.body), (200, "the body"));
        assert_eq!(read.headers.as_lines(), "x:1\nx:2\ny:\u{fffd}\n");
        let back = ::http::Response::from(read);
        assert_eq!(back.headers().get_all("x").iter().count(), 2);
        assert_eq!(::http::Response::from(Response::new(0, ())).status(), 500);
    }
}
