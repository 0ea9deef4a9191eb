"""What is done with one untrusted file in a process of its own: run as a folder, with nothing of the portal."""
