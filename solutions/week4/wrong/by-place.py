# name = "Kept boxes in the order of their places"
# score = 27
# phrase = "the right boxes, in the order of their places"

# %% solve-suppress
def suppress(boxes, scores, overlap):
    waiting, kept = list(np.argsort(-scores)), []
    while waiting:
        best = waiting.pop(0)
        kept.append(int(best))
        waiting = [other for other in waiting if iou(boxes[best], boxes[other]) <= overlap]
    return sorted(kept)
