# name = "Kilograms become grams, but centimetres stay centimetres"
# score = 28
# phrase = "the length in centimetres"

# %% solve-length-in-mm
def length_in_mm(mass_in_kg, slope, intercept):
    return slope * 1000 * mass_in_kg + intercept
