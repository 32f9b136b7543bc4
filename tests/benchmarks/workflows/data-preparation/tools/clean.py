import csv
import sys

with open(sys.argv[1]) as source, open(sys.argv[2], "w") as target:
    for row, kind, value, broken in csv.reader(source):
        if broken == "False" and float(value) > 0:
            target.write(f"{row},{kind},{float(value):.2f}\n")
