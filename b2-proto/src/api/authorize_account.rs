//! `b2_authorize_account`: exchanges an application key for a token.

use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU64;
use core::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{API_PATH, Endpoint, Idempotency, JSON, Operation, push_token, put, read_json};
use crate::account::{
    Allowed, AllowedBucket, Authorization, UploadLimits, check_url, realm_url, without_slash,
};
use crate::encoding::null_as_default;
use crate::error::{Error, ErrorKind, Target};
use crate::http::names::ACCEPT;
use crate::http::{Method, RequestHead};
use crate::machine::{Body, Reply, ReplyPlan, Request};
use crate::model::{AccountId, ApplicationKeyId, Capability};
use crate::secret::Secret;
use crate::time::Timestamp;

const NAME: &str = "b2_authorize_account";
const MAX_ANSWER: u64 = 4 << 20;
const IDLE_TIMEOUT: Duration = Duration::from_secs(128);

/// `b2_authorize_account`: requests an [`Authorization`] from the realm.
///
/// It needs no authorization and is sent to the realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizeAccount {
    /// `production`, `dev`, `staging`, or the URL of a realm.
    pub realm: String,
    /// The id of the application key.
    pub application_key_id: ApplicationKeyId,
    /// The application key.
    pub application_key: Secret,
}

impl Operation for AuthorizeAccount {
    fn name(&self) -> &'static str {
        NAME
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::Idempotent
    }

    fn target(&self) -> Target {
        Target::Authorize
    }

    fn needs_authorization(&self) -> bool {
        false
    }

    fn request(&self, _authorization: Option<&Authorization>) -> Result<Request, Error> {
        let id = self.application_key_id.as_str().trim();
        let key = self.application_key.expose().trim();
        let problem = match (id, key) {
            ("", _) => Some("the application key id is empty"),
            (_, "") => Some("the application key is empty"),
            _ if id.contains(':') => {
                Some("an application key id has no colon; give the id and the key apart")
            }
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(Error::new(ErrorKind::InvalidInput, problem).with_operation(NAME));
        }
        let url = realm_url(&self.realm).map_err(|error| error.with_operation(NAME))?;
        let basic = Secret::new(format!("Basic {}", basic(id, key)));
        let mut head = RequestHead::new(Method::Get, format!("{url}{API_PATH}/{NAME}"));
        push_token(&mut head.headers, &basic)?;
        put(&mut head.headers, ACCEPT, JSON)?;
        Ok(Request {
            head,
            body: Body::Empty,
            reply: ReplyPlan::Collect { limit: MAX_ANSWER },
            idle_timeout: IDLE_TIMEOUT,
        })
    }
}

impl Endpoint for AuthorizeAccount {
    type Response = Authorization;

    fn response(&self, reply: &Reply) -> Result<Authorization, Error> {
        let response = read_json::<AuthorizationJson>(Target::Authorize, reply);
        response.map(Authorization::from).map_err(|error| {
            let error = error.without_secret(&self.application_key);
            let (id, key) = (self.application_key_id.as_str(), self.application_key.expose());
            let basic = Secret::new(basic(id.trim(), key.trim()));
            let error = error.without_secret(&basic).with_operation(NAME);
            error.with_subject(self.application_key_id.as_str())
        })
    }
}

fn basic(id: &str, key: &str) -> String {
    STANDARD.encode(format!("{id}:{key}"))
}

/// The response, as B2 nests it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationJson {
    account_id: AccountId,
    authorization_token: Secret,
    api_info: ApiInfo,
    application_key_expiration_timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiInfo {
    storage_api: StorageApi,
    /// Only a gateway has it.
    gateway: Option<GatewayInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StorageApi {
    api_url: ApiUrl,
    download_url: ApiUrl,
    #[serde(default, deserialize_with = "null_as_default")]
    s3_api_url: String,
    recommended_part_size: NonZeroU64,
    absolute_minimum_part_size: NonZeroU64,
    allowed: AllowedJson,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AllowedJson {
    capabilities: Vec<Capability>,
    buckets: Option<Vec<AllowedBucket>>,
    name_prefix: Option<String>,
}

#[derive(Deserialize)]
struct GatewayInfo {
    uploads: Option<UploadLimits>,
}

/// An `http` or `https` URL, without a slash at the end.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct ApiUrl(String);

impl TryFrom<String> for ApiUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        check_url(&text).map(|url| Self(without_slash(url))).ok_or("it is not a URL")
    }
}

impl From<AuthorizationJson> for Authorization {
    fn from(json: AuthorizationJson) -> Self {
        let ApiInfo { storage_api: storage, gateway } = json.api_info;
        Self {
            account_id: json.account_id,
            token: json.authorization_token,
            api_url: storage.api_url.0,
            download_url: storage.download_url.0,
            s3_api_url: without_slash(&storage.s3_api_url),
            recommended_part_size: storage.recommended_part_size.get(),
            absolute_minimum_part_size: storage.absolute_minimum_part_size.get(),
            allowed: Allowed {
                capabilities: storage.allowed.capabilities,
                buckets: storage.allowed.buckets,
                name_prefix: storage.allowed.name_prefix,
                uploads: gateway.and_then(|gateway| gateway.uploads),
            },
            key_expiration: json.application_key_expiration_timestamp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::test::reply;

    fn call(realm: &str) -> AuthorizeAccount {
        AuthorizeAccount {
            realm: realm.to_owned(),
            application_key_id: "id".into(),
            application_key: "key".into(),
        }
    }

    fn answer() -> serde_json::Value {
        serde_json::json!({
            "accountId": "acc", "authorizationToken": "tok", "applicationKeyExpirationTimestamp": null,
            "apiInfo": {
                "groupsApi": {},
                "storageApi": {
                    "apiUrl": "https://api001.example.com/", "downloadUrl": "https://f001.example.com",
                    "s3ApiUrl": "https://s3.example.com", "infoType": "storageApi",
                    "recommendedPartSize": 100_000_000, "absoluteMinimumPartSize": 5_000_000,
                    "allowed": {
                        "buckets": [{"id": "b1", "name": "photos"}, {"id": "b2", "name": null}],
                        "capabilities": ["listFiles", "readTheMind"], "namePrefix": null,
                    },
                },
            },
        })
    }

    #[test]
    fn asks_the_realm() {
        for (realm, url) in [
            ("production", "https://api.backblazeb2.com"),
            ("staging", "https://api.backblaze.net"),
            ("dev", "http://api.backblazeb2.xyz:8180"),
            ("http://127.0.0.1:9000//", "http://127.0.0.1:9000"),
            ("https://example.com/gateway/", "https://example.com/gateway"),
        ] {
            let request = call(realm).request(None).unwrap();
            assert_eq!(request.head.url, format!("{url}/b2api/v4/b2_authorize_account"));
            assert_eq!(request.head.method, Method::Get);
            assert_eq!(request.head.headers.get("authorization"), Some("Basic aWQ6a2V5"));
            assert!(!format!("{request:?}").contains("aWQ6a2V5"));
        }
    }

    #[test]
    fn refuses_what_cannot_be_asked() {
        for realm in
            ["", "prod", "api.backblazeb2.com", "ftp://x", "https://", "http://a b", "https://x/?q"]
        {
            assert_eq!(
                call(realm).request(None).unwrap_err().kind(),
                ErrorKind::InvalidInput,
                "{realm}"
            );
        }
        for (id, key) in [("", "key"), ("id", " \n"), ("id:key", "key")] {
            let call = AuthorizeAccount {
                application_key_id: id.into(),
                application_key: key.into(),
                ..call("dev")
            };
            assert_eq!(call.request(None).unwrap_err().kind(), ErrorKind::InvalidInput, "{id}");
        }
    }

    #[test]
    fn reads_the_answer() {
        let authorization = call("dev").response(&reply(200, &answer())).unwrap();
        assert_eq!(authorization.account_id.as_str(), "acc");
        assert_eq!(authorization.api_url, "https://api001.example.com");
        assert_eq!(authorization.allowed.restricted_to().len(), 2);
        assert_eq!(authorization.allowed.capabilities[1].as_str(), "readTheMind");
        authorization.require(&Capability::LIST_FILES).unwrap();
        assert_eq!(authorization.allowed.uploads, None);
    }

    #[test]
    fn reads_the_limits_that_a_gateway_announces() {
        let mut answer = answer();
        answer["apiInfo"]["gateway"] = serde_json::json!({
            "uploads": { "maxBytes": 7, "contentTypes": ["image/*"], "new": [1.5] }, "new": null,
        });
        let authorization = call("dev").response(&reply(200, &answer)).unwrap();
        assert_eq!(authorization.allowed.uploads, Some(UploadLimits::new(7, ["image/*"])));
        for none in
            [serde_json::json!({}), serde_json::json!({ "uploads": null }), serde_json::Value::Null]
        {
            answer["apiInfo"]["gateway"] = none;
            let authorization = call("dev").response(&reply(200, &answer)).unwrap();
            assert_eq!(authorization.allowed.uploads, None);
        }
        answer["apiInfo"]["gateway"] = serde_json::json!({ "uploads": { "maxBytes": "7" } });
        let error = call("dev").response(&reply(200, &answer)).unwrap_err();
        assert!(error.message().contains("`apiInfo.gateway.uploads.maxBytes`"), "{error}");
    }

    #[test]
    fn names_what_is_missing() {
        for field in
            ["apiUrl", "downloadUrl", "recommendedPartSize", "absoluteMinimumPartSize", "allowed"]
        {
            let mut answer = answer();
            answer["apiInfo"]["storageApi"].as_object_mut().unwrap().remove(field);
            let error = call("dev").response(&reply(200, &answer)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidResponse);
            assert!(error.to_string().contains(field), "{error}");
        }
        let mut answer = answer();
        answer["apiInfo"]["storageApi"]["recommendedPartSize"] = 0.into();
        let error = call("dev").response(&reply(200, &answer)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        answer["apiInfo"]["storageApi"]["apiUrl"] = "example.com".into();
        let error = call("dev").response(&reply(200, &answer)).unwrap_err();
        assert!(error.message().contains("`apiInfo.storageApi.apiUrl`: it is not a URL"));
    }

    #[test]
    fn says_that_the_key_is_wrong() {
        let body = serde_json::json!({"status": 401, "code": "unauthorized", "message": ""});
        let error = call("dev").response(&reply(401, &body)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongKey);
        assert_eq!(error.operation(), Some("b2_authorize_account"));
    }
}
