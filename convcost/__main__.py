"""`python -m convcost`."""

from convcost.cli.main import main

main()
