//! The connection and the Kapacitor that the server's own environment defines.
