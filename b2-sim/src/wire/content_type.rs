//! The content types of `b2/x-auto`.

const AUTO: &str = "b2/x-auto";

/// Returns the content type, or for `b2/x-auto` the type of the name's extension.
pub(crate) fn resolve_content_type(content_type: &str, file_name: &str) -> String {
    if content_type != AUTO {
        return content_type.to_owned();
    }
    let extension = file_name.rsplit('/').next().and_then(|name| name.rsplit_once('.'));
    let extension = extension.map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref().unwrap_or_default() {
        "css" => "text/css",
        "csv" => "text/csv",
        "gif" => "image/gif",
        "gz" => "application/x-gzip",
        "htm" | "html" => "text/html",
        "jpeg" | "jpg" => "image/jpeg",
        "js" => "application/javascript",
        "json" => "application/json",
        "m4a" => "audio/mp4",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "tar" => "application/x-tar",
        "txt" | "text" | "log" => "text/plain",
        "wasm" => "application/wasm",
        "webm" => "video/webm",
        "webp" => "image/webp",
        "xml" => "text/xml",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides() {
        assert_eq!(resolve_content_type("b2/x-auto", "a/b.TXT"), "text/plain");
        assert_eq!(resolve_content_type("b2/x-auto", "a.txt/b"), "application/octet-stream");
        assert_eq!(resolve_content_type("x/y", "b.txt"), "x/y");
    }
}
