//! Request methods.

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// `POST`.
    Post,
    /// `OPTIONS`, which browsers send as a CORS preflight.
    Options,
    /// A method that B2 does not use. A server can refuse it; it cannot be sent.
    Other,
}

impl Method {
    /// Returns the method as HTTP spells it; an empty string for [`Other`](Self::Other).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Options => "OPTIONS",
            Self::Other => "",
        }
    }
}

/// Methods are case-sensitive.
impl From<&str> for Method {
    fn from(text: &str) -> Self {
        match text {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_read_as_they_are_written() {
        for method in [Method::Get, Method::Head, Method::Post, Method::Options] {
            assert_eq!(Method::from(method.as_str()), method);
        }
        for text in ["", "get", "PUT", "DELETE", "GET "] {
            assert_eq!(Method::from(text), Method::Other, "{text}");
        }
    }
}
