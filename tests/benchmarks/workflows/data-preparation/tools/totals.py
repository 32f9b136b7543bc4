import collections
import csv
import sys

sums = collections.defaultdict(float)
for path in sys.argv[2:]:
    with open(path) as file:
        for _, kind, value in csv.reader(file):
            sums[kind] += float(value)
with open(sys.argv[1], "w") as file:
    file.writelines(f"{kind} {total:.2f}\n" for kind, total in sorted(sums.items()))
