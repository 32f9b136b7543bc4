import random
import sys

rnd = random.Random(9)
words = [bytes(rnd.choices(range(97, 123), k=rnd.randint(3, 9))) for _ in range(3000)]
with open(sys.argv[1], "wb") as file:
    file.write(b" ".join(rnd.choices(words, k=150000)))
