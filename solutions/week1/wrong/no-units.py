# name = "Kilograms in, centimetres out: no unit is changed"
# score = 27
# phrase = "the mass was taken as grams"

# %% solve-length-in-mm
def length_in_mm(mass_in_kg, slope, intercept):
    return slope * mass_in_kg + intercept
