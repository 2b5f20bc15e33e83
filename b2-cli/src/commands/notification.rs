//! `b2 bucket notification-rule`: event notification rules of a bucket.

use b2_native::Bucket;
use b2_proto::model::{CustomHeader, EventType, NotificationRule};
use b2_proto::secret::Secret;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{python_repr, readable};
use crate::uri::B2Uri;

/// The subcommands of `b2 bucket notification-rule`.
#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// List the notification rules of a bucket
    List {
        /// b2://BUCKET, or b2://BUCKET/PREFIX for the rules of names that start with the prefix
        uri: B2Uri,
    },
    /// Create a notification rule
    Create(Create),
    /// Change a notification rule
    Update(Update),
    /// Enable a notification rule
    Enable(Named),
    /// Disable a notification rule
    Disable(Named),
    /// Delete a notification rule
    Delete(Named),
}

/// A bucket and the name of a rule.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// b2://BUCKET
    uri: B2Uri,
    /// The name of the rule
    #[arg(value_name = "RULE")]
    rule: String,
}

/// The arguments of `b2 bucket notification-rule create`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  b2 bucket notification-rule create b2://my-photos/incoming/ uploads \\
      --event-type 'b2:ObjectCreated:*' --webhook-url https://example.com/hook")]
pub(crate) struct Create {
    /// b2://BUCKET, or b2://BUCKET/PREFIX for names that start with the prefix
    uri: B2Uri,
    /// The name of the rule
    #[arg(value_name = "RULE")]
    rule: String,
    /// The events, such as b2:ObjectCreated:*; may be given several times
    #[arg(long, value_name = "EVENT", required = true)]
    event_type: Vec<String>,
    /// The URL that receives the notifications
    #[arg(long, value_name = "URL")]
    webhook_url: String,
    #[command(flatten)]
    fields: Fields,
}

/// The arguments of `b2 bucket notification-rule update`.
#[derive(Args, Debug)]
#[command(
    after_help = "The prefix of the names becomes the path of the URI. What is not given stays as it is."
)]
pub(crate) struct Update {
    /// b2://BUCKET, or b2://BUCKET/PREFIX for names that start with the prefix
    uri: B2Uri,
    /// The name of the rule
    #[arg(value_name = "RULE")]
    rule: String,
    /// The events, such as b2:ObjectCreated:*; may be given several times
    #[arg(long, value_name = "EVENT")]
    event_type: Vec<String>,
    /// The URL that receives the notifications
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

/// The optional fields of a rule.
#[derive(Args, Debug)]
struct Fields {
    /// The secret that signs the notifications: 32 ASCII letters and digits
    #[arg(long, value_name = "SECRET", value_parser = signing_secret)]
    sign_secret: Option<Secret>,
    /// A header of the notifications; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = header)]
    custom_header: Vec<CustomHeader>,
    /// Enable the rule
    #[arg(long, overrides_with = "disable")]
    enable: bool,
    /// Disable the rule
    #[arg(long, overrides_with = "enable")]
    disable: bool,
}

fn signing_secret(text: &str) -> Result<Secret, String> {
    if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(Secret::new(text))
    } else {
        Err("the secret has to be exactly 32 alphanumeric characters".to_owned())
    }
}

/// Parses `NAME=VALUE`. Without a value, it is empty, as in Backblaze's tool.
#[expect(clippy::unnecessary_wraps, reason = "a value parser")]
fn header(text: &str) -> Result<CustomHeader, String> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    Ok(CustomHeader { name: name.to_owned(), value: Secret::new(value) })
}

impl Fields {
    fn apply(self, rule: &mut NotificationRule) {
        if self.enable || self.disable {
            rule.is_enabled = self.enable;
        }
        let target = &mut rule.target_configuration;
        if self.sign_secret.is_some() {
            target.hmac_sha256_signing_secret = self.sign_secret;
        }
        if !self.custom_header.is_empty() {
            target.custom_headers = Some(self.custom_header);
        }
    }
}

impl Rules {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::List { uri } => list(context, uri).await,
            Self::Create(create) => create.run(context).await,
            Self::Update(Update { uri, rule, event_type, webhook_url, fields }) => {
                let (bucket, prefix) = bucket_and_prefix(uri)?;
                change(context, &bucket, &rule, |rule| {
                    rule.object_name_prefix = prefix;
                    if !event_type.is_empty() {
                        rule.event_types = events(event_type);
                    }
                    if let Some(url) = webhook_url {
                        rule.target_configuration.url = url;
                    }
                    fields.apply(rule);
                })
                .await
            }
            Self::Enable(Named { uri, rule }) => {
                let (bucket, _) = bucket_and_prefix(uri)?;
                change(context, &bucket, &rule, |rule| rule.is_enabled = true).await
            }
            Self::Disable(Named { uri, rule }) => {
                let (bucket, _) = bucket_and_prefix(uri)?;
                change(context, &bucket, &rule, |rule| rule.is_enabled = false).await
            }
            Self::Delete(named) => delete(context, named).await,
        }
    }
}

async fn list(context: &Context, uri: B2Uri) -> Result<(), CliError> {
    let shown = uri.to_string();
    let (bucket, prefix) = bucket_and_prefix(uri)?;
    let mut rules = context.bucket(&bucket).await?.get_notification_rules().await?;
    rules.retain(|rule| rule.object_name_prefix.starts_with(&prefix));
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    let json: Value = rules.iter().map(AsDict::as_dict).collect();
    let output = &context.output;
    if output.is_json() {
        output.json(&json)
    } else if rules.is_empty() {
        output.line(format!("No notification rules for {shown}"))
    } else {
        output.line(format!("Notification rules for {shown} :"))?;
        output.line(readable(&json))
    }
}

impl Create {
    async fn run(self, context: &Context) -> Result<(), CliError> {
        let (bucket, prefix) = bucket_and_prefix(self.uri)?;
        let bucket = context.bucket(&bucket).await?;
        let mut rules = bucket.get_notification_rules().await?;
        if rules.iter().any(|rule| rule.name == self.rule) {
            return Err(CliError::message(format!(
                "rule with name {} already exists on bucket {}",
                python_repr(&self.rule),
                python_repr(bucket.name())
            )));
        }
        let mut rule =
            NotificationRule::new(&*self.rule, events(self.event_type), self.webhook_url);
        rule.object_name_prefix = prefix;
        self.fields.apply(&mut rule);
        rules.push(rule);
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        set(context, &bucket, rules, &self.rule).await
    }
}

/// Changes the rule with this name, and prints it.
async fn change(
    context: &Context,
    bucket: &str,
    name: &str,
    change: impl FnOnce(&mut NotificationRule),
) -> Result<(), CliError> {
    let bucket = context.bucket(bucket).await?;
    let mut rules = bucket.get_notification_rules().await?;
    let Some(rule) = rules.iter_mut().find(|rule| rule.name == name) else {
        return Err(CliError::message(format!(
            "rule with name {} does not exist on bucket {}, available rules: {}",
            python_repr(name),
            python_repr(bucket.name()),
            names(&rules)
        )));
    };
    change(rule);
    set(context, &bucket, rules, name).await
}

/// Replaces the rules of a bucket, and prints the one with this name as B2 has stored it.
async fn set(
    context: &Context,
    bucket: &Bucket,
    rules: Vec<NotificationRule>,
    name: &str,
) -> Result<(), CliError> {
    NotificationRule::check_all(&rules)?;
    let stored = bucket.set_notification_rules(rules).await?;
    let rule = stored.iter().find(|rule| rule.name == name);
    let json = rule.map_or_else(|| json!({}), AsDict::as_dict);
    if context.output.is_json() {
        context.output.json(&json)
    } else {
        context.output.line(readable(&json))
    }
}

async fn delete(context: &Context, Named { uri, rule: name }: Named) -> Result<(), CliError> {
    let shown = uri.to_string();
    let (bucket, _) = bucket_and_prefix(uri)?;
    let bucket = context.bucket(&bucket).await?;
    let mut rules = bucket.get_notification_rules().await?;
    let before = rules.len();
    let available = names(&rules);
    rules.retain(|rule| rule.name != name);
    if rules.len() == before {
        return Err(CliError::message(format!(
            "no such rule to delete: {}, available rules: {available}; No rules have been deleted.",
            python_repr(&name)
        )));
    }
    bucket.set_notification_rules(rules).await?;
    context.output.line(format!("Rule {} has been deleted from {shown}", python_repr(&name)))
}

fn events(names: Vec<String>) -> Vec<EventType> {
    names.into_iter().map(|name| EventType::from(name.as_str())).collect()
}

/// Returns the names of rules as Python prints a list.
fn names(rules: &[NotificationRule]) -> String {
    let mut names: Vec<_> = rules.iter().map(|rule| python_repr(&rule.name)).collect();
    names.sort();
    format!("[{}]", names.join(", "))
}

fn bucket_and_prefix(uri: B2Uri) -> Result<(String, String), CliError> {
    match uri {
        B2Uri::Path { bucket, path } => Ok((bucket, path)),
        other => Err(CliError::usage(format!("'{other}' is not a bucket; write b2://BUCKET"))),
    }
}
