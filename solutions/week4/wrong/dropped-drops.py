# name = "A box that was dropped drops others"
# score = 29
# phrase = "boxes that were dropped have dropped others"

# %% solve-suppress
def suppress(boxes, scores, overlap):
    order = list(np.argsort(-scores))
    return [
        int(place)
        for rank, place in enumerate(order)
        if all(iou(boxes[place], boxes[other]) <= overlap for other in order[:rank])
    ]
