"""Pages of single sign-on: there and back, and where a company's connection is set up."""
