//! Methods.

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// `POST`.
    Post,
    /// `OPTIONS`, by which a browser asks a server whether a page may.
    Options,
    /// One that B2 has no use for. A server can say no to it; it cannot be sent.
    Other,
}

impl Method {
    /// As HTTP writes it; [`Other`](Self::Other) is empty.
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

/// Methods are told apart by case.
impl From<&str> for Method {
    fn from(text: &str) -> Self {
        let known = [Self::Get, Self::Head, Self::Post, Self::Options];
        known.into_iter().find(|method| method.as_str() == text).unwrap_or(Self::Other)
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
