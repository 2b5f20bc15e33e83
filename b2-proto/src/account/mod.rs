//! .
/// .
#[derive(Debug)]
pub struct Authorization;
