# name = "Only the weights become whole numbers"
# score = 29
# phrase = "as float32"

# %% solve-to-phone
def to_phone(model, images, folder):
    convert(model, "litert", folder, quantize="dynamic", verify=0)
