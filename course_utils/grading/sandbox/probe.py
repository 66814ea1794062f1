"""Run inside bubblewrap by `bubblewrap.obstacle`: does what a child does, and fails where a child would."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import asdict

from course_utils.grading.jobs import Limits
from course_utils.grading.sandbox.namespaces import Namespaces


def main() -> int:
    """Confine a process as a child is confined; 0 when that worked."""
    confinement = Namespaces(asdict(Limits()))
    confinement.prepare()
    confinement.hand_over()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            confinement.enter()
            confinement.seal()
            library = sysconfig.get_path("stdlib")
            if not os.access(os.path.join(library, "os.py"), os.R_OK):
                raise PermissionError(f"{library} can be read by its owner only: run chmod -R o+rX on it")
            status = 0
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError as error:
        sys.exit(str(error))
