//! Set-ups against an account in memory, and scans of listings.

mod account;
mod scans;
mod setups;
