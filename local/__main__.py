"""`python -m local`: Ctrl-C ends it quietly from the first moment on."""

import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    # Before everything else is loaded: that takes a second, in which Ctrl-C would show a stack trace.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The demo and `send` use the layer's models. `make` sets PYTHONPATH, but a user's own shell does not.
    sys.path.append(str(Path(__file__).parents[1] / "layers/shared"))
    from local.cli.arguments import main

    sys.exit(main())
