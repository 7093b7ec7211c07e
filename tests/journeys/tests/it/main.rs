//! Journeys over the real services.

mod doors;
mod journey;
mod trials;
mod worlds;
