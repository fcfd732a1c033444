"""Who is asking: tokens, certificates, sessions, roles."""
