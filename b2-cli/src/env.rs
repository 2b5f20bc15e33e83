//! Environment variables.

/// The ID of the application key.
pub(crate) const KEY_ID: &str = "B2_APPLICATION_KEY_ID";

/// The application key.
pub(crate) const KEY: &str = "B2_APPLICATION_KEY";

/// Returns the value of an environment variable, if it is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
