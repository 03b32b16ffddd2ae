"""``python -m lossclass``."""

from lossclass.cli import main

if __name__ == "__main__":
    main()
