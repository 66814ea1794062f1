"""A video for Chromium's fake camera: rendered hands that show one gesture after another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from course_utils.data.hand_pictures import burst, person, scene

WIDTH, HEIGHT = 320, 240
FRAMES_A_SECOND = 8
SECONDS_A_BURST = 4
GESTURES = ("rock", "paper", "scissors")
BURSTS = 2
#: Grey levels of a strip at the left edge, outside the middle square: which burst a frame belongs to.
MARKS = tuple(30 + 36 * number for number in range(len(GESTURES) * BURSTS))

# Says which burst is seen now: the index of the nearest mark.
BURST_NOW = f"""() => {{
  const video = document.querySelector("video");
  if (!video?.videoWidth) return -1;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0.2 * video.videoHeight, 0.05 * video.videoWidth, 0.6 * video.videoHeight, 0, 0, 1, 1);
  const [grey] = context.getImageData(0, 0, 1, 1).data;
  const distances = {list(MARKS)}.map((mark) => Math.abs(mark - grey));
  return distances.indexOf(Math.min(...distances));
}}"""


def write_video(path: Path, who: int = 8, seed: int = 11) -> None:
    """Each gesture in turn, twice, as YUV4MPEG2 (https://wiki.multimedia.cx/index.php/YUV4MPEG2)."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n".encode())
        for number, mark in enumerate(MARKS):
            random = np.random.default_rng([seed, number])
            gesture = GESTURES[number % len(GESTURES)]
            side = 96
            place = scene(random, person(who), side, "room")
            pictures = burst(
                random, person(who), gesture, side, FRAMES_A_SECOND * SECONDS_A_BURST // 2, place
            )
            for picture in pictures:
                # Each picture stands for two frames: a hand that is held up moves slowly.
                file.write(2 * (b"FRAME\n" + _frame(picture, mark)))


def _frame(picture: np.ndarray, mark: int) -> bytes:
    """A picture in the middle of a frame, as planes of luma and of chroma at half the size."""
    frame = Image.new("RGB", (WIDTH, HEIGHT), (mark, mark, mark))
    frame.paste(Image.fromarray(picture).resize((HEIGHT, HEIGHT)), ((WIDTH - HEIGHT) // 2, 0))
    luma, blue, red = frame.convert("YCbCr").split()
    half = (WIDTH // 2, HEIGHT // 2)
    return b"".join(plane.tobytes() for plane in (luma, blue.resize(half), red.resize(half)))
