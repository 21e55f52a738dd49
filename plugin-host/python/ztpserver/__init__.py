"""Stands in for the package of the original ZTPServer, as far as resource plugins may import it."""
