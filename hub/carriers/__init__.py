"""Ways out: MLLP, HTTP, folder, SFTP."""
