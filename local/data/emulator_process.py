"""The emulator's own process: MiniStack, which ends together with the stack that started it.

Run as a script by the interpreter of the data plane's environment; its standard input is a pipe held by the stack.
"""

import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from ministack.app import main  # type: ignore[import-not-found,unused-ignore]  # in its own environment


def _end_with_the_stack() -> None:
    sys.stdin.buffer.read()  # returns when the stack has closed the pipe, or its process has ended
    if "STATE_DIR" in os.environ:
        os.kill(os.getpid(), signal.SIGTERM)  # MiniStack writes its state and returns from main()
    else:
        _leave()


def _leave() -> None:
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)  # a folder of its own
    os._exit(0)


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))  # last, so that no module here hides one of MiniStack's
    import ministack_patches  # type: ignore[import-not-found,unused-ignore]  # in its own environment

    ministack_patches.apply()
    threading.Thread(target=_end_with_the_stack, daemon=True).start()
    main()
    _leave()
