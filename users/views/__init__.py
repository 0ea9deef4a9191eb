"""Pages: signing in, user management, invitations, the own account."""
