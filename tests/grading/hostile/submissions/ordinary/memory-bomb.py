# name = "All the memory that there is"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]
# never = ["BREACH"]

# %% solve-total
kept = []
for _ in range(16):
    block = bytearray(512 * 2**20)
    block[::4096] = b"x" * (len(block) // 4096)
    kept.append(block)
print("BREACH: eight gigabytes of memory")
