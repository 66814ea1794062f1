"""nbgrader's exchange, through our intake: times that a student cannot set, feedback that only its owner can read.

c.ExchangeFactory.collect = "course_utils.grading.exchange.Collect"
c.ExchangeFactory.release_feedback = "course_utils.grading.exchange.ReleaseFeedback"
"""

from __future__ import annotations

import datetime
import glob
import os
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash
from traitlets import Bool

from course_utils.grading.intake.placing import TIMESTAMP, stamp
from course_utils.grading.owned import make_owned
from course_utils.grading.reading import read_submission

#: A submission's own time may be so much before that of its files: copying them takes a moment.
_COPYING = datetime.timedelta(minutes=2)


class Collect(ExchangeCollect):
    """`nbgrader collect`, which takes the time of a submission from the file system and not from its student.

    In the exchange, a student writes both the name of the folder, which has the time in it, and the files. The system
    alone sets when a file was last changed in any way, and that is what counts. Regular files alone are taken.
    """

    believe_times = Bool(
        False,
        help="Take the times that students' own processes wrote: after the exchange was restored from a copy, for then "
        "the system's times are those of the restoring.",
    ).tag(config=True)

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy what one student handed in, and write when it came."""
        record = self._path_to_record(src)
        taken = read_submission(Path(src).parent, (Path(src).name,), tuple(self.coursedir.ignore))
        for sentence in (*taken.flags, *filter(None, [taken.unreadable])):
            self.log.warning("%s: %s", src, sentence)
        target = make_owned(Path(dest))
        for name, content in {**taken.notebooks, **taken.files}.items():
            path = target / name
            make_owned(path.parent)
            path.write_bytes(content)
        came = record["timestamp"].replace(tzinfo=datetime.UTC)
        (target / TIMESTAMP).write_text(stamp(came), encoding="utf-8")

    def _path_to_record(self, path: str) -> dict[str, Any]:
        record = super()._path_to_record(path)
        if self.believe_times:
            return record
        changed = _last_change(Path(path))
        if changed is None:
            return record
        said = record["timestamp"]
        if abs(changed - said) > _COPYING:
            self.log.warning(
                "%s says that it was submitted at %s; its files were last changed at %s UTC, and that counts",
                *(path, said, changed),
            )
            record["timestamp"] = changed
        return record


class ReleaseFeedback(ExchangeReleaseFeedback):
    """`nbgrader release_feedback` for pages that only their owner can read: the released copy can be fetched."""

    def copy_files(self) -> None:
        """Release the pages, then let students read those that they can name."""
        super().copy_files()
        mode = 0o664 if self.coursedir.groupshared else 0o644
        for page in glob.glob(os.path.join(self.src_path, "*.html")):
            secret = (Path(page).parent / "submission_secret.txt").read_text(encoding="utf-8")
            released = (
                Path(self.dest_path) / f"{notebook_hash(secret=secret, notebook_id=Path(page).stem)}.html"
            )
            if released.is_file():
                released.chmod(mode)


def _last_change(folder: Path) -> datetime.datetime | None:
    """When the folder, or anything in it, was last changed, in UTC without a zone as nbgrader has it."""
    times = []
    try:
        times.append(folder.lstat().st_ctime)
        for above, folders, files in os.walk(folder):
            times += [(Path(above) / name).lstat().st_ctime for name in (*folders, *files)]
    except OSError:
        return None
    return datetime.datetime.fromtimestamp(max(times), datetime.UTC).replace(tzinfo=None)
