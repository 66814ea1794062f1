# name = "The ranges are measured on pictures of another scale"
# score = 30
# phrase = "the same class for"

# %% solve-to-phone
def to_phone(model, images, folder):
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "images.npz"
        np.savez(data, x=images * 255)
        convert(model, "litert", folder, quantize="full-int8", data=data)
