"""Ways in: MLLP, HTTP, FHIR, watched folder, SFTP."""
