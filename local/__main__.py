"""`python -m local`: Ctrl-C ends it quietly from the first moment on."""

import signal
import sys

if __name__ == "__main__":
    # Before everything else is loaded: that takes a second, in which Ctrl-C would show a stack trace.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from local.cli.arguments import main

    sys.exit(main())
