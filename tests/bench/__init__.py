"""The measuring instruments, measured: arithmetic, packets, and a caller against a bare echo."""
