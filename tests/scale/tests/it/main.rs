//! Rows that were made up, on a real server, and the programs.

mod load;
mod programs;
