//! The origin of the page: its static files and its configuration.

use std::path::PathBuf;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::routing::get;
use serde_json::json;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{BUCKET, PREFIX};

/// The folders of the page's files.
pub(crate) struct Files {
    pub(crate) page: PathBuf,
    pub(crate) package: PathBuf,
    pub(crate) allow_wasm: bool,
}

/// Serves the page, and the visitor's credential in `config.json`.
pub(crate) fn router(files: Files, b2: &str, gateway: &str, session: &str) -> Router {
    let config = json!({
        "realm": gateway,
        "bucket": BUCKET,
        "prefix": PREFIX,
        "credential": session,
    });
    let headers = [
        (CONTENT_SECURITY_POLICY, policy(b2, gateway, files.allow_wasm)),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (HeaderName::from_static("referrer-policy"), "no-referrer".to_owned()),
    ];
    let router = Router::new()
        .route(
            "/config.json",
            get(async move || ([(CONTENT_TYPE, "application/json")], config.to_string())),
        )
        .nest_service("/b2-wasm", ServeDir::new(files.package))
        .fallback_service(ServeDir::new(files.page));
    headers.into_iter().fold(router, |router, (name, value)| {
        let value = HeaderValue::try_from(value).ok();
        router.layer(SetResponseHeaderLayer::overriding(name, move |_: &_| value.clone()))
    })
}

/// Returns the content security policy: no inline code, no other origins but those of B2 and the gateway.
fn policy(b2: &str, gateway: &str, allow_wasm: bool) -> String {
    let scripts = if allow_wasm { "'self' 'wasm-unsafe-eval'" } else { "'self'" };
    [
        "default-src 'none'",
        &format!("script-src {scripts}"),
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        &format!("connect-src 'self' {gateway} {b2}"),
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    .join("; ")
}
