"""Keras models as TensorFlow.js layers models: what `tf.loadLayersModel` reads, and what computes the same there."""

from course_utils.conversion.layers.writing import write

__all__ = ["write"]
