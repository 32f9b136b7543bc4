import random
import sys

rnd = random.Random(sys.argv[1])
with open(sys.argv[2], "w") as file:
    for row in range(60000):
        file.write(f"{row},{rnd.choice('abcdef')},{rnd.gauss(10, 3):.4f},{rnd.random() < 0.01}\n")
