"""SCIM 2.0: a company's directory keeps its people in the portal up to date (RFC 7643, RFC 7644)."""
