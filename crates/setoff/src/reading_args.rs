//! The options that say how input files are read, the same for every command that reads them.
