//! One call as a machine: authorization, the request, the response, retry.
//!
//! [`Call`] runs one operation. Machines that make several calls create them with a `CallFactory`.

mod factory;
mod machine;
mod retry_state;
mod retrying;
mod state;

pub(crate) use factory::CallFactory;
pub use machine::Call;
pub(crate) use retry_state::{RetryDecision, RetryState};
pub use retrying::Retrying;
pub(crate) use state::explain;
