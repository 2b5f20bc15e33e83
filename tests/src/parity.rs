//! From every public name of b2sdk, Backblaze's Python library, to what does the same here.
//!
//! | page | holds |
//! | --- | --- |
//! | [`clients`] | `B2Api`, `B2Session`, `B2Http` |
//! | [`files`] | `Bucket`, `FileVersion`, `DownloadVersion`, enumerations, locks, encryption |
//! | [`transfers`] | sources, streams, downloaders, progress |
//! | [`accounts`] | account info, upload URL pools, caches |
//! | [`errors`] | exceptions |
//! | [`raw_calls`] | the raw API, call by call |
//! | [`sync`] | the synchronizer |
//! | [`simulator`] | the simulator |
//! | [`utilities`] | helpers, and the promises of b2sdk's overview |
//!
//! A row gives the item, with a link, or a reason why there is none: `not needed: …`, or `not built yet: …`.
//! The documentation does not build with a link that leads nowhere, and a test compares the rows with
//! `parity.tsv`, the list of all names.

#![deny(rustdoc::broken_intra_doc_links)]

macro_rules! pages {
    ($($name:ident)+) => {
        $(
            #[doc = include_str!(concat!("parity/", stringify!($name), ".md"))]
            pub mod $name {}
        )+

        /// The Markdown of all pages, by name.
        pub const PAGES: &[(&str, &str)] = &[
            $((stringify!($name), include_str!(concat!("parity/", stringify!($name), ".md"))),)+
        ];
    };
}

pages!(accounts clients errors files raw_calls simulator sync transfers utilities);
