//! Conversions from and to the types of the `http` crate.

use alloc::string::{String, ToString};

use ::http::header::{HeaderMap, HeaderName, HeaderValue};
use ::http::{request, response};

use super::headers::is_secret;
use super::{Headers, Method, RequestHead, Response};

/// Values that are not UTF-8 are converted lossily.
impl From<&HeaderMap> for Headers {
    fn from(map: &HeaderMap) -> Self {
        let mut headers = Self::new();
        for (name, value) in map {
            // Both crates accept the same names and values.
            let _ = headers.push(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
        }
        headers
    }
}

impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        Self::from(&map)
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

impl From<Headers> for HeaderMap {
    fn from(headers: Headers) -> Self {
        Self::from(&headers)
    }
}

impl From<&::http::Method> for Method {
    fn from(method: &::http::Method) -> Self {
        Self::from(method.as_str())
    }
}

/// Fails for [`Method::Other`].
impl TryFrom<Method> for ::http::Method {
    type Error = ::http::Error;

    fn try_from(method: Method) -> Result<Self, ::http::Error> {
        Ok(method.as_str().parse::<Self>()?)
    }
}

impl From<&request::Parts> for RequestHead {
    fn from(parts: &request::Parts) -> Self {
        Self {
            method: Method::from(&parts.method),
            url: parts.uri.to_string(),
            headers: Headers::from(&parts.headers),
        }
    }
}

impl From<request::Parts> for RequestHead {
    fn from(parts: request::Parts) -> Self {
        Self::from(&parts)
    }
}

/// Drops the body.
impl<B> From<::http::Request<B>> for RequestHead {
    fn from(request: ::http::Request<B>) -> Self {
        Self::from(request.into_parts().0)
    }
}

/// Fails for an invalid URL, and for [`Method::Other`].
impl TryFrom<&RequestHead> for ::http::Request<()> {
    type Error = ::http::Error;

    fn try_from(head: &RequestHead) -> Result<Self, ::http::Error> {
        let builder = Self::builder().method(::http::Method::try_from(head.method)?).uri(&head.url);
        let mut request = builder.body(())?;
        *request.headers_mut() = HeaderMap::from(&head.headers);
        Ok(request)
    }
}

/// Fails for an invalid URL, and for [`Method::Other`].
impl TryFrom<RequestHead> for ::http::Request<()> {
    type Error = ::http::Error;

    fn try_from(head: RequestHead) -> Result<Self, ::http::Error> {
        Self::try_from(&head)
    }
}

/// Fails for an invalid URL, and for [`Method::Other`].
impl TryFrom<&RequestHead> for request::Parts {
    type Error = ::http::Error;

    fn try_from(head: &RequestHead) -> Result<Self, ::http::Error> {
        Ok(::http::Request::try_from(head)?.into_parts().0)
    }
}

/// Fails for an invalid URL, and for [`Method::Other`].
impl TryFrom<RequestHead> for request::Parts {
    type Error = ::http::Error;

    fn try_from(head: RequestHead) -> Result<Self, ::http::Error> {
        Self::try_from(&head)
    }
}

impl From<&response::Parts> for Response<()> {
    fn from(parts: &response::Parts) -> Self {
        Self { status: parts.status.as_u16(), headers: Headers::from(&parts.headers), body: () }
    }
}

impl From<response::Parts> for Response<()> {
    fn from(parts: response::Parts) -> Self {
        Self::from(&parts)
    }
}

impl<B> From<::http::Response<B>> for Response<B> {
    fn from(response: ::http::Response<B>) -> Self {
        let (parts, body) = response.into_parts();
        Response::from(parts).map(|()| body)
    }
}

/// Converts a status that is not in 100..1000 to 500.
impl<B> From<Response<B>> for ::http::Response<B> {
    fn from(response: Response<B>) -> Self {
        let status = ::http::StatusCode::from_u16(response.status);
        let mut converted = Self::new(response.body);
        *converted.status_mut() = status.unwrap_or(::http::StatusCode::INTERNAL_SERVER_ERROR);
        *converted.headers_mut() = HeaderMap::from(&response.headers);
        converted
    }
}

impl From<Response<()>> for response::Parts {
    fn from(response: Response<()>) -> Self {
        ::http::Response::from(response).into_parts().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_convert_both_ways() {
        let mut head = RequestHead::new(Method::Post, "https://h:1/a%20b?c=d");
        head.headers.push("authorization", "the token").unwrap();
        head.headers.push("x-bz-info-color", "r\u{f6}t").unwrap();
        let request = ::http::Request::try_from(&head).unwrap();
        assert_eq!((request.method(), request.uri().query()), (&::http::Method::POST, Some("c=d")));
        assert!(request.headers()["authorization"].is_sensitive());
        assert!(!request.headers()["x-bz-info-color"].is_sensitive());
        assert_eq!(RequestHead::from(request), head);
        let parts = request::Parts::try_from(head.clone()).unwrap();
        assert_eq!(RequestHead::from(parts), head);
    }

    #[test]
    fn invalid_requests_do_not_convert() {
        for head in
            [RequestHead::new(Method::Other, "https://h"), RequestHead::new(Method::Get, "no url")]
        {
            assert!(::http::Request::try_from(&head).is_err(), "{head:?}");
            assert!(request::Parts::try_from(head).is_err());
        }
    }

    #[test]
    fn methods_convert_both_ways() {
        for method in [Method::Get, Method::Head, Method::Post, Method::Options] {
            assert_eq!(Method::from(&::http::Method::try_from(method).unwrap()), method);
        }
        assert_eq!(Method::from(&::http::Method::PUT), Method::Other);
    }

    #[test]
    fn responses_convert_both_ways() {
        let mut response = ::http::Response::new("the body");
        let (map, bytes) = (response.headers_mut(), HeaderValue::from_bytes(b"\xff").unwrap());
        map.append("x", HeaderValue::from_static("1"));
        map.append("x", HeaderValue::from_static("2"));
        map.append("y", bytes);
        let read = Response::from(response);
        assert_eq!((read.status, read.body), (200, "the body"));
        let headers: Vec<_> = read.headers.iter().collect();
        assert_eq!(headers, [("x", "1"), ("x", "2"), ("y", "\u{fffd}")]);
        let (head, _) = read.clone().into_parts();
        assert_eq!(Response::from(response::Parts::from(head.clone())), head);
        let back = ::http::Response::from(read);
        assert_eq!(back.headers().get_all("x").iter().count(), 2);
        assert_eq!(::http::Response::from(Response::new(0, ())).status(), 500);
    }
}
