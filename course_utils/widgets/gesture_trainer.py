"""The gesture trainer as a widget: the samples and the trained head come back to Python as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import traitlets

from course_utils.errors import CourseError
from course_utils.widgets.base import LabWidget, array, number, shared

if TYPE_CHECKING:
    import keras


class Gestures(LabWidget):
    """See `course_utils.widgets.gestures`."""

    demo = "gestures"
    class_names = shared(
        traitlets.List(traitlets.Unicode(), minlen=2, maxlen=6, default_value=["Rock", "Paper", "Scissors"])
    )
    augment = shared(traitlets.Bool(False))
    hidden = shared(traitlets.Enum([0, 32], default_value=0))
    seed = shared(traitlets.Int(None, allow_none=True))
    features = array()
    labels = array()
    bursts = array()
    copies = array()
    head = shared(traitlets.List(traitlets.Dict(), default_value=None, allow_none=True))
    head_weights = array()
    accuracy = number()
    rounds = shared(traitlets.List(traitlets.Dict()))

    def weights(self) -> list[np.ndarray]:
        """Kernel and bias of each layer of the trained head, in turn, as Keras' `get_weights` gives them.

        Raises:
            CourseError: nothing has been trained yet.
        """
        if not self.head or self.head_weights is None:
            raise CourseError("There is no trained head yet: collect samples and press Train in the widget.")
        found, start = [], 0
        for layer in self.head:
            shape = (layer["inputs"], layer["units"])
            for one in (shape, shape[1:]):
                size = int(np.prod(one))
                found.append(self.head_weights[start : start + size].reshape(one))
                start += size
        return found

    def head_model(self) -> keras.Model:
        """The trained head as a Keras model: from feature vectors to one share for each class.

        Raises:
            CourseError: nothing has been trained yet.
        """
        weights = self.weights()
        import keras

        layers = [keras.layers.Dense(layer["units"], activation=layer["activation"]) for layer in self.head]
        model = keras.Sequential([keras.Input((self.head[0]["inputs"],)), *layers], name="gesture_head")
        model.set_weights(weights)
        return model
