# name = "Two negative lengths are multiplied"
# score = 29
# phrase = "two negative lengths were multiplied"

# %% solve-iou
def iou(first, second):
    top, left = np.maximum(first[:2], second[:2])
    bottom, right = np.minimum(first[2:], second[2:])
    shared = (bottom - top) * (right - left)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (sum(areas) - shared)

# %% solve-suppress
def suppress(boxes, scores, overlap):
    waiting, kept = list(np.argsort(-scores)), []
    while waiting:
        best = waiting.pop(0)
        kept.append(int(best))
        waiting = [other for other in waiting if share(boxes[best], boxes[other]) <= overlap]
    return kept

def share(first, second):
    top, left = np.maximum(first[:2], second[:2])
    bottom, right = np.minimum(first[2:], second[2:])
    shared = max(0, bottom - top) * max(0, right - left)
    return shared / (sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)) - shared)

