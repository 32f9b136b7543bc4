import sys

sys.path.insert(0, "src")
import a

print(sys.argv[1], len(a.primes(70000)), a.partitions(44, 44))
