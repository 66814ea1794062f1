"""Data sets: one loader each, the real source first, a bundled default when there is no network.

Every loader says on its first line of output which source it used, and keeps it in `.source`.
"""

from course_utils.data.clothing import fashion, small_clothes
from course_utils.data.fetching import fetch
from course_utils.data.generated import noisy_line, shoe_sizes
from course_utils.data.hand_pictures import Hands, hand_sprite, hands
from course_utils.data.handwriting import digits
from course_utils.data.picture_folders import PictureFolder, near_copies, picture_folder
from course_utils.data.quick_draw import sketches
from course_utils.data.remarks import Remarks, RemarkSplits, remarks
from course_utils.data.rock_paper_scissors import rock_paper_scissors
from course_utils.data.shape_scenes import Scenes, shape_scenes
from course_utils.data.small_photographs import things
from course_utils.data.splits import Examples, Splits
from course_utils.data.sums import sums
from course_utils.data.tables import Table, breast_cancer, iris, usual_breast_cancer
from course_utils.data.texts import shakespeare

__all__ = [
    "Examples",
    "Hands",
    "PictureFolder",
    "RemarkSplits",
    "Remarks",
    "Scenes",
    "Splits",
    "Table",
    "breast_cancer",
    "digits",
    "fashion",
    "fetch",
    "hand_sprite",
    "hands",
    "iris",
    "near_copies",
    "noisy_line",
    "picture_folder",
    "remarks",
    "rock_paper_scissors",
    "shakespeare",
    "shape_scenes",
    "shoe_sizes",
    "sketches",
    "small_clothes",
    "sums",
    "things",
    "usual_breast_cancer",
]
