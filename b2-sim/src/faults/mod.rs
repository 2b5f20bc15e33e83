//! What goes wrong, by a seed.
