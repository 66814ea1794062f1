# name = "The first box is taken without a look"
# score = 29
# phrase = "it stopped with IndexError"

# %% solve-suppress
def suppress(boxes, scores, overlap):
    waiting = list(np.argsort(-scores))
    kept = [int(waiting.pop(0))]
    for place in waiting:
        if all(iou(boxes[place], boxes[other]) <= overlap for other in kept):
            kept.append(int(place))
    return kept
