"""``python -m tfk_ext``."""

import sys

from tfk_ext.cli import main

if __name__ == "__main__":
    sys.exit(main())
