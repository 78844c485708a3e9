"""The conventions, a module for each family of tools; `profilers` lists them."""
