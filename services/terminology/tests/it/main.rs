//! Loading: the rules of the tabular list, files made to do harm, and the release as published.

mod checking;
mod hostile;
mod real_release;
mod scrubbing;
mod tabular;
