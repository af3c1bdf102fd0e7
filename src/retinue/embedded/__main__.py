"""`python -m retinue.embedded` is `retinue up` without the command line around it, which would only cost memory."""

import sys

from retinue.embedded.supervisor import main

if __name__ == "__main__":
    sys.exit(main())
