"""What the shipped backbone is worth to the gesture trainer: few samples of one person, judged by everybody else."""

import json as json_format
from pathlib import Path

from rich.console import Console
from rich.table import Table

from course_utils.bench.measuring import measuring
from course_utils.book.pages import find_root


def gestures(json: bool = False, root: Path | None = None, sessions: int = 10, others: int = 450) -> int:
    """Run the protocol on the shipped backbone and print its learning curve as a table, or as one JSON object.

    Rendered people always take part, and the hands of the Rock-Paper-Scissors set where they are at hand.

    Args:
        json: print JSON instead of a table.
        root: the project's folder; the one that the current folder lies in by default.
        sessions: how many people collect samples.
        others: how many pictures of other people heads are judged by.

    Returns:
        The exit status: 0 where twenty samples a class reach the backbone's bar, else 1.
    """
    import keras

    from course_utils.data.rock_paper_scissors import SOURCE
    from course_utils.training.gesture_protocol import CURVE, SAMPLES, score, trials
    from course_utils.training.hand_material import real_hands
    from course_utils.training.hands import features
    from course_utils.training.registry import recipe

    folder = (root or find_root()) / "book" / "_static" / "models" / "backbone"
    with measuring("Drawing hands …") as status:
        _, unseen, source = real_hands()
        drawn = trials(sessions, max(CURVE), others, real=unseen if source.startswith(SOURCE) else None)
        status.update("Looking at them …")
        said = features(keras.models.load_model(folder / "backbone.keras"), drawn.images)
        curve = {samples: score(said, drawn, samples) for samples in CURVE}
    if json:
        figures = {
            str(samples): {name: round(value, 4) for name, value in of.figures.items()}
            for samples, of in curve.items()
        }
        print(
            json_format.dumps({"accuracy": round(curve[SAMPLES].accuracy, 4), "samples": figures}, indent=1)
        )
    else:
        Console().print(_table(curve))
    return 0 if curve[SAMPLES].accuracy >= recipe("backbone").bar else 1


def _table(curve: dict) -> Table:
    table = Table(
        title="Accuracy of heads on the shipped backbone: mean ± standard deviation over the trials"
    )
    table.add_column("Judged by")
    for samples in curve:
        table.add_column(f"{samples} samples", justify="right")
    for name in next(iter(curve.values())).figures:
        if not name.endswith("spread"):
            cells = [f"{of.figures[name]:.3f} ± {of.figures[f'{name}, spread']:.3f}" for of in curve.values()]
            table.add_row(name, *cells)
    return table
