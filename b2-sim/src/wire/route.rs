//! The routes of the service.

use b2_proto::encoding::decode;

/// The API version in the path of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ApiVersion {
    V1 = 1,
    V2,
    V3,
    V4,
}

impl ApiVersion {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "v1" => Some(Self::V1),
            "v2" => Some(Self::V2),
            "v3" => Some(Self::V3),
            "v4" => Some(Self::V4),
            _ => None,
        }
    }

    pub(crate) const fn number(self) -> u8 {
        self as u8
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// A call with JSON in and JSON out.
    Call {
        version: ApiVersion,
        operation: String,
    },
    /// An upload URL of a bucket; `pod` distinguishes URLs.
    UploadFile {
        bucket_id: String,
        pod: String,
    },
    /// An upload URL of an unfinished large file.
    UploadPart {
        file_id: String,
        pod: String,
    },
    DownloadByName {
        bucket_name: String,
        file_name: String,
    },
    DownloadById {
        version: ApiVersion,
    },
    Unknown,
}

impl Route {
    pub(crate) fn of(path: &str) -> Self {
        if let Some(rest) = path.strip_prefix("/file/") {
            let (bucket, name) = rest.split_once('/').unwrap_or((rest, ""));
            return Self::DownloadByName { bucket_name: decode(bucket), file_name: decode(name) };
        }
        let mut segments = path.strip_prefix("/b2api/").unwrap_or("").split('/');
        let version = segments.next().and_then(ApiVersion::parse);
        let (Some(version), Some(operation)) = (version, segments.next()) else {
            return Self::Unknown;
        };
        let rest = (segments.next(), segments.next(), segments.next());
        match (operation, rest) {
            ("b2_upload_file", (Some(bucket), Some(pod), None)) => {
                Self::UploadFile { bucket_id: decode(bucket), pod: decode(pod) }
            }
            ("b2_upload_part", (Some(file), Some(pod), None)) => {
                Self::UploadPart { file_id: decode(file), pod: decode(pod) }
            }
            ("b2_download_file_by_id", (None, ..)) => Self::DownloadById { version },
            (operation, (None, ..)) => Self::Call { version, operation: operation.to_owned() },
            _ => Self::Unknown,
        }
    }

    /// Returns B2's name of the call, for the log and for CORS rules.
    pub(crate) fn operation(&self) -> &str {
        match self {
            Self::Call { operation, .. } => operation,
            Self::UploadFile { .. } => "b2_upload_file",
            Self::UploadPart { .. } => "b2_upload_part",
            Self::DownloadByName { .. } => "b2_download_file_by_name",
            Self::DownloadById { .. } => "b2_download_file_by_id",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_parsed() {
        assert_eq!(
            Route::of("/b2api/v3/b2_list_buckets"),
            Route::Call { version: ApiVersion::V3, operation: "b2_list_buckets".to_owned() }
        );
        assert_eq!(
            Route::of("/file/photos/a%20b/c+d%2Fe"),
            Route::DownloadByName {
                bucket_name: "photos".to_owned(),
                file_name: "a b/c d/e".to_owned()
            }
        );
        assert_eq!(
            Route::of("/b2api/v4/b2_upload_part/4_z_f/c001_v1_t1"),
            Route::UploadPart { file_id: "4_z_f".to_owned(), pod: "c001_v1_t1".to_owned() }
        );
        for path in ["/", "/b2api/v9/b2_list_buckets", "/b2api/v4", "/b2api/v4/a/b"] {
            assert_eq!(Route::of(path), Route::Unknown, "{path}");
        }
    }
}
