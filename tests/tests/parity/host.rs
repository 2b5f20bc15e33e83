//! A host that wraps another one, like callbacks of b2sdk.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use b2_client::{ClientBuilder, Host, HostError, HostRequest, HostResponse};
use b2_native::proto::ErrorKind;
use b2_native::proto::error::TransportErrorKind;
use b2_native::proto::machine::BodyStyle;
use b2_native::proto::retry::RetryPolicy;
use b2_native::proto::time::{Instant, Timestamp};
use b2_native::{NativeHost, NativeReader, NativeResponseBody, NativeSink, NativeSource};

use crate::{credentials, server};

/// Records each request and the status of its response, and refuses downloads.
#[derive(Clone, Debug)]
struct Watched {
    host: NativeHost,
    seen: Arc<Mutex<Vec<(String, u16)>>>,
}

impl Host for Watched {
    type Source = NativeSource;
    type Reader = NativeReader;
    type Sink = NativeSink;
    type ResponseBody = NativeResponseBody;

    fn body_style(&self) -> BodyStyle {
        self.host.body_style()
    }

    fn now(&self) -> Instant {
        self.host.now()
    }

    fn timestamp(&self) -> Timestamp {
        self.host.timestamp()
    }

    fn seed(&self) -> u64 {
        self.host.seed()
    }

    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + Send {
        self.host.sleep_until(deadline)
    }

    async fn send(
        &self,
        request: HostRequest<NativeSource>,
    ) -> Result<HostResponse<NativeResponseBody>, HostError> {
        let path = request.head.path().to_owned();
        if path.starts_with("/file/") {
            return Err(HostError::new(TransportErrorKind::Policy, "downloads are off"));
        }
        let response = self.host.send(request).await?;
        self.seen.lock().unwrap().push((path, response.response.status));
        Ok(response)
    }
}

#[tokio::test]
async fn a_host_that_wraps_another_sees_and_answers_requests() {
    let server = server().await;
    server.with(|service| service.put_bucket("the-bucket", "allPrivate"));
    let host = Watched { host: NativeHost::new().unwrap(), seen: Arc::default() };
    let seen = host.seen.clone();
    let client = ClientBuilder::new(host)
        .retry(RetryPolicy::default().budget(std::time::Duration::ZERO))
        .credentials(credentials(&server))
        .authorize()
        .await
        .unwrap();
    let bucket = client.bucket("the-bucket").await.unwrap();
    let error = bucket.download("file").head().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PagePolicy);
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "downloads are off");
    let seen = seen.lock().unwrap();
    let calls: Vec<_> = seen.iter().map(|(path, status)| (&path[10..], *status)).collect();
    assert_eq!(calls, [("b2_authorize_account", 200), ("b2_list_buckets", 200)]);
}

#[tokio::test]
async fn a_host_tells_the_time() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let timestamp = NativeHost::new().unwrap().timestamp();
    assert!(u128::from(timestamp.as_millis()) >= now.as_millis());
}
