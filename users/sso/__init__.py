"""Single sign-on: people of a company sign in through their company's own provider."""
